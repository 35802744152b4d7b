"""The operations on Subscriptions: `$status`, `$events` and `$resend`.

Whoever may read a Subscription may ask; what it is told of the events is what the asker may see at
that moment. https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/artifacts.html#operations
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from adapter.fhir_api.document import instant
from adapter.fhir_api.faults import not_found, refused
from adapter.notifications.bundles import Head, bundle_id, notification, status
from adapter.notifications.definition import Content, Definition
from adapter.notifications.disclosing import tell_events
from adapter.notifications.subscriptions import read_kept
from adapter.security.scopes import demand
from adapter.store.events import ask_again, between, numbers_between
from adapter.store.records import Viewer
from adapter.store.subscribing import (
    Delivered,
    Subscribed,
    every_subscription,
    subscribed,
    told_so_far,
)

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Name → values, as they stand in the query or in Parameters.
Params = Mapping[str, Sequence[str]]

#: Events of one answer; whoever needs more asks on from the last number.
MOST_EVENTS = 100
_LAST = 2**62
_CONTENTS = ("empty", "id-only", "full-resource")


class Operations(Struct, frozen=True, kw_only=True):
    """Answers operations."""

    #: FHIR base URL of this server, without a slash at the end.
    base: str

    def status(self, unit: Unit, viewer: Viewer, id: str) -> dict[str, Any]:
        """`Subscription/[id]/$status`: a searchset with the status of one.

        Raises:
            Refused: 404, there is none the viewer may see.
        """
        demand(viewer, "Subscription", "read")
        row, so_far, definition = self._kept(unit, viewer, id)
        return self._statuses(unit, [(row, so_far, definition)])

    def statuses(self, unit: Unit, viewer: Viewer, params: Params) -> dict[str, Any]:
        """`Subscription/$status`: of all, or of those with one of the ids and statuses."""
        demand(viewer, "Subscription", "search-type")
        ids, wanted = set(_all(params, "id")), set(_all(params, "status"))
        found = []
        for row in every_subscription(unit.connection):
            if row.tenant != viewer.tenant or (ids and row.id not in ids):
                continue
            if wanted and row.status not in wanted:
                continue
            so_far = told_so_far(unit.connection, row.tenant, row.id)
            if so_far is not None and unit.visible(viewer, "Subscription", row.id) is not None:
                found.append((row, so_far, read_kept(row)[0]))
        return self._statuses(unit, found)

    def events(self, unit: Unit, viewer: Viewer, id: str, params: Params) -> dict[str, Any]:
        """`Subscription/[id]/$events`: what happened, as a notification Bundle.

        At most `MOST_EVENTS` are told, from the first asked for on; `event-number` of the last one
        says where to go on, and `events-since-subscription-start` how many there are.

        Raises:
            Refused: 404, or 400 for what is no number or content.
        """
        demand(viewer, "Subscription", "read")
        row, so_far, definition = self._kept(unit, viewer, id)
        content = _one(params, "content") or definition.content
        if content not in _CONTENTS:
            raise refused(400, "value", f"content is one of {', '.join(_CONTENTS)}", "content")
        if definition.content != "full-resource" and content == "full-resource":
            # Asked for as a hint; what the subscription takes is what it was allowed for.
            content = definition.content
        first = _number(params, "eventsSinceNumber", 1)
        last = _number(params, "eventsUntilNumber", _LAST)
        found = between(unit.connection, viewer.tenant, id, first, last, MOST_EVENTS)
        told, disclosure = tell_events(unit, viewer, id, cast(Content, content), found)
        ends = (told[0].number, told[-1].number) if told else (0, 0)
        return notification(
            self._head(row, so_far, definition),
            "query-event",
            told,
            cast(Content, content),
            id=bundle_id(self.base, id, "query-event", *ends, unit.now),
            at=unit.now,
            outcome=disclosure.outcome if disclosure else None,
        )

    def resend(self, unit: Unit, viewer: Viewer, id: str, params: Params) -> dict[str, Any]:
        """`Subscription/[id]/$resend`: have events sent again; an OperationOutcome.

        Raises:
            Refused: 404; 400 for what is no number or instant; 409 where nothing is sent, because
                the subscription is not active.
        """
        demand(viewer, "Subscription", "update")
        row, so_far, _ = self._kept(unit, viewer, id)
        if row.status != "active":
            raise refused(
                409,
                "conflict",
                f"the Subscription is {row.status}, so nothing is sent; ask for it anew, with "
                "status requested",
            )
        first = _number(params, "eventsSinceNumber", 1)
        last = _number(params, "eventsUntilNumber", _LAST)
        since = _instant(params, "eventsSinceInstant", 0)
        until = _instant(params, "eventsUntilInstant", _LAST)
        if (since, until) != (0, _LAST):
            numbers = numbers_between(unit.connection, viewer.tenant, id, since, until)
            earliest, latest = numbers or (1, 0)
            first, last = max(first, earliest), min(last, latest)
        last = min(last, so_far.position)
        if first <= last:
            ask_again(unit.connection, viewer.tenant, id, first, last, unit.now)
        words = f"events {first} to {last} are sent again" if first <= last else "there are none"
        return {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "information", "code": "informational", "diagnostics": words}],
        }

    def _kept(
        self, unit: Unit, viewer: Viewer, id: str
    ) -> tuple[Subscribed, Delivered, Definition]:
        found = unit.visible(viewer, "Subscription", id)
        row = subscribed(unit.connection, viewer.tenant, id)
        so_far = told_so_far(unit.connection, viewer.tenant, id)
        if found is None or found.deleted or row is None or so_far is None:
            raise not_found("Subscription", id)
        return row, so_far, read_kept(row)[0]

    def _head(self, row: Subscribed, so_far: Delivered, definition: Definition) -> Head:
        return Head(
            base=self.base,
            subscription=row.id,
            topic=row.topic,
            status=row.status,
            events=so_far.events,
            error=so_far.error if row.status == "error" else "",
            r4b=definition.is_r4b,
        )

    def _statuses(
        self, unit: Unit, found: Iterable[tuple[Subscribed, Delivered, Definition]]
    ) -> dict[str, Any]:
        entries = []
        for row, so_far, definition in found:
            id = bundle_id(self.base, row.id, "query-status")
            resource = {**status(self._head(row, so_far, definition), "query-status"), "id": id}
            entry = {"fullUrl": f"urn:uuid:{id}", "resource": resource}
            entries.append({**entry, "search": {"mode": "match"}})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "timestamp": instant(unit.now),
            "total": len(entries),
            **({"entry": entries} if entries else {}),
        }


def _all(params: Params, name: str) -> list[str]:
    return [one for value in params.get(name, ()) for one in value.split(",") if one]


def _one(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _number(params: Params, name: str, default: int) -> int:
    text = _one(params, name)
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise refused(400, "value", f"{name} is the number of an event", name)
    return int(text)


def _instant(params: Params, name: str, default: int) -> int:
    text = _one(params, name)
    if not text:
        return default
    try:
        at: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise refused(400, "value", f"{name} is an instant with its time zone", name)
    return int(at.timestamp() * 1000)
