"""One notification, ready to be sent: who gets it, what is in it, and its bytes."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import Struct

from adapter.notifications.bundles import Head, Kind, Told, bundle_id, notification
from adapter.notifications.definition import Definition
from adapter.notifications.planning import Plan
from adapter.notifications.retrying import Verdict
from adapter.security.disclosure import Disclosure
from adapter.store.deliveries import Standing
from adapter.store.subscribing import Subscribed


class Shipment(Struct, frozen=True, kw_only=True):
    """A notification. Its headers are secrets: they are sent, and told nowhere else."""

    definition: Definition
    head: Head
    kind: Kind
    told: tuple[Told, ...] = ()
    #: What the law asks to go along.
    disclosure: Disclosure | None = None
    #: Of the Bundle; the same for a repetition.
    id: str
    at: int
    #: `name: value` each.
    headers: tuple[str, ...] = ()
    #: Whether the endpoint may be on a loopback or private address.
    allow_private: bool = False

    def payload(self) -> bytes:
        """The Bundle as it is asked for, in JSON or XML."""
        bundle = notification(
            self.head,
            self.kind,
            self.told,
            self.definition.content,
            id=self.id,
            at=self.at,
            outcome=self.disclosure.outcome if self.disclosure else None,
        )
        written = msgspec.json.encode(bundle)
        if not self.definition.is_xml:
            return written
        from profiles.xml import to_xml

        return to_xml(written)


class Underway(Struct, frozen=True, kw_only=True):
    """A notification that is being sent."""

    plan: Plan
    #: As it was when this was decided.
    standing: Standing
    definition: Definition
    channel: str
    shipment: Shipment


class Sender(Protocol):
    """Sends notifications over one channel."""

    def send(self, shipment: Shipment) -> Verdict:
        """Send one and say what became of it."""


def head(
    base: str, row: Subscribed, standing: Standing, planned: Plan, definition: Definition
) -> Head:
    """What a notification says of its subscription."""
    return Head(
        base=base,
        subscription=row.id,
        topic=row.topic,
        status=row.status,
        events=planned.last or standing.events,
        error=standing.error if row.status == "error" else "",
        r4b=definition.is_r4b,
    )


def shipment_id(base: str, subscription: str, standing: Standing, planned: Plan) -> str:
    """The id of a notification: the same for the same handshake, heartbeat or events."""
    if planned.kind == "handshake":
        return bundle_id(base, subscription, planned.kind, standing.revision)
    if planned.kind == "heartbeat":
        return bundle_id(base, subscription, planned.kind, standing.beat_at)
    return bundle_id(base, subscription, planned.kind, planned.first, planned.last)
