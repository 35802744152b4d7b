"""Events as a subscriber may see them at this moment, with an audit entry for each.

A subscription does not keep its rights: grants, labels, consents and scopes are asked for each
event whenever it is told, by a worker or in answer to `$events`. What may not be told is still
numbered, so that its receiver sees no gap; nothing else of it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from adapter.notifications.bundles import Told
from adapter.notifications.definition import Content
from adapter.notifications.subscribers import seen
from adapter.security.disclosure import Disclosure
from adapter.security.earlier_versions import tellable
from adapter.security.telling import notice, told
from adapter.store.events import Event
from adapter.store.records import AuditEntry, Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


def tell_events(
    unit: Unit, viewer: Viewer, subscription: str, content: Content, events: Sequence[Event]
) -> tuple[list[Told], Disclosure | None]:
    """The events, each with its focus if the viewer may be told of it now.

    Args:
        unit: the unit of work, in which the audit is written too.
        viewer: who is told.
        subscription: id of the Subscription.
        content: how much is told.
        events: by number.

    Returns:
        What is told, and the statement that has to go along, if any.
    """
    found = [(event, _focus(unit, viewer, content, event)) for event in events]
    entries = told(unit, viewer, "notify", [focus for _, focus in found if focus is not None])
    written = iter(entries)
    for event, focus in found:
        detail = f"Subscription/{subscription} event {event.number} {content}"
        if focus is None:
            entity = f"{event.type}/{event.id}"
            audit(unit, viewer, entity, outcome="refused", event=event, detail=detail)
            continue
        entry = next(written)
        patient = entry.patient or event.patient
        unit.audit(replace(entry, version=event.version, patient=patient, detail=detail))
    goes_along = notice(entries) if content == "full-resource" else None
    return [_told(event, focus, content) for event, focus in found], goes_along


def _focus(unit: Unit, viewer: Viewer, content: Content, event: Event) -> Version | None:
    """What is told of the focus: as it was then, where all of it is; None: it may not be told."""
    focus = seen(unit, viewer, event.type, event.id)
    if focus is not None and content == "full-resource" and event.action != "delete":
        then = unit.version(viewer, event.type, event.id, event.version)
        return then if then is not None and tellable(unit, viewer, [then]) else None
    return focus


def _told(event: Event, focus: Version | None, content: Content) -> Told:
    if focus is None:
        return Told(number=event.number, at=event.at, action=event.action)
    return Told(
        number=event.number,
        at=event.at,
        action=event.action,
        type=event.type,
        id=event.id,
        version=event.version,
        body=focus.body if content == "full-resource" and event.action != "delete" else b"",
    )


def audit(
    unit: Unit,
    viewer: Viewer,
    entity: str,
    *,
    outcome: str = "success",
    event: Event | None = None,
    detail: str = "",
) -> None:
    """Write down that the viewer was notified of something, or was not."""
    unit.audit(
        AuditEntry(
            at=unit.now,
            tenant=viewer.tenant,
            client=viewer.client,
            party=viewer.party,
            action="notify",
            outcome=outcome,
            entity=entity,
            version=event.version if event else 0,
            patient=event.patient if event else "",
            purpose=viewer.purpose,
            detail=detail,
        )
    )
