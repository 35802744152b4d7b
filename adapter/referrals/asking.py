"""Whether a Task may be asked for: who asks, whom, for which order, within which referral.

Every Task, its ServiceRequest and their Consent are about one member; a Task is asked for by the
organization whose order it is; nobody is asked twice for the same order at the same time.
"""

from __future__ import annotations

from adapter.fhir_api.faults import refused
from adapter.referrals import codes
from adapter.referrals.handing_on import task_above
from adapter.referrals.lifecycle import FIRST, LIVE, has_ended, is_live, may_enter
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import (
    check_references,
    each,
    followed,
    id_of,
    local,
    name,
    same,
)
from adapter.referrals.refusals import conflict
from adapter.referrals.standing import Standing
from adapter.store.records import Viewer


def check_begins(resource: Resource, stand: Standing, viewer: Viewer) -> None:
    """Refuse a Task or ServiceRequest that begins in its middle, unless the operator moves in.

    Raises:
        Refused: 422.
    """
    type, status = str(resource["resourceType"]), str(resource.get("status"))
    if not may_enter(type, status, operator=viewer.operator, on_behalf=stand.on_behalf):
        raise refused(
            422,
            "business-rule",
            f"a {type} begins as {' or '.join(FIRST[type])}, not as '{status}'",
            f"{type}.status",
        )


def check_new(task: Resource, stand: Standing, lookup: Lookup) -> None:
    """Refuse a Task that cannot be entered by this writer, or does not say what a referral says.

    Raises:
        Refused: 403, 409 or 422.
    """
    if not stand.on_behalf and (stand.requester is None or "requester" not in stand.roles):
        raise refused(
            403,
            "forbidden",
            "Task.requester has to be your own organization, as it is registered here",
            "Task.requester",
        )
    kind = codes.kind_of(task)
    if kind == "fulfill":
        for element in ("focus", "for", "requester"):
            if not task.get(element):
                raise refused(
                    422, "required", f"a referral needs Task.{element}", f"Task.{element}"
                )
    if kind != "other" and task.get("intent") != "order":
        raise refused(422, "value", "Task.intent has to be 'order'", "Task.intent")
    check_references(None, task, lookup)


def check_owner_known(task: Resource, stand: Standing) -> None:
    """Refuse to ask somebody who is not registered: nobody could act.

    The operator may; such a Task waits in the queue of operations.

    Raises:
        Refused: 422.
    """
    if task.get("owner") and stand.owner is None and not stand.on_behalf:
        raise refused(
            422,
            "business-rule",
            "Task.owner is no organization that is registered here, so nobody could act; name one "
            "that is, or none to let it be claimed",
            "Task.owner",
        )


def check_asked(task: Resource, stand: Standing, lookup: Lookup) -> Resource | None:
    """Refuse a referral that cannot be asked for now, be it new or a draft so far.

    Returns:
        Its ServiceRequest; None: it is on the requester's own server.

    Raises:
        Refused: 403, 409 or 422.
    """
    check_owner_known(task, stand)
    parent = task_above(task, stand, lookup)
    if _is_elsewhere(task.get("focus"), stand, lookup):
        if not _is_elsewhere(task.get("for"), stand, lookup):
            followed(task, "for", ("Patient",), lookup)
        return None
    order = followed(task, "focus", ("ServiceRequest",), lookup)
    patient = followed(task, "for", ("Patient",), lookup)
    if local(order.get("subject")) != name(patient):
        raise refused(
            422,
            "invariant",
            "Task.for is not the subject of the ServiceRequest that the Task is for",
            "Task.for",
        )
    _check_order(order, parent, stand, lookup)
    check_not_asked_twice(task, stand, lookup)
    return order


def check_not_asked_twice(task: Resource, stand: Standing, lookup: Lookup) -> None:
    """Refuse a second live Task of one owner for one ServiceRequest.

    Raises:
        Refused: 409.
    """
    focus = local(task.get("focus"))
    for other in lookup.tasks_focused_on(id_of(focus)) if focus else ():
        if other["id"] == task["id"] or not is_live(other) or codes.kind_of(other) != "fulfill":
            continue
        theirs = lookup.party_of(other["owner"]) if other.get("owner") else None
        if theirs == stand.owner and (theirs or same(other.get("owner"), task.get("owner"))):
            raise refused(
                409,
                "duplicate",
                f"{name(other)} asks the same for the same ServiceRequest and is "
                f"'{other['status']}'; go on with that one, or end it first",
                "Task.owner",
            )


def _check_order(order: Resource, parent: Resource | None, stand: Standing, lookup: Lookup) -> None:
    if order.get("status") != "active":
        raise conflict(
            order,
            f"the ServiceRequest is '{order.get('status')}', and only one that is 'active' can be "
            "asked for; activate it first",
            "Task.focus",
        )
    asks = lookup.party_of(order.get("requester")) or lookup.author_of(name(order))
    if not stand.on_behalf and stand.asks not in (asks, lookup.author_of(name(order))):
        raise refused(
            403,
            "forbidden",
            "the ServiceRequest is another organization's; to hand a referral on, write your own "
            "ServiceRequest that is based on it",
            "Task.focus",
        )
    if parent is None:
        return
    based = [local(one) for one in each(order.get("basedOn"))]
    if local(parent.get("focus")) not in (name(order), *based):
        raise refused(
            422,
            "business-rule",
            "the ServiceRequest of a Task that is part of another has to be based on the "
            "ServiceRequest of that other (ServiceRequest.basedOn)",
            "Task.focus",
        )


def _is_elsewhere(reference: object, stand: Standing, lookup: Lookup) -> bool:
    """Whether it leads to the registered server of who asks (SDOH Clinical Care, direct)."""
    url = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(url, str) or not url.startswith("https://"):
        return False
    return stand.requester is not None and lookup.partner_of(url) == stand.requester


def check_abort(task: Resource, stand: Standing, lookup: Lookup) -> Resource:
    """Refuse to ask that a Task be aborted, where it cannot be.

    Returns:
        The Task to abort.

    Raises:
        Refused: 403, 409 or 422.
    """
    target = followed(task, "focus", ("Task",), lookup)
    if codes.kind_of(target) != "fulfill":
        raise refused(422, "value", "only a referral's Task can be aborted", "Task.focus")
    asks = lookup.party_of(target.get("requester")) or lookup.author_of(name(target))
    if not stand.on_behalf and stand.asks != asks:
        raise refused(
            403, "forbidden", "only the requester of a Task asks to abort it", "Task.requester"
        )
    if not same(task.get("for"), target.get("for")):
        raise refused(422, "invariant", "Task.for differs from that of the Task", "Task.for")
    if target.get("status") not in LIVE["Task"]:
        state = "has ended" if has_ended(target) else "is a draft"
        raise conflict(target, f"the Task {state} as '{target['status']}'", "Task.focus")
    if any(is_live(one) and one["id"] != task["id"] for one in lookup.aborts_of(target["id"])):
        raise conflict(
            target, "another Task asks to abort it already; await its answer", "Task.focus"
        )
    return target
