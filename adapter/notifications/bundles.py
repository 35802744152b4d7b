"""Notifications as the Backport writes them: a history Bundle whose first entry is the status.

In R4 the status is a Parameters resource, in R4B (`fhirVersion=4.3`) a SubscriptionStatus. The same
events of the same subscription give the same `Bundle.id`, however often they are sent, so that a
receiver knows a repetition by it.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from msgspec import Raw, Struct

from adapter.fhir_api.document import instant
from adapter.notifications.backport import (
    ERROR_CODES,
    NOTIFICATION_R4,
    NOTIFICATION_R4B,
    STATUS_R4,
)
from adapter.notifications.definition import Content

#: handshake, heartbeat and event-notification are sent; the others answer an operation.
Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]

_REQUEST = {"create": ("POST", "201"), "update": ("PUT", "200"), "delete": ("DELETE", "204")}


class Told(Struct, frozen=True, kw_only=True):
    """An event as its receiver may see it now."""

    number: int
    at: int
    #: create, update, delete; empty: nothing was written.
    action: str
    #: The focus; empty where the receiver may not see it (any more): then the number alone is told.
    type: str = ""
    id: str = ""
    version: int = 0
    #: The focus as JSON, where it is sent.
    body: bytes = b""


class Head(Struct, frozen=True, kw_only=True):
    """What every status says of a subscription."""

    #: FHIR base URL of this server, without a slash at the end.
    base: str
    subscription: str
    topic: str
    #: Of the Subscription: requested, active, error, off.
    status: str
    #: Events so far: of a notification up to its last one, else up to now. A receiver compares it
    #: with what it had last, and would take one that runs ahead for a loss.
    events: int
    #: Words of the last failure; empty: none.
    error: str = ""
    r4b: bool = False

    @property
    def url(self) -> str:
        """The Subscription's URL."""
        return f"{self.base}/Subscription/{self.subscription}"


def bundle_id(base: str, subscription: str, kind: Kind, *parts: int) -> str:
    """The id of a notification: the same for the same parts (first and last number)."""
    named = f"{base}/Subscription/{subscription} {kind} {' '.join(map(str, parts))}"
    return str(uuid5(NAMESPACE_URL, named))


def notification(  # noqa: PLR0913 - what a notification is made of
    head: Head,
    kind: Kind,
    told: Sequence[Told],
    content: Content,
    *,
    id: str,
    at: int,
    outcome: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The Bundle that is sent, or answers `$events`.

    Args:
        head: of the subscription.
        kind: of notification.
        told: events, by number; none in a handshake or heartbeat.
        content: how much of each focus is told.
        id: of the Bundle.
        at: when it is written, in milliseconds since 1970.
        outcome: an OperationOutcome that goes along (42 CFR 2.32); None: there is none.
    """
    status_id = str(uuid5(NAMESPACE_URL, f"{id} status"))
    entries = [
        {
            "fullUrl": f"urn:uuid:{status_id}",
            "resource": {**status(head, kind, told, content), "id": status_id},
            "request": {"method": "GET", "url": f"{head.url}/$status"},
            "response": {"status": "200", **({"outcome": outcome} if outcome else {})},
        }
    ]
    if content != "empty":
        entries += [_entry(head.base, one, content) for one in told if one.type]
    profile = NOTIFICATION_R4B if head.r4b else NOTIFICATION_R4
    return {
        "resourceType": "Bundle",
        "id": id,
        "meta": {"profile": [profile]},
        "type": "history",
        "timestamp": instant(at),
        "entry": entries,
    }


def status(
    head: Head, kind: Kind, told: Sequence[Told] = (), content: Content = "empty"
) -> dict[str, Any]:
    """The status alone, without an id."""
    topic = head.topic if content != "empty" or kind.startswith("query") else ""
    error = (
        {"coding": [{"system": ERROR_CODES, "code": "no-response"}], "text": head.error}
        if head.error
        else None
    )
    write = _subscription_status if head.r4b else _parameters
    return write(head, kind, topic, error, [_event(head.base, one, content) for one in told])


def _parameters(
    head: Head,
    kind: Kind,
    topic: str,
    error: dict[str, Any] | None,
    events: list[dict[str, Any]],
) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": head.url}},
        *([{"name": "topic", "valueCanonical": topic}] if topic else []),
        {"name": "status", "valueCode": head.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(head.events)},
        *({"name": "notification-event", "part": _parts(event)} for event in events),
        *([{"name": "error", "valueCodeableConcept": error}] if error else []),
    ]
    return {
        "resourceType": "Parameters",
        "meta": {"profile": [STATUS_R4]},
        "parameter": parameters,
    }


def _parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"name": "event-number", "valueString": event["eventNumber"]}]
    if "timestamp" in event:
        parts.append({"name": "timestamp", "valueInstant": event["timestamp"]})
    if "focus" in event:
        parts.append({"name": "focus", "valueReference": event["focus"]})
    return parts


def _subscription_status(
    head: Head,
    kind: Kind,
    topic: str,
    error: dict[str, Any] | None,
    events: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "resourceType": "SubscriptionStatus",
        "status": head.status,
        "type": kind,
        "eventsSinceSubscriptionStart": str(head.events),
        **({"notificationEvent": events} if events else {}),
        "subscription": {"reference": head.url},
        **({"topic": topic} if topic else {}),
        **({"error": [error]} if error else {}),
    }


def _event(base: str, told: Told, content: Content) -> dict[str, Any]:
    event: dict[str, Any] = {"eventNumber": str(told.number)}
    if told.type:
        event["timestamp"] = instant(told.at)
        if content != "empty":
            event["focus"] = {"reference": f"{base}/{told.type}/{told.id}"}
    return event


def _entry(base: str, told: Told, content: Content) -> dict[str, Any]:
    method, code = _REQUEST.get(told.action, ("GET", "200"))
    place = f"{told.type}/{told.id}"
    entry: dict[str, Any] = {"fullUrl": f"{base}/{place}"}
    if content == "full-resource" and told.body:
        entry["resource"] = Raw(told.body)
    entry["request"] = {"method": method, "url": told.type if method == "POST" else place}
    entry["response"] = {
        "status": code,
        "etag": f'W/"{told.version}"',
        "lastModified": instant(told.at),
    }
    return entry
