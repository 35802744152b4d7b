"""A board of referrals: one page of them in order, how many stand where, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from adapter.store.board_conditions import QUEUES, Conditions, Order, Queue, Wanted, Whose
from adapter.store.records import Version, Viewer, Work
from adapter.store.transactions import Transaction
from adapter.store.versions import VERSION, version_of

_WORK = Work.__struct_fields__
#: No transaction takes longer.
_LATELY = 60_000
_PLACES = ", ".join(f"w.{name}" for name in _WORK)


class Standing(Struct, frozen=True, kw_only=True):
    """A referral of the page."""

    task: Version
    #: None: it has ended.
    work: Work | None

    def place(self, order: Order) -> tuple[int, str]:
        """What `Wanted.after` is for the page that begins after it."""
        is_due = self.work is not None and order == "due"
        at = self.work.due_at if self.work and is_due else self.task.updated_at
        return at, self.task.id


class Boards:
    """What one viewer sees of the referrals of their tenant, in one transaction.

    Args:
        transaction: what it reads with.
        viewer: whose eyes.
        now: the instant.
        own: the viewer's organization.
        system: of the business statuses.
    """

    def __init__(
        self, transaction: Transaction, viewer: Viewer, now: int, own: Whose, system: str
    ) -> None:
        self._transaction = transaction
        self._conditions = Conditions(viewer, now, own, system)

    def page(self, wanted: Wanted) -> list[Standing]:
        """At most `wanted.count`, in their order; what has ended by its last change."""
        begun, conditions, values = self._conditions.part(wanted)
        closed = wanted.queue == "closed"
        by_due = wanted.order == "due" and not closed
        column, way, than = ("w.due_at", "", ">") if by_due else ("r.updated_at", " DESC", "<")
        if wanted.after is not None:
            conditions.append(f"({column}, r.id) {than} (:after_at, :after_id)")
            values |= dict(zip(("after_at", "after_id"), wanted.after, strict=True))
        values["count"] = wanted.count
        rows = self._transaction.rows(
            f"SELECT {VERSION}{'' if closed else f', {_PLACES}'} FROM {begun}"  # noqa: S608 - names of ours, values are bound
            " CROSS JOIN resource_version v WHERE v.key = r.key AND v.version = r.version"
            f" AND {' AND '.join(conditions)} ORDER BY {column}{way}, r.id{way} LIMIT :count",
            values,
        )
        width = len(VERSION.split(", "))
        return [
            Standing(
                task=version_of(row[:width]),
                work=None if closed else Work(**dict(zip(_WORK, row[width:], strict=True))),
            )
            for row in rows
        ]

    def counts(self, wanted: Wanted) -> tuple[dict[Queue, int], str]:
        """How many there are in each queue, and a text that changes when anything of them does."""
        begun, conditions, values = self._conditions.part(
            msgspec.structs.replace(wanted, queue="open")
        )
        sums = ", ".join(f"sum(CASE WHEN {one} THEN 1 ELSE 0 END)" for one in QUEUES.values())
        found = self._transaction.rows(
            f"SELECT {sums}, max(r.updated_at), sum(r.version) FROM {begun}"  # noqa: S608 - names of ours, values are bound
            f" WHERE {' AND '.join(conditions)}",
            values,
        )[0]
        begun, conditions, values = self._conditions.part(
            msgspec.structs.replace(wanted, queue="closed")
        )
        ended = self._transaction.rows(
            f"SELECT count(*), max(r.updated_at), sum(r.version) FROM {begun}"  # noqa: S608 - names of ours, values are bound
            f" WHERE {' AND '.join(conditions)}",
            values,
        )[0]
        counts: dict[Queue, int] = dict(zip(QUEUES, (int(one or 0) for one in found), strict=False))
        counts["closed"] = int(ended[0])
        return counts, ".".join(str(one or 0) for one in (*found, *ended))

    def versions(self, places: Iterable[tuple[str, str]]) -> dict[str, Version]:
        """The present versions of what the viewer sees, by `Type/id`."""
        wanted = sorted(set(places))
        if not wanted:
            return {}
        values = dict(self._conditions.values)
        if self._transaction.is_file:
            values["places"] = msgspec.json.encode(wanted).decode()
            listed = (
                "(SELECT json_extract(value, '$[0]') AS type, json_extract(value, '$[1]') AS id"
                " FROM json_each(:places)) AS k"
            )
            same = "r.type = k.type AND r.id = k.id"
        else:
            values |= {"types": [one for one, _ in wanted], "ids": [one for _, one in wanted]}
            listed = "unnest(CAST(:types AS text[]), CAST(:ids AS text[])) AS k (type, id)"
            same = 'r.type = k.type COLLATE "C" AND r.id = k.id COLLATE "C"'
        rows = self._transaction.rows(
            f"SELECT {VERSION} FROM {listed} CROSS JOIN resource r"  # noqa: S608 - names of ours, values are bound
            " CROSS JOIN resource_version v WHERE v.key = r.key AND v.version = r.version"
            f" AND r.tenant = :tenant AND {same} AND r.method <> 'delete'"
            f" AND {self._conditions.seen('r')}",
            values,
        )
        return {f"{one.type}/{one.id}": one for one in map(version_of, rows)}

    def thread(self, id: str) -> list[tuple[str, int, int]]:
        """Id, version and instant of each version of the Tasks in the thread of one."""
        place = f"{self._conditions.seen('a')} AND a.type = 'Task' AND a.id = :id"
        rows = self._transaction.rows(
            "SELECT r.id, v.version, v.updated_at FROM resource r CROSS JOIN resource_version v"  # noqa: S608 - names of ours, values are bound
            " WHERE v.key = r.key AND r.type = 'Task' AND r.key IN (SELECT o.key FROM resource a"
            " CROSS JOIN token_index g CROSS JOIN token_index o WHERE g.key = a.key"
            " AND g.param = 'Task.group-identifier' AND o.tenant = :tenant AND o.param = g.param"
            f" AND o.code = g.code AND o.system = g.system AND {place}"
            f" UNION ALL SELECT a.key FROM resource a WHERE {place})"
            f" AND {self._conditions.seen('r')} ORDER BY v.updated_at, r.id",
            {**self._conditions.values, "id": id},
        )
        return [(str(row[0]), int(row[1]), int(row[2])) for row in rows]


def latest(transaction: Transaction, tenant: str, now: int) -> str:
    """A text that changes when any Task of a tenant does, and within a minute after.

    It costs next to nothing, and tells of Tasks that a viewer does not see: show it to nobody.
    """
    # Who began earlier may commit later, so what was written lately counts, not the last alone.
    rows = transaction.rows(
        "SELECT max(v.updated_at), (SELECT count(*) FROM resource_version n WHERE"
        " n.tenant = :tenant AND n.type = 'Task' AND n.updated_at > :lately)"
        " FROM resource_version v WHERE v.tenant = :tenant AND v.type = 'Task'",
        {"tenant": tenant, "lately": now - _LATELY},
    )
    return ".".join(str(one or 0) for one in rows[0])
