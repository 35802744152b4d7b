"""What an operator does about subscriptions: see how they stand, have events told again.

A subscription that failed comes back when its client asks anew. Where an operator knows that the
endpoint works again, `requeue` asks on the client's behalf: the handshake decides as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.notifications.status import change_status
from adapter.referrals.rules import EXCHANGE
from adapter.store.events import Event, ask_again, between, dead_letters
from adapter.store.records import AuditEntry, Viewer
from adapter.store.subscribing import (
    Delivered,
    Subscribed,
    every_subscription,
    subscribed,
    told_so_far,
)

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Dead letters that are looked at.
_MOST = 10_000


class Standing(Struct, frozen=True, kw_only=True):
    """A subscription and how far it was told."""

    subscribed: Subscribed
    so_far: Delivered

    @property
    def waiting(self) -> int:
        """Events that were not told yet, dead letters not among them."""
        return self.so_far.events - self.so_far.position


def standings(unit: Unit, tenant: str = "", status: str = "") -> list[Standing]:
    """Every subscription, by tenant and id; narrowed where something is given."""
    found = []
    for row in every_subscription(unit.connection):
        if (tenant and row.tenant != tenant) or (status and row.status != status):
            continue
        so_far = told_so_far(unit.connection, row.tenant, row.id)
        if so_far is not None:
            found.append(Standing(subscribed=row, so_far=so_far))
    return found


def standing(unit: Unit, id: str, tenant: str = "") -> Standing:
    """The subscription of that id.

    Raises:
        UnusableInput: there is none, or there are several and no tenant is named.
    """
    found = [one for one in standings(unit, tenant) if one.subscribed.id == id]
    if not found:
        raise UnusableInput(
            f"there is no Subscription {id}; `ecm notifications list` shows those there are"
        )
    if len(found) > 1:
        names = ", ".join(one.subscribed.tenant for one in found)
        raise UnusableInput(
            f"Subscription {id} is there in several tenants ({names}); add --tenant"
        )
    return found[0]


def standings_seen(unit: Unit, viewer: Viewer) -> list[Standing]:
    """Every subscription a viewer may see: an operator its tenant's, others their own."""
    return [
        one
        for one in standings(unit, viewer.tenant)
        if unit.visible(viewer, "Subscription", one.subscribed.id) is not None
    ]


def standing_seen(unit: Unit, viewer: Viewer, id: str) -> Standing | None:
    """The subscription of that id; None: there is none that the viewer may see."""
    row = subscribed(unit.connection, viewer.tenant, id)
    so_far = told_so_far(unit.connection, viewer.tenant, id)
    if row is None or so_far is None or row.status == "deleted":
        return None
    if unit.visible(viewer, "Subscription", id) is None:
        return None
    return Standing(subscribed=row, so_far=so_far)


def undelivered(unit: Unit, found: Standing, most: int) -> list[Event]:
    """Dead letters and waiting events, by number."""
    row, so_far = found.subscribed, found.so_far
    dead = dead_letters(unit.connection, row.tenant, row.id, most)
    first, last = so_far.position + 1, so_far.events
    return dead + between(unit.connection, row.tenant, row.id, first, last, most - len(dead))


def requeue(unit: Unit, found: Standing, by: Viewer | None = None) -> int:
    """Have every dead letter told again, and ask for the subscription anew where it failed.

    Args:
        unit: of work.
        found: the subscription.
        by: whom the audit names; None: the exchange, for an operator at the command line.

    Returns:
        How many dead letters there were.

    Raises:
        UnusableInput: the subscription has ended.
    """
    row = found.subscribed
    if row.status == "off":
        raise UnusableInput(
            f"Subscription {row.id} is off: its client ended it, or is not registered"
        )
    dead = dead_letters(unit.connection, row.tenant, row.id, _MOST)
    if row.status == "error":
        change_status(unit, row.tenant, row.id, "requested")
    for first, last in _runs(one.number for one in dead):
        _again(unit, row, (first, last), by)
    return len(dead)


def resend(
    unit: Unit, found: Standing, first: int, last: int, by: Viewer | None = None
) -> tuple[int, int]:
    """Have events told again that were told before; the first and last number of them.

    Raises:
        UnusableInput: none of them was told before, or nothing is told to it now.
    """
    row = found.subscribed
    if row.status != "active":
        raise UnusableInput(
            f"Subscription {row.id} is {row.status}, so nothing is sent; to requeue it asks for it "
            "anew where it failed"
        )
    last = min(last, found.so_far.position)
    if not 1 <= first <= last:
        raise UnusableInput(
            f"no event from number {first} on was sent before; up to "
            f"{found.so_far.position} they were"
        )
    _again(unit, row, (first, last), by)
    return first, last


def _again(unit: Unit, row: Subscribed, numbers: tuple[int, int], by: Viewer | None) -> None:
    first, last = numbers
    ask_again(unit.connection, row.tenant, row.id, first, last, unit.now)
    unit.audit(
        AuditEntry(
            at=unit.now,
            tenant=row.tenant,
            client=by.client if by else EXCHANGE,
            party=by.party if by else EXCHANGE,
            action="resend",
            outcome="success",
            entity=f"Subscription/{row.id}",
            detail=f"events {first} to {last}, by an operator",
        )
    )


def _runs(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    """First and last of numbers that follow each other."""
    first = last = 0
    for number in numbers:
        if number == last + 1 and first:
            last = number
            continue
        if first:
            yield first, last
        first = last = number
    if first:
        yield first, last
