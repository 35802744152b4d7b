"""What a partner's Task says, as the copy of it here is to say it.

The server of a Task's owner decides about the Task (SDOH Clinical Care, "Direct referral"). Its
statuses, reasons, notes and outputs are taken over; what the requester determined stays. Pure
functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapter.fhir_client.partner_answers import objects
from adapter.partners.references import Resource, with_references
from adapter.referrals.business_status import fits
from adapter.referrals.codes import BUSINESS_STATUS, with_business_status
from adapter.referrals.lifecycle import is_live
from profiles.referral_codes import business_statuses, taken_in

CANCELLATION_REQUESTED = "cancellation-requested"


#: What is said of a Task before its owner says anything.
_OF_THE_REQUESTER = (None, "sent-to-plan", "assigned-to-provider")


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
        # Where the partner says nothing, the rules here see that it goes with the status.
        "businessStatus": _business_status(
            remote.get("businessStatus"), business, status, local, base
        )
        or local.get("businessStatus"),
        "executionPeriod": remote.get("executionPeriod"),
        "output": objects(localize({"output": remote.get("output") or []}).get("output")) or None,
        "note": _notes(local.get("note"), remote.get("note"), localize),
    }
    if is_cancelling(local) and is_live({"resourceType": "Task", "status": status}):
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
    return _our_code(task.get("businessStatus")) == CANCELLATION_REQUESTED and is_live(task)


def _business_status(
    remote: Any, implied: str | None, status: str, local: Resource, base: str
) -> Resource | None:
    """The partner's, with our code under our base; what its status implies where it says none."""
    said: Resource = remote if isinstance(remote, dict) else {}
    code = _our_code(said)
    if implied and code in _OF_THE_REQUESTER:
        code = implied
    theirs = [one for one in objects(said.get("coding")) if not _is_ours(one)]
    rest: Resource = {**said, "coding": theirs}
    known = business_statuses().get(code or "")
    if known is None or not fits(known.code, status) or (known.hop == "plan" and "partOf" in local):
        return {name: value for name, value in rest.items() if value} or None
    made = with_business_status({"businessStatus": rest}, known.code, base)
    return {**made, "text": said["text"]} if "text" in said else made


def _our_code(concept: Any) -> str | None:
    """The code in our code system, under whoever's base."""
    codings = objects(concept.get("coding") if isinstance(concept, dict) else None)
    found = (one.get("code") for one in codings if _is_ours(one))
    return next((code for code in found if isinstance(code, str)), None)


def _is_ours(coding: Resource) -> bool:
    return str(coding.get("system", "")).endswith(f"/CodeSystem/{BUSINESS_STATUS}")


def _notes(
    local: Any, remote: Any, localize: Callable[[Resource], Resource]
) -> list[Resource] | None:
    """Ours, and those of the partner's that are not among them yet: notes are only ever added."""
    kept = objects(local)
    texts = {(one.get("text"), one.get("time")) for one in kept}
    new = [one for one in objects(remote) if (one.get("text"), one.get("time")) not in texts]
    return [*kept, *objects(localize({"note": new}).get("note"))] or None
