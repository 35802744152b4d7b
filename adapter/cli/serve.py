"""`ecm serve`: CDS Hooks and the referral exchange, on Granian.

The process that is started listens and watches over the workers, which are copies of it and answer
the calls. Everything with a connection, the store and the way to FHIR servers, is made in a worker,
as a connection shared by two processes is broken.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adapter import settings
from adapter.deployment import DEVELOPMENT_MODE, FHIR_PATH, Registered, settled, url_of
from adapter.operations.log import GRANIAN_LOG, event, start_logging
from adapter.worker import policies_in_force, worker_application

if TYPE_CHECKING:
    from adapter.security.clients import Clients
    from adapter.settings import Settings

_LOG = logging.getLogger(__name__)

#: Settings that have a flag. What one does is said where it is declared.
_FLAGGED = (
    *("host", "port", "workers", "threads", "clients", "partners", "sign_in"),
    *("store", "public_base", "origins", "fhir_servers"),
)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "serve",
        help="answer CDS Hooks calls and FHIR requests",
        description="Answers CDS Hooks calls at http://HOST:PORT/cds-services and FHIR requests at "
        "http://HOST:PORT/fhir until stopped. "
        "Without registered clients it runs in development mode: on this machine only, open to "
        "whoever is on it. Settings also come from a file and from the environment: "
        "`ecm settings show`.",
        allow_abbrev=False,
    )
    add_settings_file(parser)
    for name in _FLAGGED:
        repeated = name in settings.REPEATED
        words = settings.MEANINGS[name] + (" (repeatable)" if repeated else "")
        action = "append" if repeated else "store"
        parser.add_argument(
            settings.flag(name), dest=name, metavar="VALUE", action=action, help=words
        )
    parser.set_defaults(run=_run)


def add_settings_file(parser: argparse.ArgumentParser) -> None:
    """Add `--settings`."""
    parser.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        help=f"settings as TOML; default: the file that {settings.FILE_VARIABLE} names, if any",
    )


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add `--port` alone."""
    parser.add_argument("--port", metavar="PORT", help=settings.MEANINGS["port"])


def _run(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in _FLAGGED}
    serve(settings.load(given, options.settings), said=_said)
    return 0


def _said(running: Settings) -> None:
    address = url_of(running.host, running.port)
    hooks, fhir = f"{address}/cds-services", f"{address}{FHIR_PATH}"
    print(f"Serving CDS Hooks at {hooks} and FHIR at {fhir}; Ctrl-C stops.", flush=True)
    if running.development:
        print(DEVELOPMENT_MODE, flush=True)


def serve(wanted: Settings, *, said: Callable[[Settings], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first.

    On SIGHUP the registered clients are read again and the workers replaced one by one.

    Args:
        wanted: the settings as read.
        said: told the settings that hold, with the port found, just before it listens.

    Raises:
        UnusableInput: the service must not run so, or something it needs cannot be used.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    with TemporaryDirectory(prefix="ecm-") as made:
        folder = Path(made)
        running = settled(wanted, folder)
        registered = Registered(running.clients)
        _check_parts(running, registered.clients)
        start_logging(running.log, running.log_level)
        server = Granian(
            "ecm",
            address=running.host,
            port=running.port,
            interface=Interfaces.WSGI,
            workers=running.workers,
            blocking_threads=running.threads,
            # Connections are not what is limited: idle ones would keep new callers out.
            backpressure=1024,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=GRANIAN_LOG,
        )
        server.on_reload(registered.read_again)
        if said is not None:
            said(running)
        level = logging.WARNING if running.development else logging.INFO
        event(_LOG, "start", _start_fields(running), level)
        worker = partial(worker_application, running, folder, registered)
        server.serve(target_loader=worker, wrap_loader=False)
        event(_LOG, "stop", {})


def _start_fields(running: Settings) -> dict[str, object]:
    fields: dict[str, object] = {
        "version": version("ecm-adapter"),
        "address": url_of(running.host, running.port),
        "publicBase": running.public_base,
        "workers": running.workers,
    }
    if running.development:
        fields["warning"] = DEVELOPMENT_MODE
    return fields


def _check_parts(running: Settings, clients: Clients | None) -> None:
    """Make each part once and let it go, so that what is wrong is told before anything listens.

    What was read of policies and imported stays, and the workers have it from the start.
    """
    from adapter.assembly import parties_together, registered_partners
    from adapter.store import Store

    policies_in_force()
    partners = registered_partners(running)
    if running.sign_in is not None:
        from adapter.workbench.sign_in.registry import read_accounts

        read_accounts(running.sign_in, parties_together(clients, partners))
    Store.open(running.store, suppression_days=running.suppression_days).close()
