"""Runs a page of documentation as its reader would: writes its files, types its commands.

A block marked `console` holds commands, each after `$ `, and below each what it prints; `…` stands
for anything. A block whose mark names a file (`toml clients.toml`) is that file. All of a page runs
in one shell and one empty folder. Only the ports are others, so that pages can run side by side. A
command may fail if what it prints is shown.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

#: The ports that pages name.
_PORTS = ("8080", "8081")
_PORT = re.compile(r"--port (\d+)")

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: Waits until the service that was just started answers.
_WAIT = """
for _ in $(seq 300); do
    curl -s -o /dev/null http://127.0.0.1:{port}/healthz && break
    sleep 0.1
done
"""


class Command(Struct, frozen=True, kw_only=True):
    """One command of a page."""

    line: str
    #: What the page says it prints; empty: not said.
    shown: str


class File(Struct, frozen=True, kw_only=True):
    """One file of a page."""

    name: str
    content: str


def steps(page: str) -> Iterator[Command | File]:
    """The files and commands of a page, in order."""
    for language, name, content in _BLOCK.findall(page):
        if name:
            yield File(name=name, content=content)
        elif language == "console":
            for text in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
                lines = text.splitlines()
                last = next(n for n, line in enumerate(lines) if not line.endswith("\\"))
                yield Command(
                    line="\n".join(lines[: last + 1]), shown="\n".join(lines[last + 1 :]).strip()
                )


def run(page: Path, folder: Path, **variables: str) -> list[str]:
    """What went otherwise than the page says; empty: nothing.

    Args:
        page: of the documentation.
        folder: where it is done.
        variables: further ones of the environment.
    """
    ports = {port: str(_free_port()) for port in _PORTS}
    text = page.read_text(encoding="utf-8")
    done = list(steps(re.sub("|".join(_PORTS), lambda named: ports[named[0]], text)))
    script = []
    for number, step in enumerate(done):
        if isinstance(step, File):
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.name).write_text(step.content, encoding="utf-8")
            continue
        out = folder / f".out{number}"
        script.append(f"{{ {step.line}\n}} > {out} 2>&1 < /dev/null\necho $? > {out}.code")
        if step.line.endswith("&") and (named := _PORT.search(step.line)):
            script.append(_WAIT.format(port=named[1]))
    script.append("kill $(jobs -p) 2> /dev/null; wait")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}:/usr/local/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        **variables,
    }
    bash = shutil.which("bash") or "bash"
    subprocess.run(
        [bash, "-c", "\n".join(script)], cwd=folder, env=environment, timeout=120, check=False
    )
    return [
        fault
        for number, step in enumerate(done)
        if isinstance(step, Command)
        for fault in _compared(step, folder / f".out{number}")
    ]


def _compared(command: Command, out: Path) -> Iterator[str]:
    printed = out.read_text(encoding="utf-8").strip()
    code = Path(f"{out}.code").read_text().strip()
    if not command.shown:
        if code != "0":
            yield f"$ {command.line}\nended with {code}:\n{printed}"
        return
    wanted = r"[\s\S]*?".join(re.escape(part) for part in command.shown.split("…"))
    if not re.fullmatch(wanted, printed):
        yield f"$ {command.line}\nprinted:\n{printed}\nthe page says:\n{command.shown}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
