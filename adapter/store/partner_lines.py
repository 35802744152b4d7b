"""The line to each partner: who talks to it, whether it answers, how far we read.

Every function works within a transaction that its caller began.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from adapter.store.transactions import Transaction


class Line(Struct, frozen=True, kw_only=True):
    """How a partner's server stands with us."""

    lease: str = ""
    lease_until: int = 0
    #: Calls in a row that did not get through.
    failures: int = 0
    next_at: int = 0
    fault: str = ""
    answered_at: int = 0
    #: Id of our Subscription there; empty: none.
    subscription: str = ""
    secret: str = ""
    #: Ids there of the Organizations whose Tasks it is about.
    requesters: tuple[str, ...] = ()
    #: Every event up to this number is in `received` or older than the subscription.
    events: int = 0
    announced: int = 0
    check_at: int = 0


class Cursor(Struct, frozen=True, kw_only=True):
    """How far a partner that is polled was read."""

    #: Empty: never.
    watermark: str = ""
    due_at: int = 0


_LINE = tuple(Line.__struct_fields__)


class Lines:
    """The rows of one tenant and partner, within one transaction."""

    def __init__(self, transaction: Transaction, tenant: str, partner: str) -> None:
        self._transaction = transaction
        self._whose = {"tenant": tenant, "partner": partner}

    def line(self) -> Line:
        """How it stands; of a partner never called, as it stands then."""
        rows = self._transaction.rows(
            f"SELECT {', '.join(_LINE)} FROM partner_line"  # noqa: S608 - columns of ours
            " WHERE tenant = :tenant AND partner = :partner",
            self._whose,
        )
        if not rows:
            return Line()
        found = dict[str, Any](zip(_LINE, rows[0], strict=True))
        found["requesters"] = tuple(msgspec.json.decode(found["requesters"], type=list[str]))
        return Line(**found)

    def take(self, holder: str, now: int, until: int) -> bool:
        """Be the one who talks to it until then; False: somebody else is."""
        names = (name for name in _LINE if name not in ("lease", "lease_until"))
        first = ", ".join(f":{name}" for name in names)
        taken = self._transaction.run(
            "INSERT INTO partner_line (tenant, partner, lease, lease_until, failures, next_at,"  # noqa: S608
            " fault, answered_at, subscription, secret, requesters, events, announced, check_at)"
            f" VALUES (:tenant, :partner, :holder, :until, {first})"
            " ON CONFLICT (tenant, partner) DO UPDATE SET lease = :holder, lease_until = :until"
            " WHERE partner_line.lease_until <= :now OR partner_line.lease = :holder",
            {
                **self._whose,
                **msgspec.structs.asdict(Line()),
                "requesters": "[]",
                "holder": holder,
                "until": until,
                "now": now,
            },
        )
        return taken == 1

    def release(self, holder: str) -> None:
        """Let others talk to it."""
        self._transaction.run(
            "UPDATE partner_line SET lease = '', lease_until = 0 WHERE tenant = :tenant"
            " AND partner = :partner AND lease = :holder",
            {**self._whose, "holder": holder},
        )

    def answered(self, now: int) -> None:
        """A call got through."""
        self._set(failures=0, next_at=0, fault="", answered_at=now)

    def silent(self, failures: int, next_at: int, fault: str) -> None:
        """A call did not get through; none is made before `next_at`."""
        self._set(failures=failures, next_at=next_at, fault=fault)

    def try_now(self) -> None:
        """Call it at once, whatever failed before, and ask it what changed."""
        self._set(next_at=0, check_at=0)
        self.put_cursor(Cursor(watermark=self.cursor().watermark, due_at=0))

    def expect(self, secret: str) -> None:
        """Remember what notifications will bring, before they are asked for."""
        self._set(secret=secret)

    def ask_about(self, requester: str) -> None:
        """Learn of the Tasks of this Organization there, and see that the Subscription does too."""
        known = self.line().requesters
        if requester not in known:
            told = msgspec.json.encode(sorted((*known, requester))).decode()
            self._set(requesters=told, check_at=0)

    def subscribed(self, id: str, check_at: int) -> None:
        """A Subscription is there. Another one counts anew."""
        if id != self.line().subscription:
            self._set(events=0, announced=0)
        self._set(subscription=id, check_at=check_at)

    def unsubscribed(self) -> None:
        """The Subscription is gone there."""
        self._set(subscription="", check_at=0)

    def check_again(self, at: int) -> None:
        """Look after the Subscription then."""
        self._set(check_at=at)

    def announce(self, number: int) -> None:
        """There have been so many events."""
        self._transaction.run(
            "UPDATE partner_line SET announced = :number WHERE tenant = :tenant"
            " AND partner = :partner AND announced < :number",
            {**self._whose, "number": number},
        )

    def skip_to(self, number: int) -> None:
        """Give up on events up to this number: the partner has them no more."""
        self._set(events=number)

    def cursor(self) -> Cursor:
        """How far it was polled."""
        rows = self._transaction.rows(
            "SELECT watermark, due_at FROM poll_cursor WHERE tenant = :tenant"
            " AND partner = :partner",
            self._whose,
        )
        return Cursor(watermark=rows[0][0], due_at=rows[0][1]) if rows else Cursor()

    def put_cursor(self, cursor: Cursor) -> None:
        """Remember how far it was polled, and when it is again."""
        self._transaction.run(
            "INSERT INTO poll_cursor (tenant, partner, watermark, due_at)"
            " VALUES (:tenant, :partner, :watermark, :due_at)"
            " ON CONFLICT (tenant, partner) DO UPDATE SET watermark = excluded.watermark,"
            " due_at = excluded.due_at",
            {**self._whose, **msgspec.structs.asdict(cursor)},
        )

    def _set(self, **values: Any) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        self._transaction.run(
            f"UPDATE partner_line SET {columns} WHERE tenant = :tenant"  # noqa: S608 - names of ours
            " AND partner = :partner",
            {**self._whose, **values},
        )
