"""Events as a subscriber may see them at this moment, with an audit entry for each.

A subscription does not keep its rights: grants, labels, consents and scopes are asked for each
event whenever it is told, by a worker or in answer to `$events`. What may not be told is still
numbered, so that its receiver sees no gap; nothing else of it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapter.notifications.bundles import Told
from adapter.notifications.definition import Content
from adapter.notifications.subscribers import seen
from adapter.store.events import Event
from adapter.store.records import AuditEntry, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


def tell_events(
    unit: Unit, viewer: Viewer, subscription: str, content: Content, events: Sequence[Event]
) -> list[Told]:
    """The events, each with its focus if the viewer may be told of it now.

    Args:
        unit: the unit of work, in which the audit is written too.
        viewer: who is told.
        subscription: id of the Subscription.
        content: how much is told.
        events: by number.
    """
    told = []
    for event in events:
        focus = seen(unit, viewer, event.type, event.id)
        body = b""
        if focus is not None and content == "full-resource" and event.action != "delete":
            focus = unit.version(viewer, event.type, event.id, event.version)
            body = focus.body if focus else b""
        audit(
            unit,
            viewer,
            f"{event.type}/{event.id}",
            outcome="refused" if focus is None else "success",
            event=event,
            detail=f"Subscription/{subscription} event {event.number} {content}",
        )
        if focus is None:
            told.append(Told(number=event.number, at=event.at, action=event.action))
            continue
        told.append(
            Told(
                number=event.number,
                at=event.at,
                action=event.action,
                type=event.type,
                id=event.id,
                version=event.version,
                body=body,
            )
        )
    return told


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
