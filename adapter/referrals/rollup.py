"""What the Tasks that a Task was handed on by make of it.

It is in progress while any of them lives. It completes when none lives any more and one of them has
completed, or all (`Choices.completion`), with their outputs. Where none has, somebody else can be
asked: it goes back to whoever hands it on, and is not rejected by itself.
"""

from __future__ import annotations

from typing import Any

from adapter.referrals import codes
from adapter.referrals.choices import Choices
from adapter.referrals.lifecycle import is_live
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import each, id_of, local
from adapter.referrals.ruling import FollowUp

#: What a provider's Task says that the plan's Task says too; the further the later.
_FURTHER = (
    "assigned-to-provider",
    "provider-accepted",
    "outreach-initiated",
    "outreach-unsuccessful",
    "enrolled",
    "services-started",
)
#: Ended by whoever asked, so that nobody declined.
_WITHDRAWN = frozenset({"cancelled", "entered-in-error"})


def roll_up(child: Resource, lookup: Lookup) -> FollowUp | None:
    """The update of the Task that a Task is part of; None: nothing changes there.

    Args:
        child: as it is about to be stored.
        lookup: the store, with the child as it was before.
    """
    above = local(next(each(child.get("partOf")), None))
    parent = lookup.any(above) if above else None
    if parent is None or not is_live(parent) or codes.kind_of(child) != "fulfill":
        return None
    stored = lookup.children(id_of(above or ""))
    others = [one for one in stored if one["id"] != child["id"]]
    children = [
        one
        for one in (*others, child)
        if one.get("status") != "draft" and codes.kind_of(one) == "fulfill"
    ]
    elements = _elements(parent, children, lookup.choices)
    changed = {key: value for key, value in elements.items() if parent.get(key) != value}
    if not changed:
        return None
    return FollowUp(method="update", type="Task", id=parent["id"], elements=changed)


def business_status(parent: Resource, children: list[Resource], choices: Choices) -> str | None:
    """What a Task says by those it was handed on by; None: it was not."""
    live = [one for one in children if is_live(one)]
    if live:
        said = {codes.business_status(one, choices.base) for one in live}
        return next((one for one in reversed(_FURTHER) if one in said), _FURTHER[0])
    if not children or not is_live(parent):
        return None
    withdrawn = all(one.get("status") in _WITHDRAWN for one in children)
    return "authorized" if withdrawn else "awaiting-provider"


def _elements(parent: Resource, children: list[Resource], choices: Choices) -> dict[str, Any]:
    said = business_status(parent, children, choices)
    keeps = codes.business_status(parent, choices.base) == "cancellation-requested"
    business = {} if said is None or keeps else _said(parent, said, choices)
    if any(is_live(one) for one in children):
        return {"status": "in-progress", **business}
    completed = [one for one in children if one.get("status") == "completed"]
    if completed and _is_done(children, choices):
        return {
            "status": "completed",
            "output": _outputs(parent, completed),
            "statusReason": None,
            **_said(parent, "loop-closed", choices),
        }
    return business


def _is_done(children: list[Resource], choices: Choices) -> bool:
    """Whether what has completed is enough: any, or one of every order that was not withdrawn."""
    if choices.completion == "any":
        return True
    wanted = {local(one.get("focus")) for one in children if one.get("status") not in _WITHDRAWN}
    had = {local(one.get("focus")) for one in children if one.get("status") == "completed"}
    return wanted <= had


def _outputs(parent: Resource, completed: list[Resource]) -> list[dict[str, Any]]:
    found = list(each(parent.get("output")))
    for one in completed:
        found += [output for output in each(one.get("output")) if output not in found]
    return found


def _said(parent: Resource, code: str, choices: Choices) -> dict[str, Any]:
    return {"businessStatus": codes.with_business_status(parent, code, choices.base)}
