"""A referral and its Task, written out by hand as our profiles ask."""

from __future__ import annotations

import copy
from typing import Any

BASE = "https://ecm.example.org/fhir"
_PLACER = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}]}
_SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

_REFERRAL: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "meta": {
        "profile": [f"{BASE}/StructureDefinition/ecm-referral"],
        "security": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"},
            {"system": _ACT, "code": "ETH"},
            {"system": _ACT, "code": "PSY"},
        ],
    },
    "identifier": [{"type": _PLACER, "system": f"{BASE}/sid/referral", "value": "k1"}],
    "status": "draft",
    "intent": "order",
    "category": [
        {"coding": [{"system": "http://snomed.info/sct", "code": "410606002"}]},
        {"coding": [{"system": _SDOH, "code": "sdoh-category-unspecified"}]},
    ],
    "priority": "routine",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "386230005"}]},
    "subject": {"reference": "Patient/p1"},
    "occurrencePeriod": {"start": "2026-01-15"},
    "authoredOn": "2026-01-15",
    "requester": {"reference": "Practitioner/d1"},
    "reasonCode": [
        {
            "coding": [
                {"system": f"{BASE}/CodeSystem/ecm-population-of-focus", "code": "smi-sud-adult"}
            ]
        }
    ],
    "reasonReference": [{"reference": "Condition/c1"}],
    "insurance": [{"reference": "Coverage/v1"}],
}

_TASK: dict[str, Any] = {
    "resourceType": "Task",
    "meta": {"profile": [f"{BASE}/StructureDefinition/ecm-referral-task"]},
    "identifier": [{"type": _PLACER, "system": f"{BASE}/sid/referral-task", "value": "k1"}],
    "groupIdentifier": {"system": f"{BASE}/sid/referral-thread", "value": "k1"},
    "status": "requested",
    "intent": "order",
    "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
    "focus": {"reference": "ServiceRequest/r1"},
    "for": {"reference": "Patient/p1"},
    "authoredOn": "2026-01-15",
    "requester": {"reference": "Organization/o1"},
    "owner": {"type": "Organization", "identifier": {"system": f"{BASE}/sid/plan", "value": "p"}},
}


def referral(**changed: Any) -> dict[str, Any]:
    """A valid referral; an element given as None is left out."""
    return _changed(_REFERRAL, changed)


def task(**changed: Any) -> dict[str, Any]:
    """A valid Task of that referral; an element given as None is left out."""
    return _changed(_TASK, changed)


def _changed(resource: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    whole = {**copy.deepcopy(resource), **changed}
    return {name: value for name, value in whole.items() if value is not None}
