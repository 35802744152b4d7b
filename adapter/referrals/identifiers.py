"""Business identifiers of referrals: the placer's, by which a repeat is known, and the thread's."""

from __future__ import annotations

from typing import Any

from adapter.referrals.codes import code_in
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import each, id_of, local
from profiles.canonicals import IDENTIFIER_TYPE, canonicals


def placers(resource: Resource) -> tuple[tuple[str, str, str], ...]:
    """What may exist once for an author: (kind, system, value) of every placer's identifier."""
    found = (
        (f"{resource['resourceType']}.placer", one.get("system"), one.get("value"))
        for one in each(resource.get("identifier"))
        if code_in(one.get("type"), IDENTIFIER_TYPE) == "PLAC"
    )
    return tuple(
        (kind, system, value)
        for kind, system, value in found
        if isinstance(system, str) and isinstance(value, str)
    )


def thread_of(task: Resource, lookup: Lookup) -> dict[str, Any] | None:
    """The thread a Task belongs to: its parent's, its order's; None: it has no order here."""
    above = local(next(each(task.get("partOf")), None))
    parent = lookup.any(above) if above else None
    if parent is not None and isinstance(parent.get("groupIdentifier"), dict):
        return dict(parent["groupIdentifier"])
    focus = local(task.get("focus"))
    order = lookup.any(focus) if focus else None
    if order is None or focus is None:
        return None
    for element in ("requisition", "groupIdentifier"):
        if isinstance(order.get(element), dict):
            return dict(order[element])
    system = canonicals(lookup.choices.base).identifier_system("referral-thread")
    return {"system": system, "value": id_of(focus)}


def thread_of_order(order: Resource, lookup: Lookup) -> dict[str, Any] | None:
    """The thread an order belongs to: its requisition, or what its Tasks say; None: neither yet."""
    if isinstance(order.get("requisition"), dict):
        return dict(order["requisition"])
    said = (one.get("groupIdentifier") for one in lookup.tasks_focused_on(order["id"]))
    return next((dict(one) for one in said if isinstance(one, dict)), None)
