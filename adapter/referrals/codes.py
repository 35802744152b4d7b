"""Codes within Task elements: reading one of a system, writing ours beside what others wrote."""

from __future__ import annotations

from typing import Any, Literal

from adapter.referrals.references import each, local
from profiles.canonicals import TASK_CODE, canonicals
from profiles.referral_codes import business_statuses, status_reasons

BUSINESS_STATUS = "ecm-referral-business-status"
STATUS_REASON = "ecm-referral-status-reason"

#: What a Task may ask to fulfil beside a referral (https://hl7.org/fhir/R4/request.html, types that
#: follow the pattern).
_OTHER_REQUESTS = frozenset({
    "Appointment", "CarePlan", "Claim", "CommunicationRequest", "CoverageEligibilityRequest",
    "DeviceRequest", "MedicationRequest", "NutritionOrder", "RequestGroup", "SupplyRequest",
    "VisionPrescription",
})  # fmt: skip

Kind = Literal["fulfill", "abort", "other"]


def code_in(concept: object, system: str) -> str | None:
    """The code of a CodeableConcept in one system; None: it has none there."""
    coding = concept.get("coding") if isinstance(concept, dict) else None
    found = (one.get("code") for one in each(coding) if one.get("system") == system)
    return next((one for one in found if isinstance(one, str)), None)


def kind_of(task: dict[str, Any]) -> Kind:
    """What a Task asks for: to fulfil a referral, to abort such a Task, or something else.

    A Task that asks to fulfil another request than a ServiceRequest, such as a prescription, is no
    referral; one whose focus is missing or elsewhere is held to the rules of one. A Task about a
    ServiceRequest that does not say what it asks for asks to fulfil it.
    """
    code = code_in(task.get("code"), TASK_CODE)
    focus = (local(task.get("focus")) or "").partition("/")[0]
    if "code" not in task and focus == "ServiceRequest":
        return "fulfill"
    if code == "fulfill" and focus in _OTHER_REQUESTS:
        return "other"
    return code if code in ("fulfill", "abort") else "other"  # type: ignore[return-value]


def business_status(task: dict[str, Any], base: str) -> str | None:
    """Code of `businessStatus` in our system."""
    return code_in(task.get("businessStatus"), canonicals(base).code_system(BUSINESS_STATUS))


def status_reason(task: dict[str, Any], base: str) -> str | None:
    """Code of `statusReason` in our system."""
    return code_in(task.get("statusReason"), canonicals(base).code_system(STATUS_REASON))


def with_business_status(task: dict[str, Any], code: str, base: str) -> dict[str, Any]:
    """A `businessStatus` that says `code` in our system, and in others what it said before."""
    system = canonicals(base).code_system(BUSINESS_STATUS)
    before = task.get("businessStatus")
    before = before if isinstance(before, dict) else {}
    others = [one for one in each(before.get("coding")) if one.get("system") != system]
    ours = {"system": system, "code": code, "display": business_statuses()[code].display}
    return {"coding": [ours, *others]}


def reason(code: str, base: str, text: str = "") -> dict[str, Any]:
    """A `statusReason` with a code of our system, and the words that it has to have."""
    display = status_reasons()[code].display
    system = canonicals(base).code_system(STATUS_REASON)
    return {
        "coding": [{"system": system, "code": code, "display": display}],
        "text": text or display,
    }
