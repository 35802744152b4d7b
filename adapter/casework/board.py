"""The board of referrals: pages of rows in words, and how many stand in each queue.

Everything is read as the visitor, and what is shown is audited as a search is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from adapter.casework.rows import Row, Rows, reference
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.permissions import readable
from adapter.fhir_client.partner_answers import Resource
from adapter.referrals.codes import BUSINESS_STATUS
from adapter.security.audit_rendering import organization_id
from adapter.security.scopes import demand, insufficient, narrowed_to
from adapter.store.board_conditions import Queue, Wanted, Whose
from adapter.store.boards import Boards, latest
from adapter.store.notices import notices_of
from profiles.canonicals import canonicals

if TYPE_CHECKING:
    from adapter.assembly import Assembly
    from adapter.store.records import Version, Viewer
    from adapter.store.resources import Unit


class Page(Struct, frozen=True, kw_only=True):
    """Some rows of a board."""

    rows: tuple[Row, ...]
    #: Where the next page begins; None: this is the last one.
    following: tuple[int, str] | None


class Board:
    """What one visitor sees of the referrals of their tenant.

    Args:
        assembly: the exchange.
        viewer: whose eyes.
        now: the instant.
    """

    def __init__(self, assembly: Assembly, viewer: Viewer, now: datetime) -> None:
        self._assembly, self._viewer, self._now = assembly, viewer, now
        self._base = assembly.settings.canonical_base
        self.parties: Mapping[str, str] = {
            one.id: one.name for one in assembly.parties.of(viewer.tenant)
        }
        self._rows = Rows(viewer, self.parties, self._base, now)

    def whose(self, party: str) -> Whose:
        """An organization that takes part."""
        return Whose(party=party, id=organization_id(self._viewer.tenant, party))

    def page(self, wanted: Wanted) -> Page:
        """A page of rows.

        Raises:
            Refused: 403, the visitor may not search for Tasks.
        """
        self._check()
        exchange = self._assembly.exchange
        asked = msgspec.structs.replace(wanted, count=wanted.count + 1)
        with exchange.session(self._viewer, writing=False) as unit:
            boards = self._boards(unit)
            found = boards.page(asked)
            more = len(found) > wanted.count
            found = found[: wanted.count]
            tasks = [msgspec.json.decode(one.task.body, type=Resource) for one in found]
            along = boards.versions(_places(tasks))
            along = {
                f"{one.type}/{one.id}": one
                for one in readable(unit, self._viewer, along.values(), "include")
            }
            shown = [*(one.task for one in found), *along.values()]
            exchange.told_of(unit, self._viewer, "Task", shown)
        others = {place: _decoded(one) for place, one in along.items()}
        rows = tuple(
            self._rows.row(one.task.id, task, one.work, others)
            for one, task in zip(found, tasks, strict=True)
        )
        following = found[-1].place(wanted.order) if more else None
        return Page(rows=rows, following=following)

    def counts(self, wanted: Wanted) -> tuple[dict[Queue, int], str]:
        """How many there are in each queue, and a text that changes when any of them does.

        Raises:
            Refused: 403, the visitor may not search for Tasks.
        """
        self._check()
        with self._assembly.exchange.session(self._viewer, writing=False) as unit:
            return self._boards(unit).counts(wanted)

    def read(self, places: Iterable[tuple[str, str]]) -> dict[str, Resource]:
        """What the visitor sees of some resources (type and id), by `Type/id`; audited."""
        exchange = self._assembly.exchange
        with exchange.session(self._viewer, writing=False) as unit:
            found = self._boards(unit).versions(places).values()
            shown = readable(unit, self._viewer, found, "read")
            exchange.told_of(unit, self._viewer, "Task", shown)
        return {f"{one.type}/{one.id}": _decoded(one) for one in shown}

    def row_of(self, task: Resource) -> Row:
        """A Task that the visitor sees, as a row of the board; what it names is not read."""
        with self._assembly.store.reading() as unit:
            work = unit.work_of(self._viewer.tenant, "Task", str(task["id"]))
        return self._rows.row(str(task["id"]), task, work, {})

    def names(self, others: Mapping[str, Resource]) -> dict[str, str]:
        """What organizations are called, by reference: the registered, and those among others."""
        return self._rows.names(others)

    def thread_mark(self, id: str) -> str:
        """A text that changes when a Task of the thread does, or somebody was told of it.

        It is asked for all the time and tells nothing, so it is not audited. Empty: the visitor
        does not see the Task.
        """
        assembly, tenant = self._assembly, self._viewer.tenant
        with assembly.store.reading() as unit:
            found = self._boards(unit).thread(id)
            ids = sorted({one for one, _, _ in found})
            notices = notices_of(unit.connection, tenant, ids, sorted({at for *_, at in found}))
            told = [(one.number, one.dead, one.number <= one.position) for one in notices]
            sent = [
                (row.number, row.state, row.fault)
                for partner in assembly.partners
                if partner.tenant == tenant
                for one in ids
                for row in assembly.here.outbound(unit, partner).of_task(one)
            ]
        return f"{found} {told} {sent}" if found else ""

    def latest(self) -> str:
        """A text that changes when any Task of the tenant does; for nobody to see."""
        with self._assembly.store.reading() as unit:
            return latest(unit.connection, self._viewer.tenant, unit.now)

    def _check(self) -> None:
        demand(self._viewer, "Task", "search-type")
        if narrowed_to(self._viewer, "Task", "search-type") != ():
            raise Refused(403, *insufficient("Task", "search-type").issues)

    def _boards(self, unit: Unit) -> Boards:
        system = canonicals(self._base).code_system(BUSINESS_STATUS)
        own = self.whose(self._viewer.party)
        return Boards(unit.connection, self._viewer, unit.now, own, system)


def _places(tasks: list[Resource]) -> Iterator[tuple[str, str]]:
    """What the Tasks of a page name: members, orders, organizations."""
    for task in tasks:
        for name in ("for", "focus", "requester", "owner"):
            type, _, id = reference(task, name).partition("/")
            if type in ("Patient", "ServiceRequest", "Organization"):
                yield type, id


def _decoded(version: Version) -> Resource:
    return msgspec.json.decode(version.body, type=Resource)
