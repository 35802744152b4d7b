"""What there is to do with partners, as rows: to be sent, to be read, whose copy is whose.

Every function works within a transaction that its caller began. Of a partner only who holds its
lease sends and reads, so the rows of one partner need no locks of their own.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from adapter.store.transactions import Row, Transaction

Kind = Literal["send", "change"]


class Outgoing(Struct, frozen=True, kw_only=True):
    """Something to tell a partner."""

    number: int
    tenant: str
    partner: str
    kind: Kind
    #: The local Task.
    id: str
    version: int
    #: waiting, done, dead.
    state: str
    attempts: int
    due_at: int
    created_at: int
    settled_at: int
    fault: str


class Link(Struct, frozen=True, kw_only=True):
    """A local resource and its counterpart at a partner."""

    type: str
    id: str
    remote_id: str
    #: Empty: not known.
    remote_version: str
    version: int
    origin: Literal["here", "there"]


_OUTGOING = ", ".join(Outgoing.__struct_fields__)
_LINK = ", ".join(Link.__struct_fields__)


class Outbound:
    """The rows of one tenant and partner, within one transaction."""

    def __init__(self, transaction: Transaction, tenant: str, partner: str) -> None:
        self._transaction = transaction
        self._whose = {"tenant": tenant, "partner": partner}

    def add(self, kind: Kind, id: str, version: int, now: int) -> None:
        """Have something told to the partner; twice is once."""
        self._transaction.run(
            "INSERT INTO outbound (tenant, partner, kind, id, version, state, attempts, due_at,"
            " created_at, settled_at, fault) VALUES (:tenant, :partner, :kind, :id, :version,"
            " 'waiting', 0, :now, :now, 0, '')"
            " ON CONFLICT (tenant, partner, kind, id, version) DO NOTHING",
            {**self._whose, "kind": kind, "id": id, "version": version, "now": now},
        )

    def waiting(self) -> list[Outgoing]:
        """What was not told yet, in the order in which it happened."""
        return _outgoing(
            self._transaction.rows(
                f"SELECT {_OUTGOING} FROM outbound WHERE tenant = :tenant"  # noqa: S608 - names of ours, values are bound
                " AND partner = :partner AND state = 'waiting' ORDER BY number",
                self._whose,
            )
        )

    def unsettled(self, most: int) -> list[Outgoing]:
        """What waits and what was given up, the latter first."""
        return _outgoing(
            self._transaction.rows(
                f"SELECT {_OUTGOING} FROM outbound WHERE tenant = :tenant"  # noqa: S608 - names of ours, values are bound
                " AND partner = :partner AND state <> 'done' ORDER BY state, number LIMIT :most",
                {**self._whose, "most": most},
            )
        )

    def of_task(self, id: str) -> list[Outgoing]:
        """Everything there ever was to tell of a Task."""
        return _outgoing(
            self._transaction.rows(
                f"SELECT {_OUTGOING} FROM outbound WHERE tenant = :tenant"  # noqa: S608 - names of ours, values are bound
                " AND partner = :partner AND id = :id ORDER BY number",
                {**self._whose, "id": id},
            )
        )

    def attempt(self, number: int) -> None:
        """Count an attempt, before it is made."""
        self._transaction.run(
            "UPDATE outbound SET attempts = attempts + 1 WHERE number = :number",
            {"number": number},
        )

    def settle(self, number: int, state: str, now: int, fault: str = "") -> None:
        """It was told (`done`), or never will be (`dead`)."""
        self._transaction.run(
            "UPDATE outbound SET state = :state, settled_at = :now, fault = :fault"
            " WHERE number = :number",
            {"number": number, "state": state, "now": now, "fault": fault},
        )

    def postpone(self, number: int, due_at: int, now: int, fault: str) -> None:
        """It is tried again then."""
        self._transaction.run(
            "UPDATE outbound SET due_at = :due_at, settled_at = :now, fault = :fault"
            " WHERE number = :number",
            {"number": number, "due_at": due_at, "now": now, "fault": fault},
        )

    def requeue(self, id: str, now: int) -> int:
        """Try dead letters of a Task again; how many there were."""
        return self._again("AND id = :id", now, id=id)

    def requeue_all(self, now: int) -> int:
        """Try all dead letters again, and what waits at once; how many there were."""
        return self._again("", now)

    def counts(self) -> dict[str, int]:
        """How many rows there are, by state."""
        return dict(
            self._transaction.rows(
                "SELECT state, count(*) FROM outbound WHERE tenant = :tenant"
                " AND partner = :partner GROUP BY state",
                self._whose,
            )
        )

    def hurry(self, now: int) -> None:
        """Try what waits at once."""
        self._hurry("", now)

    def _hurry(self, which: str, now: int, **values: str) -> None:
        self._transaction.run(
            "UPDATE outbound SET due_at = :now WHERE tenant = :tenant"  # noqa: S608 - words of ours
            f" AND partner = :partner AND state = 'waiting' {which}",
            {**self._whose, "now": now, **values},
        )

    def _again(self, which: str, now: int, **values: str) -> int:
        self._hurry(which, now, **values)
        return self._transaction.run(
            "UPDATE outbound SET state = 'waiting', due_at = :now, created_at = :now,"  # noqa: S608
            " fault = '' WHERE tenant = :tenant AND partner = :partner"
            f" AND state = 'dead' {which}",
            {**self._whose, "now": now, **values},
        )

    def link(self, type: str, id: str) -> Link | None:
        """The counterpart of a local resource."""
        return self._one("id", type, id)

    def linked_from(self, type: str, remote_id: str) -> Link | None:
        """The local counterpart of a partner's resource."""
        return self._one("remote_id", type, remote_id)

    def put_link(self, link: Link, now: int) -> None:
        """Remember a counterpart, or what was last seen of it."""
        self._transaction.run(
            "INSERT INTO link (tenant, partner, type, id, remote_id, remote_version, version,"
            " origin, updated_at) VALUES (:tenant, :partner, :type, :id, :remote_id,"
            " :remote_version, :version, :origin, :now)"
            " ON CONFLICT (tenant, partner, type, id) DO UPDATE SET"
            " remote_id = excluded.remote_id, remote_version = excluded.remote_version,"
            " version = excluded.version, updated_at = excluded.updated_at",
            {**self._whose, **msgspec.structs.asdict(link), "now": now},
        )

    def _one(self, column: Literal["id", "remote_id"], type: str, id: str) -> Link | None:
        rows = self._transaction.rows(
            f"SELECT {_LINK} FROM link WHERE tenant = :tenant"  # noqa: S608 - columns of ours
            f" AND partner = :partner AND type = :type AND {column} = :id ORDER BY updated_at",
            {**self._whose, "type": type, "id": id},
        )
        return Link(**dict(zip(Link.__struct_fields__, rows[0], strict=True))) if rows else None


def _outgoing(rows: list[Row]) -> list[Outgoing]:
    names = Outgoing.__struct_fields__
    return [Outgoing(**dict[str, Any](zip(names, row, strict=True))) for row in rows]
