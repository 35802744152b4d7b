"""Whether a Task may be changed as somebody wants: its status, its owner, the rest."""

from __future__ import annotations

from adapter.fhir_api.faults import refused
from adapter.referrals import codes
from adapter.referrals.asking import check_asked, check_not_asked_twice
from adapter.referrals.immutable import check_task
from adapter.referrals.lifecycle import Edge, edge, is_live, may_take
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import check_references, each, name, same
from adapter.referrals.refusals import conflict, missing, refuse_step
from adapter.referrals.standing import Standing
from adapter.store.records import Viewer
from profiles.referral_codes import status_reasons


def check_update(
    before: Resource, after: Resource, stand: Standing, viewer: Viewer, lookup: Lookup
) -> None:
    """Refuse an update of a Task that the rules do not allow.

    Args:
        before: as it is stored.
        after: as it is to be, what the writer left out restored.
        stand: the parties after the update, and the roles of the writer towards both versions.
        viewer: the writer.
        lookup: the store.

    Raises:
        Refused: 403, 409 or 422.
    """
    check_may_change(before, after, stand, viewer, lookup)
    check_task(before, after, stand)
    check_references(before, after, lookup)
    if before.get("status") != after.get("status"):
        _check_step(before, after, stand, lookup)
    elif before.get("status") == "completed" and not list(each(after.get("output"))):
        raise missing(before, "a completed Task keeps its outputs", "Task.output")


def check_may_change(
    before: Resource, after: Resource, stand: Standing, viewer: Viewer, lookup: Lookup
) -> None:
    """Refuse any change by who is no side of a Task, of one entered in error, and of its owner.

    Raises:
        Refused: 403, 409 or 422.
    """
    _check_owner(before, after, stand, viewer, lookup)
    if not stand.roles:
        raise refused(
            403, "forbidden", "this Task is for its requester and its owner to change", "Task"
        )
    if before.get("status") == "entered-in-error":
        raise conflict(before, "the Task was entered in error, and stays as it is", "Task.status")


def _check_step(before: Resource, after: Resource, stand: Standing, lookup: Lookup) -> None:
    target = str(after.get("status"))
    step = edge("Task", str(before["status"]), target)
    if step is None or not may_take(step, stand.roles):
        raise refuse_step(before, target, stand)
    _check_needs(step, before, after, stand, lookup)
    exchange = "exchange" in stand.roles
    if target in ("on-hold", "completed") and not exchange and codes.kind_of(after) == "fulfill":
        children = lookup.children(after["id"])
        live = [name(one) for one in children if is_live(one) and codes.kind_of(one) == "fulfill"]
        if live:
            raise conflict(
                before,
                f"the Task is '{before['status']}' and was handed on; while {', '.join(live)} "
                f"is under way it cannot become '{target}'. It completes by itself with the Task "
                "it was handed on by",
                "Task.status",
            )


def _check_needs(
    step: Edge, before: Resource, after: Resource, stand: Standing, lookup: Lookup
) -> None:
    if "owner" in step.needs and not after.get("owner"):
        raise missing(
            before,
            f"nobody owns the Task yet; to take it to '{step.target}', claim it (set Task.owner)",
            "Task.owner",
        )
    if "reason" in step.needs and not has_words(after):
        raise missing(
            before,
            f"'{step.target}' needs Task.statusReason.text, which says why in words",
            "Task.statusReason.text",
        )
    if codes.kind_of(after) == "abort":
        return
    if "output" in step.needs and not list(each(after.get("output"))):
        raise missing(
            before,
            "'completed' needs at least one Task.output, which says what came of the referral",
            "Task.output",
        )
    if "order" in step.needs and codes.kind_of(after) == "fulfill":
        check_asked(after, stand, lookup)


def check_reason(before: Resource | None, after: Resource, base: str) -> None:
    """Refuse a reason of ours that does not exist or does not go with the status.

    Where a cancellation is asked for, the reason is that of the cancellation.

    Raises:
        Refused: 422.
    """
    why = codes.status_reason(after, base)
    if why is None or after.get("statusReason") == (before or {}).get("statusReason"):
        return
    known = status_reasons().get(why)
    asked = codes.business_status(after, base) == "cancellation-requested"
    status = "cancelled" if asked else after.get("status")
    if known is None or status not in known.task_statuses:
        fitting = [one.code for one in status_reasons().values() if status in one.task_statuses]
        raise refused(
            422,
            "business-rule",
            f"there is no reason of that code for '{status}'; there are {', '.join(fitting)}"
            if fitting
            else f"'{status}' takes no reason",
            "Task.statusReason",
        )


def _check_owner(
    before: Resource, after: Resource, stand: Standing, viewer: Viewer, lookup: Lookup
) -> None:
    if before.get("status") == "draft" or same(before.get("owner"), after.get("owner")):
        return
    if before.get("status") != "requested":
        raise conflict(
            before,
            f"the Task is '{before.get('status')}', and its owner changes while it is 'requested' "
            "only; cancel it and ask somebody else with a new Task",
            "Task.owner",
        )
    claims = not before.get("owner") and viewer.claims and stand.owner == viewer.party
    if not claims and not stand.on_behalf:
        raise refused(
            422,
            "forbidden",
            "the owner of a Task changes where somebody who may claim takes one that nobody owns, "
            "by naming itself, and where the operator of the exchange assigns it anew",
            "Task.owner",
        )
    if after.get("owner") and stand.owner is None and not viewer.operator:
        raise refused(422, "business-rule", "Task.owner is not registered here", "Task.owner")
    if codes.kind_of(after) == "fulfill":
        check_not_asked_twice(after, stand, lookup)


def check_delete(before: Resource, stand: Standing, lookup: Lookup) -> None:
    """Refuse to delete a Task that anybody may have seen.

    Raises:
        Refused: 403 or 409.
    """
    if not stand.on_behalf and "requester" not in stand.roles:
        raise refused(403, "forbidden", "a draft is for its requester to delete", "Task")
    if before.get("status") != "draft" or lookup.children(before["id"]):
        raise conflict(
            before,
            f"the Task is '{before.get('status')}', and only a draft can be deleted; cancel it, or "
            "mark it as entered-in-error",
            "Task.status",
        )


def has_words(task: Resource) -> bool:
    """Whether `statusReason` says anything in words."""
    why = task.get("statusReason")
    text = why.get("text") if isinstance(why, dict) else None
    return isinstance(text, str) and bool(text.strip())
