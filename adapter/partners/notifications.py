"""Takes notifications of partners in: checks where they come from, keeps them, then says 200.

Subscriptions R5 Backport 1.1 for R4, and for R4B where a partner sends that. What is kept is the
number of each event and what it is about; the resources are fetched afterwards, so a notification
that somebody forged could at most have us look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from msgspec import Struct

from adapter.fhir_client.partner_answers import decoded, objects
from adapter.partners.here import Here
from adapter.store.partner_lines import Line

_NUMBER = re.compile(r"[0-9]{1,18}")
_FOCUS = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/.*)?")
_SUBSCRIPTION = re.compile(r"(?:.*/)?Subscription/([A-Za-z0-9\-.]{1,64})(?:/.*)?")


class Told(Struct, frozen=True, kw_only=True):
    """A notification, as far as it is read."""

    #: Id of the Subscription at the partner.
    subscription: str
    #: handshake, heartbeat, event-notification, query-status, query-event.
    type: str
    #: requested, active, error, off.
    status: str
    #: Events since the Subscription began.
    events: int
    #: (number, what it is about).
    numbered: tuple[tuple[int, tuple[str, ...]], ...]


def receive(here: Here, partner_id: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take in what was posted to the address of a partner's notifications.

    Args:
        here: the deployment.
        partner_id: as in the address.
        headers: of the request, by name in lower case.
        body: the notification Bundle as JSON.

    Returns:
        The HTTP status to answer with: 200 once it is kept; 400 for what is no notification; 401
        for who does not prove to be the partner; 404 for a Subscription that is not ours any more;
        503 for one that we do not know yet.
    """
    partner = here.partners.get(partner_id)
    if partner is None:
        return 401
    with here.store.reading() as unit:
        line = here.lines(unit, partner).line()
    if not _proves(line, headers):
        return 401
    told = read_notification(decoded(body))
    if told is None:
        return 400
    if told.type == "handshake":
        return 200
    if told.subscription != line.subscription:
        return 404 if line.subscription else 503
    with here.store.unit() as unit:
        received = here.received(unit, partner)
        for number, focuses in told.numbered:
            received.receive(told.subscription, number, focuses, unit.now)
        lines = here.lines(unit, partner)
        lines.announce(max([told.events, *(number for number, _ in told.numbered)]))
        received.advance(told.subscription)
        if told.status == "error":
            lines.check_again(0)
    here.wake()
    return 200


def read_notification(bundle: Any) -> Told | None:
    """A notification, or the answer of `$status` or `$events`; None: it is none of these."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return None
    resources = [entry.get("resource") for entry in objects(bundle.get("entry"))]
    for resource in resources:
        if isinstance(resource, dict) and resource.get("resourceType") == "Parameters":
            return _of_parameters(resource)
        if isinstance(resource, dict) and resource.get("resourceType") == "SubscriptionStatus":
            return _of_status(resource)
    return None


def _proves(line: Line, headers: Mapping[str, str]) -> bool:
    given = headers.get("authorization", "").encode()
    return bool(line.secret) and compare_digest(given, f"Bearer {line.secret}".encode())


def _of_parameters(parameters: dict[str, Any]) -> Told | None:
    named = _by_name(parameters.get("parameter"))
    numbered = []
    for event in objects(parameters.get("parameter")):
        if event.get("name") != "notification-event":
            continue
        parts = _by_name(event.get("part"))
        focuses = [
            one.get("valueReference")
            for one in objects(event.get("part"))
            if one.get("name") in ("focus", "additional-context")
        ]
        numbered.append((_value(parts.get("event-number")), _focuses(focuses)))
    return _told(
        reference=_value(named.get("subscription")),
        type=_value(named.get("type")),
        status=_value(named.get("status")),
        events=_value(named.get("events-since-subscription-start")),
        numbered=numbered,
    )


def _of_status(status: dict[str, Any]) -> Told | None:
    numbered = [
        (
            event.get("eventNumber"),
            _focuses([event.get("focus"), *objects(event.get("additionalContext"))]),
        )
        for event in objects(status.get("notificationEvent"))
    ]
    return _told(
        reference=status.get("subscription"),
        type=status.get("type"),
        status=status.get("status"),
        events=status.get("eventsSinceSubscriptionStart"),
        numbered=numbered,
    )


def _told(
    *, reference: Any, type: Any, status: Any, events: Any, numbered: list[tuple[Any, Any]]
) -> Told | None:
    text = reference.get("reference") if isinstance(reference, dict) else reference
    match = _SUBSCRIPTION.fullmatch(text) if isinstance(text, str) else None
    if match is None or not isinstance(type, str):
        return None
    known = [(_number(number), focuses) for number, focuses in numbered]
    return Told(
        subscription=match[1],
        type=type,
        status=status if isinstance(status, str) else "",
        events=_number(events) or 0,
        numbered=tuple((number, focuses) for number, focuses in known if number),
    )


def _by_name(parameters: Any) -> dict[str, dict[str, Any]]:
    return {str(one.get("name")): one for one in objects(parameters)}


def _value(parameter: dict[str, Any] | None) -> Any:
    """The value of a parameter, of whichever type it is."""
    found = (value for name, value in (parameter or {}).items() if name.startswith("value"))
    return next(found, None)


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if not isinstance(value, bool) and _NUMBER.fullmatch(text) else None


def _focuses(references: list[Any]) -> tuple[str, ...]:
    texts = (one.get("reference") for one in references if isinstance(one, dict))
    matches = (_FOCUS.fullmatch(text) for text in texts if isinstance(text, str))
    return tuple(dict.fromkeys(match[1] for match in matches if match))
