"""What a partner's Task says, as the copy of it here is to say it.

The server of a Task's owner decides about the Task (SDOH Clinical Care, "Direct referral"). Its
statuses, reasons, notes and outputs are taken over; what the requester determined stays. A status
that is reached over others which were never seen is reached over them here too, so that no rule of
the referral is passed by. Pure functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from adapter.fhir_client.partner_answers import objects
from adapter.partners.references import Resource, with_references
from profiles.canonicals import DEFAULT_BASE
from profiles.referral_codes import business_statuses, taken_in

#: SDOH Clinical Care, diagram of a referral Task's states.
_NEXT = {
    "draft": ("requested",),
    "requested": ("accepted", "rejected", "cancelled", "entered-in-error"),
    "accepted": (
        *("in-progress", "on-hold", "completed", "failed", "cancelled", "entered-in-error"),
    ),
    "in-progress": ("on-hold", "completed", "failed", "cancelled", "entered-in-error"),
    "on-hold": ("in-progress", "completed", "failed", "cancelled", "entered-in-error"),
}

#: From which nothing leads on.
ENDED = frozenset({"rejected", "cancelled", "failed", "completed", "entered-in-error"})

CANCELLATION_REQUESTED = "cancellation-requested"
_SYSTEM = "/CodeSystem/ecm-referral-business-status"


def steps(from_status: str, to_status: str) -> tuple[str, ...] | None:
    """The statuses to go through, the last included; empty: it is there. None: there is no way."""
    if from_status == to_status:
        return ()
    waiting: deque[tuple[str, ...]] = deque([(from_status,)])
    seen = {from_status}
    while waiting:
        path = waiting.popleft()
        for following in _NEXT.get(path[-1], ()):
            if following == to_status:
                return (*path[1:], following)
            if following not in seen:
                seen.add(following)
                waiting.append((*path, following))
    return None


def elements_of(
    remote: Resource, local: Resource, localize: Callable[[Resource], Resource], base: str
) -> dict[str, Any]:
    """Top-level elements of the copy that have to change; None takes one away.

    Args:
        remote: a version of the partner's Task.
        local: the copy as it is.
        localize: puts references of the partner's as they are here (`localized`).
        base: our canonical base.
    """
    status, business = taken_in(str(remote.get("status", "")))
    found: dict[str, Any] = {
        "status": status,
        "statusReason": remote.get("statusReason"),
        "businessStatus": _business_status(remote.get("businessStatus"), business, base),
        "executionPeriod": remote.get("executionPeriod"),
        "output": objects(localize({"output": remote.get("output") or []}).get("output")) or None,
        "note": _notes(local.get("note"), remote.get("note"), localize),
    }
    if is_cancelling(local) and status not in ENDED:
        # Our question stands until the partner's Task has ended.
        found["businessStatus"] = local["businessStatus"]
        found["statusReason"] = local.get("statusReason")
    return {name: value for name, value in found.items() if local.get(name) != value}


def localized(resource: Resource, here: Callable[[str, str], str | None], base: str) -> Resource:
    """A partner's resource with its references as they are here.

    Args:
        resource: as the partner has it.
        here: the reference of the copy of a resource of the partner's; None: there is none.
        base: FHIR base URL of the partner without a slash at the end. What is not copied is
            referred to there.
    """

    def resolve(reference: Resource) -> Resource | None:
        text = str(reference["reference"])
        relative = text.removeprefix(base + "/")
        if ":" in relative:
            return reference
        type, _, rest = relative.partition("/")
        local = here(type, rest.partition("/")[0])
        return {**reference, "reference": local or f"{base}/{relative}"}

    return with_references(resource, resolve)


def is_cancelling(task: Resource) -> bool:
    """Whether the requester asked the owner to stop, and has no answer."""
    return business_code(task) == CANCELLATION_REQUESTED and task.get("status") not in ENDED


def business_code(task: Resource) -> str:
    """Code of the business status in our code system; empty: it has none."""
    status = task.get("businessStatus")
    for coding in objects(status.get("coding") if isinstance(status, dict) else None):
        code = coding.get("code")
        if str(coding.get("system", "")).endswith(_SYSTEM) and isinstance(code, str):
            return code
    return ""


def business_status(code: str, base: str = DEFAULT_BASE) -> Resource:
    """A business status of ours as a CodeableConcept."""
    display = business_statuses()[code].display
    return {"coding": [{"system": base.rstrip("/") + _SYSTEM, "code": code, "display": display}]}


def _business_status(remote: Any, implied: str | None, base: str) -> Resource | None:
    """The partner's, with our code under our base; what its status implies where it says none."""
    if not isinstance(remote, dict) or not remote:
        return business_status(implied, base) if implied else None
    code = business_code({"businessStatus": remote})
    if code not in business_statuses():
        return remote
    ours = business_status(code, base)
    theirs = [
        one
        for one in objects(remote.get("coding"))
        if not str(one.get("system", "")).endswith(_SYSTEM)
    ]
    return {**remote, "coding": [*ours["coding"], *theirs]}


def _notes(
    local: Any, remote: Any, localize: Callable[[Resource], Resource]
) -> list[Resource] | None:
    """Ours, and those of the partner's that are not among them yet: notes are only ever added."""
    kept = objects(local)
    texts = {(one.get("text"), one.get("time")) for one in kept}
    new = [one for one in objects(remote) if (one.get("text"), one.get("time")) not in texts]
    return [*kept, *objects(localize({"note": new}).get("note"))] or None
