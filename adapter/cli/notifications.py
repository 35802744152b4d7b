"""`ecm notifications`: how subscriptions stand, and having events sent again.

What is printed names resources by id and endpoints by host; no header, no content.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from adapter import settings
from adapter.cli.arguments import Once
from adapter.cli.output import encoded, write
from adapter.cli.serve import add_settings_file
from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.notifications.requeueing import Standing
    from adapter.store.resources import Unit

_EXAMPLES = """\
examples:
  ecm notifications list --status error
  ecm notifications show 3f2a…           what waits, what was refused for good, what went wrong
  ecm notifications requeue 3f2a…        dead letters again; a failed subscription is asked for anew
  ecm notifications resend 3f2a… --first 12 --last 20"""

_MOST = 200


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own."""
    parser = subparsers.add_parser(
        "notifications",
        help="how subscriptions stand, and having events sent again",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = _command(commands, "list", "every subscription and how far it was told")
    listing.add_argument(
        "--status", choices=("requested", "active", "error", "off"), help="those of one status"
    )
    listing.add_argument("--format", choices=("table", "json"), default="table")
    listing.set_defaults(run=_list)
    showing = _command(commands, "show", "one subscription, and its events that were not taken")
    showing.add_argument("id", metavar="SUBSCRIPTION", help="the id of the Subscription")
    showing.set_defaults(run=_show)
    requeue = _command(
        commands, "requeue", "send what was refused again; ask for a failed subscription anew"
    )
    requeue.add_argument("id", metavar="SUBSCRIPTION", help="the id of the Subscription")
    requeue.set_defaults(run=_requeue)
    resend = _command(commands, "resend", "send events again that were sent before")
    resend.add_argument("id", metavar="SUBSCRIPTION", help="the id of the Subscription")
    resend.add_argument("--first", metavar="N", type=_number, required=True)
    resend.add_argument("--last", metavar="N", type=_number, help="default: the last one sent")
    resend.set_defaults(run=_resend)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, allow_abbrev=False)
    parser.add_argument("--tenant", metavar="NAME", action=Once, help="of one tenant")
    parser.add_argument(
        "--store",
        metavar="URL",
        action=Once,
        help="the database of the service; default: the one its settings name",
    )
    add_settings_file(parser)
    return parser


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an event")
    return int(text)


def _list(options: argparse.Namespace) -> int:
    from adapter.notifications.requeueing import standings

    with _unit(options, writing=False) as unit:
        found = standings(unit, options.tenant or "", options.status or "")
    if options.format == "json":
        lines = [msgspec.json.encode(_described(one)) for one in found]
        write(b"".join(line + b"\n" for line in lines))
        return 0
    heads = ("tenant", "subscription", "status", "client", "events", "waiting", "dead", "error")
    rows = [tuple(str(_described(one)[name]) for name in heads) for one in found]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        write(encoded(line.rstrip() + "\n"))
    return 0


def _show(options: argparse.Namespace) -> int:
    from adapter.notifications.requeueing import standing, undelivered

    with _unit(options, writing=False) as unit:
        found = standing(unit, options.id, options.tenant or "")
        events = undelivered(unit, found, _MOST)
    for name, value in _described(found).items():
        write(encoded(f"{name:16}{value}\n"))
    for event in events:
        state = "dead" if event.dead else "waiting"
        words = f"{event.number:>8}  {_instant(event.at)}  {state:8}{event.type}/{event.id}"
        write(encoded(f"{words}  version {event.version}\n"))
    return 0


def _requeue(options: argparse.Namespace) -> int:
    from adapter.notifications.requeueing import requeue, standing

    with _unit(options, writing=True) as unit:
        found = standing(unit, options.id, options.tenant or "")
        count = requeue(unit, found)
    asked = " The subscription is asked for anew." if found.subscribed.status == "error" else ""
    write(encoded(f"{count} dead letters are sent again.{asked}\n"))
    return 0


def _resend(options: argparse.Namespace) -> int:
    from adapter.notifications.requeueing import resend, standing

    with _unit(options, writing=True) as unit:
        found = standing(unit, options.id, options.tenant or "")
        last = options.last or found.so_far.position
        first, last = resend(unit, found, options.first, last)
    write(encoded(f"events {first} to {last} are sent again\n"))
    return 0


def _described(one: Standing) -> Mapping[str, object]:
    row, so_far = one.subscribed, one.so_far
    return {
        "tenant": row.tenant,
        "subscription": row.id,
        "status": row.status,
        "client": row.client,
        "topic": row.topic,
        "channel": row.channel,
        "endpoint": row.origin,
        "events": so_far.events,
        "waiting": one.waiting,
        "dead": so_far.dead,
        "told": _instant(so_far.told_at),
        "failures": so_far.failures,
        "failing since": _instant(so_far.failing_since),
        "next attempt": _instant(so_far.next_at),
        "error": so_far.error,
    }


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds") if at else ""


@contextmanager
def _unit(options: argparse.Namespace, *, writing: bool) -> Iterator[Unit]:
    from adapter.store.database import Database
    from adapter.store.resources import ResourceStore

    url = settings.load({"store": options.store}, options.settings).store
    if not url:
        raise UnusableInput("no store is named; name the service's with --store or in its settings")
    with closing(Database(url, create=False)) as database:
        store = ResourceStore(database)
        with store.unit() if writing else store.reading() as unit:
            yield unit
