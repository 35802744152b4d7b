"""Looking through the audit by days, people, resources and outcome; for a command and for a page.

Days are the member's, both included. Whoever looks on a page looks as a viewer, at their own tenant
only, and that they looked is audited as the FHIR endpoint does it. Who holds the database in hand
(`ecm audit`) looks at all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from adapter import clock
from adapter.security.audit_events import demand_audit, note_look
from adapter.security.audit_rendering import audit_event
from adapter.security.viewers import Parties
from adapter.store.audit_rows import Numbered, Seen, Wanted, count_people, find_entries
from adapter.store.records import Viewer
from adapter.store.transactions import Transaction

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Entries read at once.
PAGE = 500
#: The last day that another one follows.
_LAST = date.max - timedelta(days=1)

#: Where a page of entries ends: instant, chain, number.
Place = tuple[int, int, int]


class Asked(Struct, frozen=True, kw_only=True):
    """What entries are looked for; every condition has to hold, an empty one none."""

    since: date | None = None
    until: date | None = None
    client: str = ""
    #: `system|value` of an organization.
    party: str = ""
    #: Id of the Patient, with or without its type.
    patient: str = ""
    #: `Task/12`.
    entity: str = ""
    action: str = ""
    outcome: str = ""


class Page(Struct, frozen=True, kw_only=True):
    """Some entries, the newest first."""

    entries: tuple[Numbered, ...]
    #: Where the next page begins; None: this is the last one.
    following: Place | None


def wanted_of(asked: Asked, tenant: str | None) -> Wanted:
    """The conditions on entries; `tenant` None: of all tenants."""

    def one(value: str) -> tuple[str, ...] | None:
        return (value,) if value else None

    return Wanted(
        tenant=tenant,
        since=_start(asked.since) if asked.since else None,
        until=_start(min(asked.until, _LAST) + timedelta(days=1)) - 1 if asked.until else None,
        patients=one(asked.patient.removeprefix("Patient/")),
        parties=one(asked.party),
        clients=one(asked.client),
        entities=one(asked.entity),
        actions=one(asked.action),
        outcomes=one(asked.outcome),
    )


def entries_found(
    transaction: Transaction, wanted: Wanted, most: int
) -> Iterator[Sequence[Numbered]]:
    """Entries, the newest first, some at a time."""
    while most > 0:
        entries = find_entries(transaction, wanted, min(most, PAGE))
        if not entries:
            return
        yield entries
        most -= len(entries)
        wanted = msgspec.structs.replace(wanted, before=_place(entries[-1]))


def look(unit: Unit, viewer: Viewer, asked: Asked, most: int, before: Place | None = None) -> Page:
    """A page of the viewer's tenant; that it was looked at is audited.

    Args:
        unit: of work.
        viewer: whose eyes.
        asked: what is looked for.
        most: entries of the page.
        before: where the page before ended; None: the first page.

    Raises:
        Refused: 403 to who is not of the organization that runs the exchange.
    """
    demand_audit(viewer)
    wanted = msgspec.structs.replace(wanted_of(asked, viewer.tenant), before=before)
    found = find_entries(unit.connection, wanted, most + 1)
    entries = tuple(found[:most])
    note_look(unit, viewer, "search", "AuditEvent", f"{len(entries)} found")
    return Page(entries=entries, following=_place(entries[-1]) if len(found) > most else None)


def who_saw(unit: Unit, viewer: Viewer, asked: Asked, most: int) -> list[Seen]:
    """Who reached whose data in the viewer's tenant, the latest first; audited too.

    Raises:
        Refused: 403 to who is not of the organization that runs the exchange.
    """
    demand_audit(viewer)
    found = count_people(unit.connection, wanted_of(asked, viewer.tenant), most)
    note_look(unit, viewer, "search", "AuditEvent", f"{len(found)} found, by people")
    return found


def exported(
    unit: Unit, viewer: Viewer, asked: Asked, parties: Parties, site: str, most: int
) -> bytes:
    """AuditEvents of the viewer's tenant as NDJSON, the newest first; audited too.

    Raises:
        Refused: 403 to who is not of the organization that runs the exchange.
    """
    demand_audit(viewer)
    found = list(entries_found(unit.connection, wanted_of(asked, viewer.tenant), most))
    note_look(unit, viewer, "search", "AuditEvent", f"{sum(map(len, found))} exported")
    return b"".join(as_ndjson(entries, parties, site) for entries in found)


def as_ndjson(entries: Sequence[Numbered], parties: Parties, site: str) -> bytes:
    """AuditEvents, one a line."""
    return b"".join(msgspec.json.encode(audit_event(one, parties, site)) + b"\n" for one in entries)


def _place(one: Numbered) -> Place:
    return one.entry.at, one.shard, one.number


def _start(of: date) -> int:
    return int(datetime.combine(of, time(), clock.MEMBER_ZONE).timestamp() * 1000)
