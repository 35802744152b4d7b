"""Starts what is measured: this service, on Granian and on Gunicorn, and the servers of others.

Each is one process that answers (with its parent, where it has one), on the first processor; the
load comes from the second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import msgspec
from msgspec import Struct

from adapter.deployment import free_port, url_of
from benchmarks.calls import ISSUER, Tokens
from tests.peers.environments import GUNICORN, HEALTHCHAIN, SEKMET

_ROOT = Path(__file__).parents[1]
_HOST = "127.0.0.1"


class Server(Struct, frozen=True, kw_only=True):
    """A running server."""

    port: int
    #: Of the endpoint that is called.
    path: str
    #: Whether it takes a token once only.
    is_signed: bool = False

    @property
    def url(self) -> str:
        """Of the endpoint; what the audience of a token is."""
        return url_of(_HOST, self.port) + self.path


@contextmanager
def ours(folder: Path, tokens: Tokens) -> Iterator[Server]:
    """`ecm serve` as it comes, with a registered client; SQLite and the log are files."""
    port = free_port(_HOST, 0)
    clients, store = _deployment(folder / "granian", tokens)
    command = [sys.executable, "-m", "adapter.cli.main", "serve"]
    options = ["--port", str(port), "--clients", clients, "--store", store]
    with _running([*command, *options], port, folder / "granian"):
        yield Server(port=port, path="/cds-services/ecm-patient-view", is_signed=True)


@contextmanager
def on_gunicorn(folder: Path, tokens: Tokens) -> Iterator[Server]:
    """The same application on Gunicorn. Raises `Unavailable`."""
    command = GUNICORN.command(str(_ROOT / "benchmarks" / "on_gunicorn.py"))
    port = free_port(_HOST, 0)
    clients, store = _deployment(folder / "gunicorn", tokens)
    path = os.pathsep.join([str(_ROOT), *(one for one in sys.path if "site-packages" in one)])
    with _running([*command, str(port), clients, store], port, folder / "gunicorn", path):
        yield Server(port=port, path="/cds-services/ecm-patient-view", is_signed=True)


@contextmanager
def bare(folder: Path) -> Iterator[Server]:
    """The bare endpoint."""
    port = free_port(_HOST, 0)
    with _running([sys.executable, "-m", "benchmarks.bare", str(port)], port, folder / "bare"):
        yield Server(port=port, path="/cds-services/bare")


@contextmanager
def healthchain(folder: Path) -> Iterator[Server]:
    """HealthChain's CDS service. Raises `Unavailable`."""
    command = HEALTHCHAIN.command("service.py")
    port = free_port(_HOST, 0)
    with _running([*command, str(port)], port, folder / "healthchain"):
        yield Server(port=port, path="/cds/cds-services/nothing")


@contextmanager
def exchange(folder: Path, clients: Path, store: str = "") -> Iterator[Server]:
    """`ecm serve` as it comes, with these clients; on a SQLite file, or the store of this URL."""
    port = free_port(_HOST, 0)
    store = store or f"sqlite:///{folder / 'exchange.sqlite'}"
    command = [sys.executable, "-m", "adapter.cli.main", "serve"]
    options = ["--port", str(port), "--clients", str(clients), "--store", store]
    with _running([*command, *options], port, folder):
        yield Server(port=port, path="/fhir")


@contextmanager
def sandbox(folder: Path, store: str) -> Iterator[Server]:
    """`ecm serve` in development mode, on the store of this URL."""
    port = free_port(_HOST, 0)
    command = [sys.executable, "-m", "adapter.cli.main", "serve", "--port", str(port)]
    with _running([*command, "--store", store], port, folder):
        yield Server(port=port, path="/workbench")


@contextmanager
def plain_pages(folder: Path, fragments: Path) -> Iterator[Server]:
    """The plainest pages, with the parts of pages in a folder."""
    port = free_port(_HOST, 0)
    command = [sys.executable, "-m", "benchmarks.plain_pages", str(port), str(fragments)]
    with _running(command, port, folder):
        yield Server(port=port, path="/page")


@contextmanager
def sekmet(folder: Path, *, quiet: bool) -> Iterator[Server]:
    """sekmet-fhir's server; `quiet`: without its log of traffic. Raises `Unavailable`."""
    port = free_port(_HOST, 0)
    command = [*SEKMET.command("serve.py"), str(port), str(folder), *(["quiet"] if quiet else [])]
    with _running(command, port, folder):
        yield Server(port=port, path="/fhir")


def _deployment(folder: Path, tokens: Tokens) -> tuple[str, str]:
    """The clients file and the URL of the store of one service."""
    folder.mkdir()
    (folder / "keys.json").write_bytes(msgspec.json.encode(tokens.jwks()))
    clients = folder / "clients.toml"
    clients.write_text(
        f'[[clients]]\nid = "bench"\nissuer = "{ISSUER}"\ntenant = "bench"\n'
        'jwks_file = "keys.json"\nmax_token_seconds = 3600\n'
    )
    return str(clients), f"sqlite:///{folder / 'ecm.sqlite'}"


@contextmanager
def _running(
    command: Sequence[str], port: int, folder: Path, python_path: str | None = None
) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    environment = dict(os.environ)
    if python_path is not None:
        # "Safe": without the script's folder, whose `cds_hooks` is not the package.
        environment |= {"PYTHONPATH": python_path, "PYTHONSAFEPATH": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log
        )
    os.sched_setaffinity(process.pid, {0})
    try:
        _wait(process, port, folder / "log")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = monotonic() + 30
    while monotonic() < until and process.poll() is None:
        try:
            with urlopen(url_of(_HOST, port) + "/", timeout=5):
                return
        except OSError as fault:
            if getattr(fault, "code", None):  # It answers, if only that there is nothing.
                return
            sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not start: {log.read_text()[-2000:]}")
