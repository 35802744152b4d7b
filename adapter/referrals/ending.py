"""What follows from a step of a Task: for those below it, its order, and who asked to stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapter.referrals import business_status, codes
from adapter.referrals.choices import Choices
from adapter.referrals.lifecycle import has_ended, is_live
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.provenance import instant
from adapter.referrals.references import each, id_of, local, name
from adapter.referrals.rollup import business_status as handed_on
from adapter.referrals.rollup import roll_up
from adapter.referrals.ruling import FollowUp
from adapter.referrals.standing import Standing
from profiles.canonicals import TASK_CODE
from profiles.referral_codes import status_reasons

REQUESTED = "cancellation-requested"


def what_follows(
    before: Resource | None, after: Resource, stand: Standing, lookup: Lookup
) -> Iterator[FollowUp]:
    """The writes that follow from a step of a Task, in their order."""
    moved = before is None or before.get("status") != after.get("status")
    kind = codes.kind_of(after)
    if kind == "abort":
        if moved:
            yield from _of_abort(after, lookup)
        return
    if kind == "fulfill":
        if moved and has_ended(after):
            yield from _below(after, lookup)
            yield from _aborts(after, lookup)
            yield from _order(after, stand, lookup)
        upward = roll_up(after, lookup)
        if upward is not None:
            yield upward


def cancel(task: Resource, code: str, choices: Choices, text: str = "") -> FollowUp:
    """The cancellation of a live Task by the exchange."""
    return update(task, status="cancelled", statusReason=codes.reason(code, choices.base, text))


def update(resource: Resource, **elements: Any) -> FollowUp:
    """An update of a resource by the exchange."""
    return FollowUp(
        method="update", type=resource["resourceType"], id=resource["id"], elements=elements
    )


def abort(task: Resource, now: datetime) -> FollowUp:
    """The Task that asks the owner of a Task to stop, where a requester asks first."""
    taken = ("for", "requester", "owner", "groupIdentifier", "priority", "statusReason")
    return FollowUp(
        method="create",
        type="Task",
        elements={
            **{one: task[one] for one in taken if one in task},
            "status": "requested",
            "intent": "order",
            "code": {"coding": [{"system": TASK_CODE, "code": "abort"}]},
            "focus": {"reference": name(task)},
            "authoredOn": instant(now),
        },
    )


def _below(task: Resource, lookup: Lookup) -> Iterator[FollowUp]:
    """What it was handed on by ends with it."""
    for child in lookup.children(task["id"]):
        if is_live(child):
            yield cancel(child, "referral-ended", lookup.choices)


def _aborts(task: Resource, lookup: Lookup) -> Iterator[FollowUp]:
    """Whoever asked that it end has their answer."""
    for one in lookup.aborts_of(task["id"]):
        if one.get("status") == "accepted" and task.get("status") == "cancelled":
            yield update(one, status="completed", statusReason=None)
        elif is_live(one):
            yield cancel(one, "referral-ended", lookup.choices)


def _order(task: Resource, stand: Standing, lookup: Lookup) -> Iterator[FollowUp]:
    """Its ServiceRequest, on behalf of who asked: completed, or revoked where they cancelled.

    Not where another Task of it is under way, and not where the Task it is part of is for the same.
    """
    focus = local(task.get("focus"))
    order = lookup.any(focus) if focus else None
    if order is None or not is_live(order) or order["resourceType"] != "ServiceRequest":
        return
    above = local(next(each(task.get("partOf")), None))
    parent = lookup.any(above) if above else None
    if parent is not None and local(parent.get("focus")) == focus:
        return
    others = [
        one
        for one in lookup.tasks_focused_on(id_of(focus or ""))
        if one["id"] != task["id"] and codes.kind_of(one) == "fulfill"
    ]
    if any(is_live(one) for one in others):
        return
    if "completed" in (one.get("status") for one in (task, *others)):
        yield update(order, status="completed")
    elif task["status"] == "cancelled" and (stand.on_behalf or "requester" in stand.roles):
        yield update(order, status="revoked")


def _of_abort(task: Resource, lookup: Lookup) -> Iterator[FollowUp]:
    """Asked: the Task says so. Granted: it is cancelled. Not granted: it goes on as it was."""
    choices = lookup.choices
    focus = local(task.get("focus"))
    target = lookup.any(focus) if focus else None
    if target is None or not is_live(target):
        return
    status = task["status"]
    said = codes.business_status(target, choices.base)
    if status == "requested" and said != REQUESTED:
        yield update(
            target, businessStatus=codes.with_business_status(target, REQUESTED, choices.base)
        )
    elif status in ("accepted", "completed"):
        yield update(target, status="cancelled", statusReason=_asked_because(task, choices))
    elif has_ended(task) and said == REQUESTED:
        yield update(target, businessStatus=_as_before(target, lookup))


def _asked_because(task: Resource, choices: Choices) -> dict[str, Any]:
    """Why a Task asked to abort another: as the reason of the cancellation."""
    why = task.get("statusReason")
    text = why.get("text") if isinstance(why, dict) else None
    known = status_reasons().get(codes.status_reason(task, choices.base) or "")
    code = known.code if known is not None and "cancelled" in known.task_statuses else "withdrawn"
    return codes.reason(code, choices.base, text if isinstance(text, str) else "")


def _as_before(task: Resource, lookup: Lookup) -> dict[str, Any]:
    """What a Task says that nobody wants cancelled any more."""
    choices = lookup.choices
    status = "in-progress" if task["status"] == "on-hold" else task["status"]
    children = [one for one in lookup.children(task["id"]) if one.get("status") != "draft"]
    said = handed_on(task, children, choices)
    said = said or business_status.usual({**task, "status": status}, choices)
    return codes.with_business_status(task, said or "acknowledged", choices.base)
