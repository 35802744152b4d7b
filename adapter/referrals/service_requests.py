"""What follows from one write of a ServiceRequest: the order is its requester's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from adapter.fhir_api.faults import refused
from adapter.referrals import access, ending, labels
from adapter.referrals.asking import check_begins
from adapter.referrals.codes import kind_of
from adapter.referrals.identifiers import placers, thread_of_order
from adapter.referrals.immutable import check_service_request, restored
from adapter.referrals.lifecycle import edge, has_ended, is_live, may_take
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.provenance import is_step, trail
from adapter.referrals.references import check_references, each, local, name
from adapter.referrals.refusals import conflict, refuse_step
from adapter.referrals.ruling import FollowUp, Ruling
from adapter.referrals.standing import Standing, standing
from adapter.store.records import Viewer


def rule(
    before: Resource | None, after: Resource | None, viewer: Viewer, lookup: Lookup, now: datetime
) -> Ruling:
    """Judge one write of a ServiceRequest; as `rules.rule`.

    Raises:
        Refused: 403, 409 or 422.
    """
    stand = standing(before or after or {}, viewer, lookup)
    tasks = lookup.tasks_focused_on(before["id"]) if before else ()
    if not stand.roles:
        raise refused(
            403,
            "forbidden",
            "a ServiceRequest is for the organization that orders to write, in its own name; to "
            "hand a referral on, write your own that is based on it",
            "ServiceRequest.requester",
        )
    if after is None:
        _check_delete(before or {}, tasks)
        return Ruling(grants=access.own(before or {}, stand.author))
    order = {**after, **restored(before, after)} if before else dict(after)
    replaced = _replaced(order, stand, lookup) if before is None else []
    if before is None:
        check_begins(order, stand, viewer)
        thread = order.get("requisition") or _thread(order, replaced, lookup)
        if thread is not None:
            order["requisition"] = thread
        check_references(None, order, lookup)
    else:
        _check_update(before, order, stand, tasks, lookup)
    meta = labels.obliged(order, lookup.choices.base)
    if meta is not None:
        order["meta"] = meta
    follow_ups = [*_what_follows(before, order, tasks, lookup)]
    if is_step(before, order, lookup.choices):
        follow_ups.insert(0, trail(before, order, viewer, stand, now, lookup.choices))
    return Ruling(
        amendments={key: value for key, value in order.items() if after.get(key) != value},
        follow_ups=follow_ups,
        grants=access.of_service_request(order, stand.author, tasks, lookup),
        unique=placers(order) if before is None else (),
    )


def _check_update(
    before: Resource,
    order: Resource,
    stand: Standing,
    tasks: Sequence[Resource],
    lookup: Lookup,
) -> None:
    target = str(order.get("status"))
    if before["status"] != target:
        step = edge("ServiceRequest", str(before["status"]), target)
        if step is None or not may_take(step, stand.roles):
            raise refuse_step(before, target, stand)
        live = [name(one) for one in tasks if is_live(one) and kind_of(one) != "other"]
        if "no-live-task" in step.needs and live:
            raise conflict(
                before,
                f"the ServiceRequest is '{before['status']}' and {', '.join(live)} is under way; "
                "it completes by itself with the Task, or is revoked",
                "ServiceRequest.status",
            )
    elif before["status"] == "entered-in-error":
        raise conflict(
            before,
            "the ServiceRequest was entered in error, and stays as it is",
            "ServiceRequest.status",
        )
    check_service_request(before, order, ended=has_ended(before))
    check_references(before, order, lookup)


def _check_delete(before: Resource, tasks: Sequence[Resource]) -> None:
    if before.get("status") != "draft" or tasks:
        why = f"has {len(tasks)} Tasks" if tasks else f"is '{before.get('status')}'"
        raise conflict(
            before,
            f"the ServiceRequest {why}, and only a draft without Tasks can be deleted; revoke it, "
            "or mark it as entered-in-error",
            "ServiceRequest.status",
        )


def _replaced(order: Resource, stand: Standing, lookup: Lookup) -> list[Resource]:
    """The orders whose place it takes: the same side's, of the same member and thread.

    Raises:
        Refused: 403 or 422.
    """
    found = []
    for reference in each(order.get("replaces")):
        place = local(reference) or ""
        old = lookup.resource(place) if place.startswith("ServiceRequest/") else None
        if old is None or place == name(order):
            raise refused(
                422,
                "not-found",
                "ServiceRequest.replaces has to lead to ServiceRequests here that you may see",
                "ServiceRequest.replaces",
            )
        asks = lookup.party_of(old.get("requester")) or lookup.author_of(place)
        if not stand.on_behalf and stand.asks not in (asks, lookup.author_of(place)):
            raise refused(
                403,
                "forbidden",
                "a ServiceRequest is replaced by the organization that ordered it",
                "ServiceRequest.replaces",
            )
        thread = thread_of_order(old, lookup)
        if thread is not None and order.get("requisition", thread) != thread:
            raise refused(
                422,
                "business-rule",
                "what replaces a ServiceRequest has its requisition, so that both are one thread; "
                "send the same, or none",
                "ServiceRequest.requisition",
            )
        found.append(old)
    return found


def _thread(order: Resource, replaced: list[Resource], lookup: Lookup) -> dict[str, Any] | None:
    """The thread of what it replaces or is based on; None: it begins one."""
    places = (local(one) or "" for one in each(order.get("basedOn")))
    based = (lookup.resource(one) for one in places if one.startswith("ServiceRequest/"))
    orders = (*replaced, *(one for one in based if one is not None))
    threads = (thread_of_order(one, lookup) for one in orders)
    return next((one for one in threads if one is not None), None)


def _what_follows(
    before: Resource | None, order: Resource, tasks: Sequence[Resource], lookup: Lookup
) -> Iterator[FollowUp]:
    """Tasks end with their order; an order that becomes active ends what it replaces."""
    status = order["status"]
    if before is not None and before.get("status") == status:
        return
    if status in ("revoked", "entered-in-error"):
        for task in tasks:
            if is_live(task):
                yield ending.cancel(task, "withdrawn", lookup.choices)
    if status == "active" and (before is None or before.get("status") == "draft"):
        for reference in each(order.get("replaces")):
            yield from _end_replaced(local(reference) or "", lookup)


def _end_replaced(reference: str, lookup: Lookup) -> Iterator[FollowUp]:
    old = lookup.any(reference)
    if old is None or not is_live(old):
        return
    for task in lookup.tasks_focused_on(old["id"]):
        if is_live(task):
            yield ending.cancel(task, "replaced", lookup.choices)
    # The Tasks may have taken it along by then.
    if not any(map(is_live, lookup.tasks_focused_on(old["id"]))):
        yield ending.update(old, status="revoked")
