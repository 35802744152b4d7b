"""Whether a Task may be part of another: its owner hands it on, once it is accepted."""

from __future__ import annotations

from adapter.fhir_api.faults import refused
from adapter.referrals import codes
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import followed, local, name
from adapter.referrals.refusals import conflict
from adapter.referrals.standing import Standing

_ACTING = ("accepted", "in-progress", "on-hold")
_MOST = 8


def task_above(task: Resource, stand: Standing, lookup: Lookup) -> Resource | None:
    """The Task it is part of, if that can be handed on now.

    Returns:
        None where it is part of none, or of one on another server.

    Raises:
        Refused: 403, 409 or 422.
    """
    parts = task.get("partOf") or []
    if not parts or _is_above_elsewhere(parts, lookup):
        return None
    reference = local(parts[0]) if isinstance(parts, list) and len(parts) == 1 else None
    if reference is None or not reference.startswith("Task/") or reference == name(task):
        raise refused(
            422,
            "value",
            "Task.partOf has to be one reference to another Task: on this server, written Task/id, "
            "on the server of a registered partner, or by its identifier alone",
            "Task.partOf",
        )
    parent = followed({**task, "partOf": parts[0]}, "partOf", ("Task",), lookup)
    owner = lookup.party_of(parent.get("owner"))
    if not stand.on_behalf and stand.asks != owner:
        raise refused(
            403,
            "forbidden",
            "only the owner of a Task hands it on; Task.requester has to be the owner of the Task "
            "in Task.partOf",
            "Task.partOf",
        )
    if codes.kind_of(parent) != "fulfill" or parent.get("status") not in _ACTING:
        raise conflict(
            parent,
            f"the Task in Task.partOf is '{parent.get('status')}'; it is handed on while it is "
            f"{', '.join(_ACTING)}",
            "Task.partOf",
        )
    _check_depth(task, parent, lookup)
    return parent


def _is_above_elsewhere(parts: object, lookup: Lookup) -> bool:
    """Whether the Task was handed on by another server, which knows the one above and we do not."""
    if not isinstance(parts, list) or len(parts) != 1 or not isinstance(parts[0], dict):
        return False
    written = parts[0].get("reference")
    if written is None:
        return isinstance(parts[0].get("identifier"), dict)
    return isinstance(written, str) and lookup.partner_of(written) is not None


def _check_depth(task: Resource, parent: Resource, lookup: Lookup) -> None:
    above: Resource | None = parent
    for _ in range(_MOST):
        if above is None or not above.get("partOf"):
            return
        reference = local(above["partOf"][0])
        if reference == name(task):
            break
        above = lookup.any(reference) if reference else None
    raise refused(
        422,
        "business-rule",
        f"a referral is handed on at most {_MOST} times, and never back to itself",
        "Task.partOf",
    )
