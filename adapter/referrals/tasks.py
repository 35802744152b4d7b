"""What follows from one write of a Task that asks to fulfil a referral, or to abort such a Task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapter.referrals import (
    access,
    business_status,
    codes,
    ending,
    labels,
    other_tasks,
    worklist,
)
from adapter.referrals.asking import (
    check_abort,
    check_asked,
    check_begins,
    check_new,
    check_not_asked_twice,
)
from adapter.referrals.identifiers import placers, thread_of
from adapter.referrals.immutable import restored
from adapter.referrals.lifecycle import FIRST, edge, is_live
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.provenance import instant, is_step, trail
from adapter.referrals.references import local, same
from adapter.referrals.refusals import conflict, missing
from adapter.referrals.ruling import FollowUp, Ruling
from adapter.referrals.standing import Standing, standing, standing_after
from adapter.referrals.transitions import check_delete, check_reason, check_update, has_words
from adapter.store.records import Viewer, Work
from profiles.referral_codes import business_statuses, taken_in

_ACTING = ("accepted", "in-progress", "on-hold")


def rule(
    before: Resource | None, after: Resource | None, viewer: Viewer, lookup: Lookup, now: datetime
) -> Ruling:
    """Judge one write of a Task; as `rules.rule`.

    Raises:
        Refused: 403, 409 or 422.
    """
    if after is None:
        return _deletion(before or {}, viewer, lookup)
    if codes.kind_of(before or after) == "other":
        return other_tasks.rule(before, after, viewer, lookup, now)
    stand = standing_after(before, after, viewer, lookup)
    task = _received(before, after, stand, lookup)
    asks_first: list[FollowUp] = []
    if before is None:
        task = _begun(task, stand, viewer, lookup)
    else:
        task = {**task, **restored(before, task)}
        if _has_to_ask(before, task, stand, lookup):
            asks_first = [ending.abort(task, now)]
            task = _asked_to_cancel(before, task, lookup)
        check_update(before, task, stand, viewer, lookup)
    if codes.kind_of(task) == "fulfill":
        check_reason(before, task, lookup.choices.base)
    stored = _filled(before, task, stand, lookup, now)
    follow_ups = asks_first
    if before is not None or stored["status"] in FIRST["Task"]:
        follow_ups += ending.what_follows(before, stored, stand, lookup)
    if is_step(before, stored, lookup.choices):
        follow_ups.insert(0, trail(before, stored, viewer, stand, now, lookup.choices))
    return Ruling(
        amendments=_amendments(after, stored),
        follow_ups=follow_ups,
        work=_work(before, stored, stand, lookup, now),
        grants=access.of_task(stored, stand, lookup),
        unique=placers(stored) if before is None else (),
    )


def _deletion(before: Resource, viewer: Viewer, lookup: Lookup) -> Ruling:
    stand = standing(before, viewer, lookup)
    check_delete(before, stand, lookup)
    return Ruling(grants=access.own(before, stand.author))


def _received(
    before: Resource | None, after: Resource, stand: Standing, lookup: Lookup
) -> Resource:
    """A status that peers write and the profile leaves out, as it is kept and shown."""
    status, said = taken_in(str(after.get("status")))
    if status == after.get("status"):
        return dict(after)
    task = {**after, "status": status}
    answers = stand.on_behalf or "owner" in stand.roles
    if said is None or not answers or (before is None and "requester" in stand.roles):
        return task
    if task.get("partOf") and business_statuses()[said].hop == "plan":
        return task
    base = lookup.choices.base
    return {**task, "businessStatus": codes.with_business_status(task, said, base)}


def _begun(task: Resource, stand: Standing, viewer: Viewer, lookup: Lookup) -> Resource:
    check_begins(task, stand, viewer)
    check_new(task, stand, lookup)
    if codes.kind_of(task) == "abort":
        if task["status"] in FIRST["Task"]:
            target = check_abort(task, stand, lookup)
            task = {"owner": target.get("owner"), **task}
    elif task["status"] == "requested":
        check_asked(task, stand, lookup)
    elif is_live(task):
        check_not_asked_twice(task, stand, lookup)
    return task


def _has_to_ask(before: Resource, task: Resource, stand: Standing, lookup: Lookup) -> bool:
    """Whether who cancels has to ask the owner first, by the tenant's choice."""
    return (
        lookup.choices.cancellation == "ask-first"
        and stand.roles == {"requester"}
        and before.get("status") in _ACTING
        and task.get("status") == "cancelled"
        and codes.kind_of(task) == "fulfill"
    )


def _asked_to_cancel(before: Resource, task: Resource, lookup: Lookup) -> Resource:
    """The Task as it stays, but for saying that its cancellation is asked for."""
    base = lookup.choices.base
    if not has_words(task):
        raise missing(
            before,
            "to ask for a cancellation needs Task.statusReason.text, which says why in words",
            "Task.statusReason.text",
        )
    if any(is_live(one) for one in lookup.aborts_of(task["id"])):
        raise conflict(
            before,
            f"the Task is '{before['status']}', and its owner was asked to cancel it already; "
            "await the answer",
            "Task.status",
        )
    asked = codes.with_business_status(task, ending.REQUESTED, base)
    stays = {**task, "status": before["status"], "businessStatus": asked}
    stays.pop("statusReason", None)
    return {**stays, **restored(before, stays)}


def _filled(
    before: Resource | None, task: Resource, stand: Standing, lookup: Lookup, now: datetime
) -> Resource:
    """The Task with what the exchange sets; an element that is None is taken away."""
    choices = lookup.choices
    filled = dict(task)
    if before is not None and _is_stale(before, task):
        filled["statusReason"] = None
    filled["lastModified"] = instant(now)
    if codes.kind_of(task) == "fulfill":
        filled["businessStatus"] = business_status.settle(before, task, stand, choices)
    if not task.get("groupIdentifier"):
        filled["groupIdentifier"] = thread_of(task, lookup)
    if is_live(task):
        until = worklist.restriction(task, now, choices)
        filled["restriction"] = until or task["restriction"]
    meta = labels.obliged(task, choices.base)
    if meta is not None:
        filled["meta"] = meta
    return {name: value for name, value in filled.items() if value is not None}


def _is_stale(before: Resource, task: Resource) -> bool:
    """Whether its reason explains a status that it has no more, and none that it has now.

    Of a Task that asks to abort another, the reason says why it asks, whatever becomes of it.
    """
    step = edge("Task", str(before.get("status")), str(task.get("status")))
    needed = step is not None and "reason" in step.needs
    moved = before.get("status") != task.get("status")
    same_reason = task.get("statusReason") == before.get("statusReason")
    return moved and same_reason and not needed and codes.kind_of(task) != "abort"


def _amendments(sent: Resource, stored: Resource) -> dict[str, Any]:
    """What is stored otherwise than it was sent."""
    changed = {name: value for name, value in stored.items() if sent.get(name) != value}
    return {**changed, **dict.fromkeys(sent.keys() - stored.keys())}


def _work(
    before: Resource | None, stored: Resource, stand: Standing, lookup: Lookup, now: datetime
) -> Work | None:
    if not is_live(stored):
        return None
    focus = local(stored.get("focus")) or ""
    order = lookup.any(focus) if focus.startswith("ServiceRequest/") else None
    previous = lookup.work(stored["id"]) if before is not None else None
    if before is not None and not same(before.get("owner"), stored.get("owner")):
        previous = None
    return worklist.work(
        stored, stand, previous, now, lookup.choices, replaces=bool(order and order.get("replaces"))
    )
