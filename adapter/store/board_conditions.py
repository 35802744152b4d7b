"""Which referrals a board is asked for, as conditions in SQL.

What is under way is found by the worklist, what has ended by its status. A Task that was handed on
is shown once, where it is now: its owner sees the Task of whom they asked in its place.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from adapter.store.records import Viewer
from adapter.store.visibility import seen_by

#: open: all that is under way. new: nobody has looked at it yet. ours, others: who has to act.
#: due: before `Wanted.soon`. claim: nobody owns it yet.
Queue = Literal["open", "new", "ours", "others", "due", "overdue", "claim", "closed"]
Order = Literal["due", "changed"]

_OURS = "(w.owner = :party OR (w.owner = '' AND w.queue = 'claimable' AND :claims = 1))"
#: Conditions of the queues of what is under way.
QUEUES: dict[Queue, str] = {
    "open": "1 = 1",
    "new": "(w.status = 'requested'"
    " AND w.business_status IN ('sent-to-plan', 'assigned-to-provider'))",
    "ours": _OURS,
    "others": f"NOT {_OURS}",
    "due": "(w.due_at > :now AND w.due_at <= :soon)",
    "overdue": "w.due_at <= :now",
    "claim": "(w.owner = '' AND w.queue = 'claimable')",
}
_URGENT = "('urgent', 'asap', 'stat')"
_ENDED = "('completed', 'rejected', 'cancelled', 'failed', 'entered-in-error')"
#: Only a Task that asks to fulfil a referral has a business status of ours; one that was entered as
#: a history, on hold, may have none.
_IS_LIVE_REFERRAL = (
    "(w.business_status <> '' OR (w.status = 'on-hold' AND EXISTS (SELECT 1 FROM token_index k"
    " WHERE k.key = w.key AND k.param = 'Task.code' AND k.code = 'fulfill')))"
)

_IS_OWN = "(q.target_id = :own OR q.identifier = :party)"
#: After every text that begins alike.
_LAST = "\U0010ffff"


class Whose(Struct, frozen=True, kw_only=True):
    """An organization: its party, and the id of its Organization."""

    party: str
    id: str


class Wanted(Struct, frozen=True, kw_only=True):
    """What is asked for; empty and None: whatever it is."""

    queue: Queue = "open"
    #: Beginnings of parts of the member's name, as `adapter.search.texts.normalized` makes them.
    names: tuple[str, ...] = ()
    #: Part of the thread's number, in lower case; it or the names are met.
    thread: str = ""
    business_status: str = ""
    #: Code of a Population of Focus, as a reason of the order.
    population: str = ""
    requester: Whose | None = None
    #: Who has to act; of what has ended, who was asked.
    owner: Whose | None = None
    urgent: bool = False
    #: Due in `[due_from, due_before)`; nothing that has ended is.
    due_from: int | None = None
    due_before: int | None = None
    #: Until when something is due soon.
    soon: int = 0
    order: Order = "due"
    count: int = 50
    #: (instant it is ordered by, id) of the last one that was had.
    after: tuple[int, str] | None = None


class Conditions:
    """Conditions on a Task `r` of a board, for one viewer.

    Args:
        viewer: whose eyes.
        now: the instant.
        own: the viewer's organization.
        system: of the business statuses.
    """

    def __init__(self, viewer: Viewer, now: int, own: Whose, system: str) -> None:
        self._viewer, self._now, self._own, self._system = viewer, now, own, system
        #: That every statement needs.
        self.values: dict[str, Any] = {**seen_by(viewer, now).values, "tenant": viewer.tenant}

    def seen(self, row: str) -> str:
        """That the viewer sees a row of `resource`."""
        return seen_by(self._viewer, self._now, row=row).sql

    def part(self, wanted: Wanted) -> tuple[str, list[str], dict[str, Any]]:
        """Tables, conditions and values that find what is wanted."""
        values = dict(self.values)
        if wanted.queue == "closed":
            begun = "token_index s CROSS JOIN resource r"
            conditions = [
                "s.tenant = :tenant AND s.param = 'Task.status'",
                f"s.code IN {_ENDED} AND r.key = s.key AND r.method <> 'delete'",
                *self._ended(wanted, values),
            ]
        else:
            begun = "worklist w CROSS JOIN resource r"
            conditions = [
                f"w.tenant = :tenant AND w.type = 'Task' AND {_IS_LIVE_REFERRAL}",
                *self._live(wanted, values),
                "r.key = w.key",
            ]
        # SQLite asks in this order: what leaves least comes first.
        conditions += [*self._narrowed(wanted, values), self.seen("r")]
        if wanted.queue != "closed":
            conditions.append(self._stands_for_itself())
        return begun, conditions, values

    def _live(self, wanted: Wanted, values: dict[str, Any]) -> list[str]:
        conditions = [QUEUES[wanted.queue]]
        values |= {"party": self._own.party, "claims": int(self._viewer.claims)}
        values |= {"now": self._now, "soon": wanted.soon}
        for name, party in (("requester", wanted.requester), ("owner", wanted.owner)):
            if party is not None:
                conditions.append(f"w.{name} = :{name}")
                values[name] = party.party
        if wanted.business_status:
            conditions.append("w.business_status = :business_status")
            values["business_status"] = wanted.business_status
        if wanted.urgent:
            conditions.append(f"w.priority IN {_URGENT}")
        if wanted.due_from is not None:
            conditions.append("w.due_at > :due_from")
            values["due_from"] = wanted.due_from
        if wanted.due_before is not None:
            conditions.append("w.due_at <= :due_before")
            values["due_before"] = wanted.due_before
        return conditions

    def _stands_for_itself(self) -> str:
        """That nobody the viewer asked in turn is at it: the Task of that is shown in its place."""
        return (
            "NOT EXISTS (SELECT 1 FROM reference_index p CROSS JOIN worklist c"  # noqa: S608 - names of ours, values are bound
            " CROSS JOIN resource cr WHERE p.tenant = :tenant AND p.target_id = r.id"
            " AND p.target_type = 'Task' AND p.param = 'Task.part-of' AND c.key = p.key"
            f" AND c.requester = :party AND cr.key = c.key AND {self.seen('cr')})"
        )

    def _ended(self, wanted: Wanted, values: dict[str, Any]) -> list[str]:
        values |= {"system": self._system, "party": self._own.party, "own": self._own.id}
        part_of = _has("p", "reference", "Task.part-of", "1 = 1")
        conditions = [
            _has("b", "token", "Task.business-status", "b.system = :system"),
            # What somebody was asked for in turn is told of with what it is part of.
            f"NOT ({part_of} AND {_has('q', 'reference', 'Task.requester', _IS_OWN)})",
        ]
        for name, party in (("requester", wanted.requester), ("owner", wanted.owner)):
            if party is not None:
                values |= {name: party.party, f"{name}_id": party.id}
                is_them = f"(o.target_id = :{name}_id OR o.identifier = :{name})"
                conditions.append(_has("o", "reference", f"Task.{name}", is_them))
        if wanted.business_status:
            values["business_status"] = wanted.business_status
            said = "t.system = :system AND t.code = :business_status"
            conditions.append(_has("t", "token", "Task.business-status", said))
        if wanted.urgent:
            conditions.append(_has("u", "token", "Task.priority", f"u.code IN {_URGENT}"))
        return conditions

    def _narrowed(self, wanted: Wanted, values: dict[str, Any]) -> list[str]:
        """By what a referral refers to, as far as the viewer sees that."""
        conditions = []
        texts = []
        if wanted.names:
            parts = []
            # The parameter says that it is a Patient. To say so of `m` too has PostgreSQL, as long
            # as it has no statistics, begin with every Patient and look at all names for each.
            for number, name in enumerate(wanted.names):
                values |= {f"name_{number}": name, f"name_to_{number}": name + _LAST}
                parts.append(
                    "r.patient IN (SELECT m.id FROM string_index n CROSS JOIN resource m"  # noqa: S608 - names of ours, values are bound
                    " WHERE n.tenant = :tenant AND n.param = 'Patient.name'"
                    f" AND n.norm >= :name_{number} AND n.norm < :name_to_{number}"
                    f" AND m.key = n.key AND {self.seen('m')})"
                )
            texts.append(f"({' AND '.join(parts)})")
        if wanted.thread:
            values["thread"] = f"%{_literal(wanted.thread)}%"
            like = "lower({}) LIKE :thread ESCAPE '!'"
            in_index = _has("g", "token", "Task.group-identifier", like.format("g.code"))
            texts.append(in_index if wanted.queue == "closed" else like.format("w.thread"))
        if texts:
            conditions.append(f"({' OR '.join(texts)})")
        if wanted.population:
            values["population"] = wanted.population
            # Found once, and not for each referral.
            conditions.append(
                "r.key IN (SELECT f.key FROM token_index e CROSS JOIN resource o CROSS JOIN"  # noqa: S608 - names of ours, values are bound
                " reference_index f WHERE e.tenant = :tenant AND e.code = :population"
                " AND e.param = 'ServiceRequest.reason-code' AND o.key = e.key"
                " AND f.tenant = :tenant AND f.target_id = o.id"
                " AND f.target_type = 'ServiceRequest' AND f.param = 'Task.focus'"
                f" AND {self.seen('o')})"
            )
        return conditions


def _has(name: str, table: str, param: str, condition: str) -> str:
    """That a referral `r` is found by a row of an index table, in which the condition holds."""
    return (
        f"EXISTS (SELECT 1 FROM {table}_index {name} WHERE {name}.key = r.key"  # noqa: S608 - names of ours, values are bound
        f" AND {name}.param = '{param}' AND {condition})"
    )


def _literal(text: str) -> str:
    """The text without meaning for LIKE."""
    return "".join(f"!{one}" if one in "!%_" else one for one in text)
