"""`ecm audit`: who did what to whose data, and whether the record of it was changed.

What is listed names patients by id: treat it like a chart. Days are California's, both included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapter import settings
from adapter.cli.arguments import Once, day
from adapter.cli.output import encoded, write
from adapter.cli.serve import add_settings_file
from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.store.audit import End
    from adapter.store.audit_rows import Numbered
    from adapter.store.transactions import Transaction

_EXAMPLES = """\
examples:
  ecm audit verify --store sqlite:////var/lib/ecm/store.sqlite --note /mnt/safe/ends.json
  ecm audit verify --noted /mnt/safe/ends.json       nothing of that time was changed since
  ecm audit list --patient p1 --since 2026-10-01     who saw this patient's data
  ecm audit list --outcome refused --format fhir     AuditEvents, one a line"""

#: Exit code where the audit was changed.
_FOUND = 2


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own."""
    parser = subparsers.add_parser(
        "audit",
        help="who did what to whose data, and whether the record of it was changed",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verify = commands.add_parser(
        "verify",
        help="compute the chains of the audit anew",
        description="An entry that was changed, taken out, moved or cut off the end is told, and "
        "the exit\ncode is 2. Whoever may write the database could make all of it anew: note where "
        "the chains\nend, keep the note elsewhere, and compare.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verify.add_argument("--note", metavar="FILE", type=Path, help="write where the chains end")
    verify.add_argument("--noted", metavar="FILE", type=Path, help="compare with an earlier note")
    _add_store(verify)
    verify.set_defaults(run=_verify)
    listing = commands.add_parser(
        "list",
        help="entries of the audit, the newest first",
        description="It names patients by id: treat what is printed like a chart.",
        allow_abbrev=False,
    )
    for name, meta, words in (
        ("tenant", "NAME", "of one tenant; default: of all"),
        ("client", "ID", "by one client"),
        ("party", "SYSTEM|VALUE", "by one organization"),
        ("patient", "ID", "about one patient"),
        ("entity", "TYPE/ID", "on one resource"),
        ("action", "NAME", "of one kind: read, search, update, notify, token …"),
        ("outcome", "NAME", "success, refused or failed"),
    ):
        listing.add_argument(f"--{name}", metavar=meta, action=Once, help=words)
    listing.add_argument(
        "--since", metavar="YYYY-MM-DD", type=day, action=Once, help="from this day on"
    )
    listing.add_argument(
        "--until", metavar="YYYY-MM-DD", type=day, action=Once, help="up to this day"
    )
    listing.add_argument(
        "--limit", metavar="N", type=_limit, default=100, help="at most so many; default: 100"
    )
    listing.add_argument(
        "--format",
        choices=("table", "fhir"),
        default="table",
        help="a line an entry, or an AuditEvent a line; default: table",
    )
    _add_store(listing)
    listing.set_defaults(run=_list)


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        metavar="URL",
        action=Once,
        help="the database of the service; default: the one its settings name",
    )
    add_settings_file(parser)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _verify(options: argparse.Namespace) -> int:
    from adapter.store.audit import verify_audit

    noted = _read_note(options.noted) if options.noted else None
    with _looking(options) as transaction:
        found = verify_audit(transaction, noted)
    for fault in found.faults:
        print(f"chain {fault.shard}, entry {fault.number}: {fault.what}", file=sys.stderr)
    if options.note and not found.faults:
        try:
            options.note.write_bytes(found.note())
        except OSError as fault:
            raise UnusableInput(f"{options.note} cannot be written: {fault.strerror}") from None
    if found.faults:
        return _FOUND
    compared = ", and what was noted is still there" if noted is not None else ""
    print(f"{found.entries} entries, nothing was changed{compared}")
    return 0


def _read_note(file: Path) -> dict[int, End]:
    from adapter.store.audit import read_note

    try:
        return read_note(file.read_bytes())
    except OSError as fault:
        raise UnusableInput(f"{file} cannot be read: {fault.strerror}") from None
    except ValueError:
        raise UnusableInput(f"{file} is no note of `ecm audit verify --note`") from None


def _list(options: argparse.Namespace) -> int:
    from adapter.security.audit_search import Asked, as_ndjson, entries_found, wanted_of
    from adapter.security.viewers import Parties

    asked = Asked(
        since=options.since,
        until=options.until,
        **{
            name: getattr(options, name) or ""
            for name in ("client", "party", "patient", "entity", "action", "outcome")
        },
    )
    with _looking(options) as transaction:
        for entries in entries_found(transaction, wanted_of(asked, options.tenant), options.limit):
            if options.format == "fhir":
                write(as_ndjson(entries, Parties(()), "ecm audit"))
            else:
                write(_table(entries))
    return 0


def _table(entries: Sequence[Numbered]) -> bytes:
    lines = []
    for one in entries:
        entry = one.entry
        at = datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="seconds")
        version = f"/_history/{entry.version}" if entry.version else ""
        told = (
            *(at, entry.tenant, entry.client or "unknown", entry.action, entry.outcome),
            *(entry.entity + version, f"Patient/{entry.patient}" if entry.patient else ""),
            *(entry.consent, entry.labels, entry.detail),
        )
        line = "  ".join(part for part in told if part)
        lines.append("".join(char if char.isprintable() else "�" for char in line) + "\n")
    return encoded("".join(lines))


@contextmanager
def _looking(options: argparse.Namespace) -> Iterator[Transaction]:
    from adapter.store.database import Database

    url = settings.load({"store": options.store}, options.settings).store
    if not url:
        raise UnusableInput(
            "no store is named, so there is no audit to look at; give --store, or set ECM_STORE as "
            "for the service"
        )
    database = Database(url, create=False, timeout_seconds=600)
    with closing(database), database.looking() as transaction:
        yield transaction
