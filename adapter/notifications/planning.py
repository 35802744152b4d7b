"""What is to be told next to one subscription, and what follows from how it went. Pure.

Events go out in the order of their numbers. A notification that failed is sent again as it was:
the same events under the same id. What a client or an operator asked to have again comes first, as
its numbers are the lower ones; then events; a heartbeat only where there is nothing else to say.
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct

from adapter.notifications import endpoints
from adapter.notifications.bundles import Kind
from adapter.notifications.definition import Definition
from adapter.notifications.retrying import HOUR, Verdict, is_hopeless, next_attempt
from adapter.notifications.subscribers import Subscriber
from adapter.store.deliveries import Standing
from adapter.store.subscribing import Subscribed


class Plan(Struct, frozen=True, kw_only=True):
    """One notification to be made."""

    kind: Kind
    #: Numbers of its events, both included; 0: none.
    first: int = 0
    last: int = 0
    #: Whether these were told before and asked for again.
    again: bool = False


class Next(Struct, frozen=True, kw_only=True):
    """What follows from an attempt."""

    #: The status that the Subscription gets; empty: it stays.
    status: str = ""
    #: Words of the failure.
    error: str = ""
    #: When it is tried again; 0: it is not, or there is no need to.
    next_at: int = 0
    #: Whether what was sent will never be taken.
    bury: bool = False


def reason_to_stop(
    row: Subscribed,
    subscriber: Subscriber | None,
    definition: Definition,
    channels: Container[str],
    now: int,
) -> Next | None:
    """Why a subscription is told nothing any more; None: it is told.

    Args:
        row: as it is kept.
        subscriber: its client as it is registered now; None: it is not.
        definition: what it asks for.
        channels: that there are.
        now: the instant.
    """
    if subscriber is None:
        return Next(status="off", error="its client is not registered any more")
    if row.ends_at and row.ends_at <= now:
        return Next(status="off")
    if row.channel not in channels:
        return Next(status="error", error="this server does not serve its channel any more")
    words = endpoints.fault(
        definition.channel, definition.endpoint, subscriber.reach, look_up=False
    )
    return Next(status="error", error=words) if words else None


def plan(standing: Standing, definition: Definition, now: int) -> Plan | None:
    """What to tell now; None: nothing."""
    if standing.status == "requested":
        return Plan(kind="handshake")
    if standing.status == "active":
        most = definition.max_count
        if standing.resend_first:
            last = min(standing.resend_last, standing.resend_first + most - 1)
            return Plan(
                kind="event-notification", first=standing.resend_first, last=last, again=True
            )
        if standing.events > standing.position:
            first = standing.position + 1
            last = min(standing.events, standing.position + most)
            if standing.batch_last >= first:
                last = standing.batch_last
            return Plan(kind="event-notification", first=first, last=last)
    if standing.status in ("active", "error") and 0 < standing.beat_at <= now:
        return Plan(kind="heartbeat")
    return None


def follows(made: Plan, verdict: Verdict, standing: Standing, now: int, key: str) -> Next:
    """What follows from how an attempt went.

    Args:
        made: what was sent.
        verdict: what became of it.
        standing: as it was when it was sent.
        now: the instant.
        key: names the subscription, to spread waiting.
    """
    if verdict.kind == "taken":
        return Next(status="active" if made.kind == "handshake" else "")
    if standing.status == "error":
        return Next(error=standing.error)
    if made.kind == "handshake":
        # The Backport asks for that after any error in the handshake.
        return Next(status="error", error=verdict.words)
    if verdict.kind == "refused":
        return Next(status="error", error=verdict.words, bury=made.kind == "event-notification")
    if verdict.kind == "gone" or is_hopeless(now, standing.failing_since):
        return Next(status="error", error=verdict.words)
    return Next(error=verdict.words, next_at=next_attempt(now, standing.failures + 1, key, verdict))


def next_beat(definition: Definition, status: str, now: int) -> int:
    """When the next heartbeat is due; 0: never. One that is failing hears of it once an hour."""
    if not definition.heartbeat_seconds:
        return 0
    period = definition.heartbeat_seconds * 1000
    return now + (max(period, HOUR) if status == "error" else period)
