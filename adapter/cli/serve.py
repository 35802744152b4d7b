"""`ecm serve`: the CDS Hooks service on this machine, on Granian.

The service asks no caller who it is yet. Until it does, it answers on loopback addresses only, and
refuses to start on any other (security: no open default).
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import socket
from typing import TYPE_CHECKING

from adapter import clock
from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080

#: Requests answered at once. More wait for a thread rather than for memory. They compute and take
#: turns in the interpreter, so beyond two a core and one for a slow sender they only wait.
#: Connections are not limited (Granian's `backpressure`): idle ones would keep new callers out.
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "serve",
        help="answer CDS Hooks calls on this machine",
        description="Answers CDS Hooks calls at http://HOST:PORT/cds-services until stopped.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--host", default=DEFAULT_HOST, help="a loopback address; default: %(default)s"
    )
    add_port(parser)
    parser.set_defaults(run=_run)


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add `--port`."""
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="default: %(default)s; 0 takes one that is free",
    )


def _run(options: argparse.Namespace) -> int:
    host, port = address(options.host, options.port)
    print(f"Serving CDS Hooks at {url_of(host, port)}/cds-services; Ctrl-C stops.", flush=True)
    serve(host, port)
    return 0


def serve(host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # Built here once: a broken policy is told before anything listens, and what was read is shared
    # with the worker, which is a copy of this process.
    application()
    server = Granian(
        "adapter.cli.serve:worker_application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve()


def worker_application() -> WSGIApplication:
    """The application in the process that answers calls, which leaves Ctrl-C to its parent.

    A terminal sends it to both, the parent then ends the worker, and Granian's worker hangs when it
    is told twice.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return application()


def application() -> WSGIApplication:
    """The web application with every part of this deployment, its policies read."""
    from adapter.app import create_app
    from cds_hooks.hooks.patient_view import SERVICE_ID, patient_view
    from cds_hooks.services import Services
    from eligibility.compiled import compiled_pack
    from eligibility.packs import plans

    for plan in plans():
        compiled_pack(plan, clock.today())
    services = Services([patient_view(today=clock.today)])
    return create_app(services=services, today=clock.today, sample_service=SERVICE_ID)


def address(host: str, port: int) -> tuple[str, int]:
    """The address to listen on, with a free port found for 0.

    Raises:
        UnusableInput: the host is not loopback, or the port is taken.
    """
    host = "127.0.0.1" if host == "localhost" else host
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        raise UnusableInput(
            "--host is not an IP address; use --host 127.0.0.1 (the default)"
        ) from None
    if not number.is_loopback:
        raise UnusableInput(
            f"REFUSED: --host {host} would let other machines in, and this version asks no caller "
            "who it is; use --host 127.0.0.1 and reach it from this machine only"
        )
    family = socket.AF_INET6 if number.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Granian shares ports between processes, so a taken port would not be noticed there.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise UnusableInput(
                f"port {port} of {host} cannot be had ({fault.strerror}); "
                "stop what holds it, or choose another with --port"
            ) from None
        return host, int(probe.getsockname()[1])


def url_of(host: str, port: int) -> str:
    """The base URL of an address."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port
