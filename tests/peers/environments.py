"""Makes the environments of our peers: servers, clients and test suites of others, and a browser.

`make test` and `make bench` run `python -m tests.peers.environments` first, since tests themselves
reach no network. What is made is kept until its lock file changes. Where it cannot be made, for
want of Node or a network, one line says so and the tests of that peer are skipped with the reason;
in CI it is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.missing import in_ci


class Unavailable(Exception):
    """A peer cannot be run here; the message says why."""


@dataclass(frozen=True)
class Peer:
    """One peer: a folder here with its lock file, its scripts and its environment."""

    #: Of the folder too.
    name: str
    lock: str
    #: The folder of the environment, in the peer's.
    environment: str
    #: Installs into the folder what the lock file says.
    install: Callable[[Path], None]
    #: The program that runs the peer's scripts.
    program: Callable[[Path], str]

    @property
    def folder(self) -> Path:
        """Where it is."""
        return Path(__file__).parent / self.name

    def is_made(self) -> bool:
        """Whether its environment was made from the lock file as it is now."""
        stamp = self.folder / self.environment / ".made-from"
        return stamp.is_file() and stamp.read_text() == self._wanted()

    def make(self) -> None:
        """Make the environment anew, or raise `Unavailable`."""
        made = self.folder / self.environment
        shutil.rmtree(made, ignore_errors=True)
        self.install(self.folder)
        (made / ".made-from").write_text(self._wanted())

    def command(self, script: str) -> tuple[str, ...]:
        """What runs a script of the peer, or raises `Unavailable`."""
        if not self.is_made():
            raise Unavailable(f"{self.name} is not installed; `make peers` installs it")
        return (self.program(self.folder), str(self.folder / script))

    def _wanted(self) -> str:
        return sha256((self.folder / self.lock).read_bytes()).hexdigest()


def _with_uv(folder: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    _run(folder, uv, "venv", "--quiet", "--python", sys.executable, ".venv")
    into = ("--python", ".venv/bin/python", "requirements.lock")
    _run(folder, uv, "pip", "sync", "--quiet", "--require-hashes", *into)


def _with_npm(folder: Path) -> None:
    found("node")
    # As many tries as elsewhere, but none that waits for minutes where there is no network.
    quickly = ("--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=5000")
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    _run(folder, found("npm"), "ci", *quietly, *quickly)


def _of_python(name: str) -> Peer:
    return Peer(
        name=name,
        lock="requirements.lock",
        environment=".venv",
        install=_with_uv,
        program=lambda folder: str(folder / ".venv" / "bin" / "python"),
    )


HEALTHCHAIN = _of_python("healthchain")
GUNICORN = _of_python("gunicorn")
FHIR_CLIENTS = _of_python("fhir_clients")
SEKMET = _of_python("sekmet")
MEDPLUM = Peer(
    name="medplum",
    lock="package-lock.json",
    environment="node_modules",
    install=_with_npm,
    program=lambda _: found("node"),
)
#: What browser tests use beside the browser: axe-core and the TypeScript compiler, which checks the
#: scripts of the pages.
PAGES = Peer(
    name="pages",
    lock="package-lock.json",
    environment="node_modules",
    install=_with_npm,
    program=lambda _: found("node"),
)


def found(program: str) -> str:
    """The path of a program, or `Unavailable`."""
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{program} is not installed")
    return path


def _run(folder: Path, *command: str) -> None:
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise Unavailable(f"{program} could not be run ({type(fault).__name__})") from fault
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["without a word"]
        raise Unavailable(f"{program} failed ({said[-1].strip()}); is there a network?")


def browser() -> str:
    """The path of Chromium, or `Unavailable`."""
    try:
        return found("chromium")
    except Unavailable:
        return found("google-chrome")


def _install_browser() -> None:
    """Debian's Chromium, where this user may install packages."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable("no Chromium, and only root can install it with apt-get")
    here = Path(__file__).parent
    if subprocess.run(("apt-get", "update", "-qq"), capture_output=True, check=False).returncode:
        raise Unavailable("apt-get update failed; is there a network?")
    _run(here, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def main() -> int:
    """Make what is not made yet; the exit code tells of something missing in CI only."""
    missing = False
    try:
        browser()
    except Unavailable:
        try:
            _install_browser()
        except Unavailable as reason:
            missing = True
            print(f"Without a browser: {reason}", file=sys.stderr)  # noqa: T201 - a command
    for peer in (HEALTHCHAIN, MEDPLUM, PAGES, GUNICORN, FHIR_CLIENTS, SEKMET):
        if peer.is_made():
            continue
        try:
            peer.make()
        except Unavailable as reason:
            missing = True
            print(f"Without {peer.name}: {reason}", file=sys.stderr)  # noqa: T201 - a command
    return 1 if missing and in_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
