"""Our Subscription at a partner: one, for the Tasks we asked for, looked after.

Subscriptions R5 Backport 1.1 for R4; topic and filters of SDOH Clinical Care. A server never takes
a failed Subscription up again by itself, so its client has to; and its numbers tell what is
missing, which `$events` brings. Where the partner cannot be subscribed to it is polled.
"""

from __future__ import annotations

import logging
from typing import Any

from adapter import ids
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.partner_answers import Answer, objects
from adapter.fhir_client.partner_faults import Conflict, Missing, Rejected
from adapter.notifications.backport import FILTER_CRITERIA, PAYLOAD_CONTENT, SUBSCRIPTION
from adapter.notifications.topics import SDOH_TASK
from adapter.partners.here import Here
from adapter.partners.notifications import read_notification
from adapter.partners.partner import Partner
from adapter.partners.polling import poll_soon
from adapter.store.partner_lines import Line

_LOG = logging.getLogger(__name__)

_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE
#: Events asked for at a time.
_MOST_EVENTS = 500


def look_after(here: Here, partner: Partner, line: Line) -> None:
    """Subscribe, or see whether the Subscription still does what it should.

    Raises:
        PartnerFault: the partner could not be asked.
    """
    server = here.servers.of(partner)
    if not line.subscription:
        _subscribe(here, partner, server, line)
        return
    try:
        status = read_notification(server.operation(f"Subscription/{line.subscription}/$status"))
        present = server.read("Subscription", line.subscription).resource or {}
    except (Missing, Rejected):
        with here.store.unit() as unit:
            here.lines(unit, partner).unsubscribed()
        poll_soon(here, partner)
        return
    wanted = _subscription(here, partner, line, line.secret)
    state = status.status if status else str(present.get("status"))
    if state in ("error", "off") or _filters(present) != _filters(wanted):
        server.update({**wanted, "id": line.subscription})
    with here.store.unit() as unit:
        lines = here.lines(unit, partner)
        if status is not None:
            lines.announce(status.events)
        lines.check_again(unit.now + int(partner.poll_minutes * _MINUTE))


def fill_gaps(here: Here, partner: Partner, line: Line) -> None:
    """Ask for the events that were announced and never came.

    Raises:
        PartnerFault: the partner could not be asked.
    """
    server = here.servers.of(partner)
    try:
        bundle = server.operation(
            f"Subscription/{line.subscription}/$events",
            ("eventsSinceNumber", str(line.events + 1)),
            ("eventsUntilNumber", str(min(line.announced, line.events + _MOST_EVENTS))),
        )
        told = read_notification(bundle)
    except (Missing, Rejected):
        told = None
    with here.store.unit() as unit:
        received = here.received(unit, partner)
        for number, focuses in told.numbered if told else ():
            received.receive(line.subscription, number, focuses, unit.now)
        reached = received.advance(line.subscription)
        lost = reached == line.events
        if lost:
            # It has them no more: what they told of is found by asking for what changed.
            here.lines(unit, partner).skip_to(line.announced)
    if lost:
        poll_soon(here, partner)


def _subscribe(here: Here, partner: Partner, server: PartnerServer, line: Line) -> None:
    secret = line.secret or ids.new_uuid() + ids.new_uuid()
    with here.store.unit() as unit:
        # Before the partner is asked: its handshake may come before its answer.
        here.lines(unit, partner).expect(secret)
    wanted = _subscription(here, partner, line, secret)
    try:
        answer = _put(server, wanted)
    except (Rejected, Conflict, Missing) as fault:
        # It cannot, or not so: it is polled, and asked again another day.
        _LOG.warning("partner %s takes no subscription, so it is polled: %s", partner.id, fault)
        with here.store.unit() as unit:
            here.lines(unit, partner).check_again(unit.now + _DAY)
        return
    id = str((answer.resource or {}).get("id") or _id_in(answer.location))
    with here.store.unit() as unit:
        lines = here.lines(unit, partner)
        lines.subscribed(id, unit.now + int(partner.poll_minutes * _MINUTE))
    # What changed between the sending and the subscribing was told to nobody.
    poll_soon(here, partner)


def _put(server: PartnerServer, wanted: dict[str, Any]) -> Answer:
    """Renew the Subscription that an attempt without an answer may have left, or make one."""
    for known in server.search("Subscription", ("url", wanted["channel"]["endpoint"])):
        if known.get("status") != "off":
            return server.update({**wanted, "id": known["id"]})
    return server.create(wanted)


def _subscription(here: Here, partner: Partner, line: Line, secret: str) -> dict[str, Any]:
    requesters = ",".join(f"Organization/{one}" for one in line.requesters)
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [SUBSCRIPTION]},
        "status": "requested",
        "reason": "Outcome of the referrals we sent",
        "criteria": SDOH_TASK,
        "_criteria": {
            "extension": [{"url": FILTER_CRITERIA, "valueString": f"Task?requester={requesters}"}]
        },
        "channel": {
            "type": "rest-hook",
            "endpoint": f"{here.notifications}/{partner.id}",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": PAYLOAD_CONTENT, "valueCode": "id-only"}]},
            "header": [f"Authorization: Bearer {secret}"],
        },
    }


def _filters(subscription: dict[str, Any]) -> list[str]:
    criteria = subscription.get("_criteria")
    extensions = objects(criteria.get("extension") if isinstance(criteria, dict) else None)
    return sorted(
        str(one.get("valueString")) for one in extensions if one.get("url") == FILTER_CRITERIA
    )


def _id_in(location: str) -> str:
    parts = location.partition("/_history/")[0].rsplit("/", 1)
    return parts[-1]


def is_wanted(partner: Partner, line: Line, now: int) -> bool:
    """Whether the Subscription has to be looked at now."""
    return partner.changes == "subscribe" and bool(line.requesters) and line.check_at <= now


def has_gap(line: Line) -> bool:
    """Whether events were announced that never came."""
    return bool(line.subscription) and line.announced > line.events
