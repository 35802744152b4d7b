"""Consents to test with: by default, the plan may see what has no label for a year."""

from __future__ import annotations

from typing import Any

from tests.unit.adapter.referrals.world import PLAN, org

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def concept(*codes: str) -> dict[str, Any]:
    return {"coding": [{"system": ACT, "code": one} for one in codes]}


def actor(party: str, role: str = "IRCP") -> dict[str, Any]:
    return {"role": concept(role), "reference": org(party)}


PERMIT = {
    "type": "permit",
    "period": {"start": "2026-01-05", "end": "2027-01-05"},
    "actor": [actor(PLAN)],
    "action": [concept("disclose")],
}


def consent(provision: Any = None, **elements: Any) -> dict[str, Any]:
    made = {
        "resourceType": "Consent",
        "id": "ok",
        "status": "active",
        "scope": concept("patient-privacy"),
        "patient": {"reference": "Patient/p"},
        "provision": PERMIT if provision is None else provision,
        **elements,
    }
    return {name: value for name, value in made.items() if value is not None}
