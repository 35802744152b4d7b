"""Telling one subscription what there is to tell, while its lease is held.

In one transaction it is decided what to send and noted what is under way; then it is sent, with no
transaction open; in the next what came of it is noted and what follows is decided. A process that
dies in between leaves a lease that runs out, and the next worker sends the same notification again:
at least once, never lost. Rights and consents are asked for each event at each send: what the
subscriber may not see any more is told by its number alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from adapter.notifications.bundles import Told
from adapter.notifications.definition import Definition
from adapter.notifications.disclosing import audit, tell_events
from adapter.notifications.planning import Next, Plan, follows, next_beat, plan, reason_to_stop
from adapter.notifications.retrying import SECOND, Verdict
from adapter.notifications.shipments import Sender, Shipment, Underway, head, shipment_id
from adapter.notifications.status import change_status
from adapter.notifications.subscribers import Subscriber, Subscribers
from adapter.notifications.subscriptions import read_kept
from adapter.security.disclosure import Disclosure
from adapter.store import deliveries
from adapter.store.deliveries import Lease
from adapter.store.events import between
from adapter.store.subscribing import subscribed
from cds_hooks.errors import NotStored

if TYPE_CHECKING:
    from adapter.store.resources import ResourceStore, Unit

_LOG = logging.getLogger(__name__)

#: For how long a subscription is held while one notification is sent; longer than that may take.
LEASE_MS = 180 * SECOND
_TRIES = 3
#: Notifications sent to one subscription before others get their turn.
_IN_A_ROW = 20


class Telling:
    """Tells subscriptions; any number of threads and processes may.

    Args:
        store: keeps resources and events.
        subscribers: who may subscribe, with the rights they have now.
        base: FHIR base URL of this server, without a slash at the end.
        channels: by name: rest-hook, email.
        now: the clock, in milliseconds since 1970.
    """

    def __init__(
        self,
        store: ResourceStore,
        subscribers: Subscribers,
        base: str,
        channels: dict[str, Sender],
        now: Callable[[], int],
    ) -> None:
        self._store, self._subscribers, self._base = store, subscribers, base
        self._channels, self._now = channels, now

    def lease(self, token: str, closed: Sequence[str], most: int) -> list[Lease]:
        """Take subscriptions that there is something to do for."""
        now = self._now()
        with self._store.reading() as unit:
            if not deliveries.due(unit.connection, now, closed, 1):
                return []
        # One that is lost with the power is one that nobody holds.
        with self._store.unit(durable=False) as unit:
            return deliveries.lease(unit.connection, now, token, now + LEASE_MS, closed, most)

    def release(self, held: Lease) -> None:
        """Give one back untouched."""
        with self._store.unit(durable=False) as unit:
            deliveries.release(unit.connection, held)

    def tell(self, held: Lease) -> Verdict:
        """Tell one subscription what there is, until there is no more or it cannot be told.

        Returns:
            What became of the last attempt; `taken` also where there was nothing to send.
        """
        verdict = Verdict(kind="taken")
        under_way: Underway | None = None
        for turn in range(_IN_A_ROW + 1):
            under_way = self._step(held, under_way, verdict, turn)
            if under_way is None:
                break
            longest, verdict = verdict.took, self._send(under_way)
            verdict = replace(verdict, took=max(longest, verdict.took))
        return verdict

    def _step(
        self, held: Lease, sent: Underway | None, verdict: Verdict, turn: int
    ) -> Underway | None:
        """Note what came of the last notification and decide on the next, or give the lease back.

        What was sent and cannot be noted is sent again, so it is tried more than once.
        """
        for left in reversed(range(_TRIES)):
            try:
                with self._store.unit() as unit:
                    if sent is not None:
                        self._note(unit, held, sent, verdict)
                    following = None
                    if verdict.kind == "taken" and turn < _IN_A_ROW:
                        following = self._prepare(unit, held, is_fresh=turn == 0)
                    if following is None:
                        deliveries.release(unit.connection, held)
                return following
            except NotStored:
                if not left:
                    raise
        return None

    def _send(self, under_way: Underway) -> Verdict:
        began = self._now()
        try:
            verdict = self._channels[under_way.channel].send(under_way.shipment)
        except Exception as fault:  # noqa: BLE001 - the others have to be told all the same
            _LOG.error("a notification could not be sent: %s", type(fault).__name__)
            verdict = Verdict(kind="later", words="this server could not send it")
        return replace(verdict, took=self._now() - began)

    def _prepare(self, unit: Unit, held: Lease, *, is_fresh: bool) -> Underway | None:
        """Decide what to send next; None: nothing, or the subscription was stopped.

        It is stopped in a transaction that wrote nothing yet, for the order of locks: a later look
        does it.
        """
        standing = deliveries.standing(unit.connection, held)
        row = subscribed(unit.connection, held.tenant, held.subscription)
        if standing is None or row is None or row.status in ("off", "deleted"):
            return None
        now = self._now()
        subscriber = self._subscribers(held.tenant, row.client)
        definition, headers = read_kept(row)
        stop = reason_to_stop(row, subscriber, definition, self._channels, now)
        if stop is not None or subscriber is None:
            if stop is not None and stop.status == row.status:
                deliveries.beat(unit.connection, held, next_beat(definition, row.status, now))
            elif is_fresh and stop is not None:
                self._stop(unit, held, stop, definition)
            return None
        planned = plan(standing, definition, now)
        if planned is None:
            return None
        told, disclosure = self._told(unit, held, definition, planned, subscriber)
        if planned.kind == "event-notification" and not told:
            # All that was asked for again was forgotten meanwhile.
            deliveries.resent(unit.connection, held, standing, planned.last)
            return self._prepare(unit, held, is_fresh=False)
        deliveries.begin(
            unit.connection,
            held,
            standing.batch_last if planned.again or not planned.last else planned.last,
            now + LEASE_MS,
        )
        return Underway(
            plan=planned,
            standing=standing,
            definition=definition,
            channel=row.channel,
            shipment=Shipment(
                definition=definition,
                head=head(self._base, row, standing, planned, definition),
                kind=planned.kind,
                told=tuple(told),
                disclosure=disclosure,
                id=shipment_id(self._base, held.subscription, standing, planned),
                at=now,
                headers=headers,
                allow_private=subscriber.reach.allow_private,
            ),
        )

    def _told(
        self,
        unit: Unit,
        held: Lease,
        definition: Definition,
        planned: Plan,
        subscriber: Subscriber,
    ) -> tuple[list[Told], Disclosure | None]:
        if planned.kind != "event-notification":
            audit(unit, subscriber.viewer, f"Subscription/{held.subscription}", detail=planned.kind)
            return [], None
        most, place = planned.last - planned.first + 1, (held.tenant, held.subscription)
        found = between(unit.connection, *place, planned.first, planned.last, most)
        return tell_events(unit, subscriber.viewer, held.subscription, definition.content, found)

    def _note(self, unit: Unit, held: Lease, sent: Underway, verdict: Verdict) -> None:
        """Note what came of it, unless the lease was lost or something else is asked for now."""
        standing = deliveries.standing(unit.connection, held)
        if standing is None:
            return
        now, made = self._now(), sent.plan
        is_same = standing.revision == sent.standing.revision
        outcome = follows(made, verdict, sent.standing, now, f"{held.tenant} {held.subscription}")
        if verdict.kind != "taken":
            subscriber = self._subscribers(held.tenant, self._client(unit, held))
            if subscriber is not None:
                entity = f"Subscription/{held.subscription}"
                audit(unit, subscriber.viewer, entity, outcome="failed", detail=verdict.words)
        if verdict.kind == "taken":
            if made.again:
                deliveries.resent(unit.connection, held, sent.standing, made.last)
            if outcome.status and is_same:
                change_status(unit, held.tenant, held.subscription, outcome.status)
            beat_at = next_beat(sent.definition, outcome.status or standing.status, now)
            position = 0 if made.again else made.last
            deliveries.told(unit.connection, held, position, now, beat_at)
        elif not is_same:
            return
        elif outcome.status:
            self._stop(unit, held, outcome, sent.definition, made)
        elif standing.status == "error":
            beat_at = next_beat(sent.definition, "error", now)
            deliveries.beat(unit.connection, held, beat_at)
        else:
            deliveries.failed(unit.connection, held, standing, now, outcome.next_at, outcome.error)

    def _stop(
        self,
        unit: Unit,
        held: Lease,
        outcome: Next,
        definition: Definition,
        made: Plan | None = None,
    ) -> None:
        change_status(unit, held.tenant, held.subscription, outcome.status, outcome.error)
        position = 0
        if made is not None and outcome.bury:
            deliveries.bury(unit.connection, held, made.first, made.last)
            position = 0 if made.again else made.last
            if made.again and (at := deliveries.standing(unit.connection, held)):
                deliveries.resent(unit.connection, held, at, made.last)
        is_over = outcome.status == "off"
        beat_at = 0 if is_over else next_beat(definition, outcome.status, self._now())
        deliveries.stopped(unit.connection, held, position, beat_at, outcome.error)

    def _client(self, unit: Unit, held: Lease) -> str:
        row = subscribed(unit.connection, held.tenant, held.subscription)
        return row.client if row else ""
