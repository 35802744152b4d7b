"""`ecm worker`: the work beside answering calls, in a process of its own.

It sends notifications and referrals, tells of due dates and forgets old events. Any number may run
beside any number of services on one PostgreSQL; they share the work by leases. Where workers run,
set `background = false` for the service.
"""

from __future__ import annotations

import argparse
import logging
import signal
from contextlib import closing

from msgspec.structs import replace

from adapter import settings
from adapter.background import Background
from adapter.cli.serve import add_settings_file
from adapter.deployment import Registered, refusal, url_of
from adapter.errors import UnusableInput
from adapter.operations.log import event, start_logging
from adapter.settings import Settings

_LOG = logging.getLogger(__name__)

_FLAGGED = ("clients", "partners", "store", "public_base")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "worker",
        help="send notifications and referrals, apart from the service",
        description="Sends notifications and referrals, tells of due dates and forgets old "
        "events, until stopped. Any number may run beside the service; its settings hold here "
        "too. On SIGHUP the registered clients are read again.",
        allow_abbrev=False,
    )
    add_settings_file(parser)
    for name in _FLAGGED:
        words = settings.MEANINGS[name]
        parser.add_argument(settings.flag(name), dest=name, metavar="VALUE", help=words)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in _FLAGGED}
    work(_settled(settings.load(given, options.settings)))
    return 0


def _settled(wanted: Settings) -> Settings:
    if (reason := refusal(wanted)) is not None:
        raise UnusableInput(reason)
    if not wanted.store:
        raise UnusableInput(
            "no store is named, and a worker looks for its work in the one of the service; "
            "name it with --store or in the settings"
        )
    if not wanted.public_base and not wanted.port:
        raise UnusableInput(
            "what is sent links to the service, whose URL is not known here; name it with "
            "--public-base"
        )
    base = wanted.public_base or url_of(wanted.host, wanted.port)
    return replace(wanted, public_base=base)


def work(running: Settings) -> None:
    """Work until SIGINT or SIGTERM; what is under way is finished first.

    Raises:
        UnusableInput: something it needs cannot be used.
    """
    from adapter.assembly import assemble, registered_partners
    from adapter.store.database import Database

    registered = Registered(running.clients)
    with closing(Database(running.store)) as database:
        start_logging(running.log, running.log_level)
        # Before any thread begins, so that none of them gets a signal.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        event(_LOG, "start", {"work": True, "publicBase": running.public_base})
        told: int = signal.SIGHUP
        while told == signal.SIGHUP:
            partners = registered_partners(running)
            background = Background()
            assembly = assemble(running, registered.clients, database, partners, background.wake)
            background.start(assembly.jobs())
            told = signal.sigwait(_SIGNALS)
            background.stop()
            if told == signal.SIGHUP:
                registered.read_again()
        event(_LOG, "stop", {})
