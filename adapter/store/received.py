"""What partners told of: notification events, kept before the notification is answered.

Every function works within a transaction that its caller began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from adapter.store.transactions import Transaction


class Event(Struct, frozen=True, kw_only=True):
    """An event that a partner told of."""

    #: Empty: it was found by polling.
    subscription: str
    number: int
    #: `Task/12`; empty: it was not said.
    focuses: tuple[str, ...]
    attempts: int
    due_at: int
    received_at: int


class Unsettled(Struct, frozen=True, kw_only=True):
    """An event that was not followed up."""

    event: Event
    #: waiting, dead.
    state: str
    #: The last failure in words that may be shown; empty: none.
    fault: str


_EVENT = ", ".join(Event.__struct_fields__)


class Received:
    """The events of one tenant and partner, within one transaction."""

    def __init__(self, transaction: Transaction, tenant: str, partner: str) -> None:
        self._transaction = transaction
        self._whose = {"tenant": tenant, "partner": partner}

    def receive(self, subscription: str, number: int, focuses: Iterable[str], now: int) -> None:
        """Keep an event; one that is known already changes nothing."""
        self._transaction.run(
            "INSERT INTO received (tenant, partner, subscription, number, focuses, state, attempts,"
            " due_at, received_at, fault) VALUES (:tenant, :partner, :subscription, :number,"
            " :focuses, 'waiting', 0, :now, :now, '')"
            " ON CONFLICT (tenant, partner, subscription, number) DO NOTHING",
            {
                **self._whose,
                "subscription": subscription,
                "number": number,
                "focuses": msgspec.json.encode(tuple(focuses)).decode(),
                "now": now,
            },
        )

    def highest(self, subscription: str) -> int:
        """The highest number there is; 0: none."""
        rows = self._transaction.rows(
            "SELECT coalesce(max(number), 0) FROM received WHERE tenant = :tenant"
            " AND partner = :partner AND subscription = :subscription",
            {**self._whose, "subscription": subscription},
        )
        return int(rows[0][0])

    def advance(self, subscription: str) -> int:
        """Move on over the events that were kept without a gap; the last one's number."""
        known = {
            row[0]
            for row in self._transaction.rows(
                "SELECT r.number FROM received r JOIN partner_line l ON l.tenant = r.tenant"
                " AND l.partner = r.partner WHERE r.tenant = :tenant AND r.partner = :partner"
                " AND r.subscription = :subscription AND r.number > l.events",
                {**self._whose, "subscription": subscription},
            )
        }
        reached = self._events()
        while reached + 1 in known:
            reached += 1
        self._transaction.run(
            "UPDATE partner_line SET events = :reached WHERE tenant = :tenant"
            " AND partner = :partner",
            {**self._whose, "reached": reached},
        )
        return reached

    def waiting(self) -> list[Event]:
        """Events that were not followed up yet, in their order."""
        rows = self._transaction.rows(
            f"SELECT {_EVENT} FROM received WHERE tenant = :tenant"  # noqa: S608 - columns of ours
            " AND partner = :partner AND state = 'waiting' ORDER BY subscription, number",
            self._whose,
        )
        return [_event(row) for row in rows]

    def unsettled(self, most: int) -> list[Unsettled]:
        """Events that wait and those that were given up, the latter first."""
        rows = self._transaction.rows(
            f"SELECT state, fault, {_EVENT} FROM received"  # noqa: S608 - columns of ours
            " WHERE tenant = :tenant AND partner = :partner AND state <> 'done'"
            " ORDER BY state, subscription, number LIMIT :most",
            {**self._whose, "most": most},
        )
        return [
            Unsettled(event=_event(row), state=state, fault=fault) for state, fault, *row in rows
        ]

    def settle(self, event: Event, state: str, fault: str = "") -> None:
        """It was followed up (`done`), or never will be (`dead`)."""
        self._of_event("state = :state, fault = :fault", event, state=state, fault=fault)

    def postpone(self, event: Event, due_at: int, fault: str) -> None:
        """It is followed up then."""
        self._of_event(
            "attempts = attempts + 1, due_at = :due_at, fault = :fault",
            event,
            due_at=due_at,
            fault=fault,
        )

    def hurry(self, now: int) -> None:
        """Follow up at once what waits."""
        self._transaction.run(
            "UPDATE received SET due_at = :now WHERE tenant = :tenant AND partner = :partner"
            " AND state = 'waiting'",
            {**self._whose, "now": now},
        )

    def requeue_all(self, now: int) -> None:
        """Follow up at once what waits or was given up."""
        self._transaction.run(
            "UPDATE received SET state = 'waiting', attempts = 0, due_at = :now, received_at = :now"
            " WHERE tenant = :tenant AND partner = :partner AND state <> 'done'",
            {**self._whose, "now": now},
        )

    def counts(self) -> dict[str, int]:
        """How many there are, by state."""
        return dict(
            self._transaction.rows(
                "SELECT state, count(*) FROM received WHERE tenant = :tenant"
                " AND partner = :partner GROUP BY state",
                self._whose,
            )
        )

    def forget_before(self, instant: int) -> int:
        """Delete what was followed up and came before; how much there was."""
        return self._transaction.run(
            "DELETE FROM received WHERE tenant = :tenant AND partner = :partner"
            " AND state = 'done' AND received_at < :instant AND (subscription = '' OR number <="
            " (SELECT events FROM partner_line WHERE tenant = :tenant AND partner = :partner))",
            {**self._whose, "instant": instant},
        )

    def _events(self) -> int:
        rows = self._transaction.rows(
            "SELECT events FROM partner_line WHERE tenant = :tenant AND partner = :partner",
            self._whose,
        )
        return int(rows[0][0]) if rows else 0

    def _of_event(self, changes: str, event: Event, **values: Any) -> None:
        self._transaction.run(
            f"UPDATE received SET {changes} WHERE tenant = :tenant"  # noqa: S608 - words of ours
            " AND partner = :partner AND subscription = :subscription AND number = :number",
            {
                **self._whose,
                "subscription": event.subscription,
                "number": event.number,
                **values,
            },
        )


def _event(row: Sequence[Any]) -> Event:
    subscription, number, focuses, attempts, due_at, received_at = row
    return Event(
        subscription=subscription,
        number=number,
        focuses=tuple(msgspec.json.decode(focuses, type=list[str])),
        attempts=attempts,
        due_at=due_at,
        received_at=received_at,
    )
