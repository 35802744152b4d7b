"""A member's record in a few words, for the tests of the mappers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from eligibility.dates import Days
from eligibility.facts import Issue, MemberFacts
from mappings.inbound.bundle import read_member

Json = dict[str, Any]

BASE = "https://ecm.example.org/fhir"
ATTESTATION = f"{BASE}/CodeSystem/ecm-attestation"
PROGRAM = f"{BASE}/CodeSystem/ecm-program"
ANSWER = f"{BASE}/CodeSystem/ecm-answer"
AID_CODE = f"{BASE}/CodeSystem/medi-cal-aid-code"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

MEMBER = {"reference": "Patient/p1"}
#: The member that `facts` reads, where a test gives no Patient of its own.
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1980-02-29",
    "address": [{"use": "home", "district": "Solano", "state": "CA"}],
}


def coded(system: str | None, code: str, **more: Any) -> Json:
    """A CodeableConcept of one coding."""
    coding = {"code": code} if system is None else {"system": system, "code": code}
    return {"coding": [coding], **more}


def bundle(*resources: Json, **more: Any) -> bytes:
    """A collection Bundle."""
    entries = [{"resource": resource} for resource in resources]
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}
    return msgspec.json.encode(document)


def facts(*resources: Json, **asked: Any) -> MemberFacts:
    """What is known of the member; `PATIENT` is added where no Patient is given."""
    given = [*resources]
    if not any(resource.get("resourceType") == "Patient" for resource in given):
        given.append(PATIENT)
    return read_member(bundle(*given), **asked)


def maker(resource_type: str, **standard: Any) -> Callable[..., Json]:
    """A maker of resources of one type about the member; an element set to None is left out.

    `class_` stands for the element `class`.
    """

    def make(id: str = "x1", **elements: Any) -> Json:
        stated = {"resourceType": resource_type, "id": id, **standard, **elements}
        return {name.rstrip("_"): value for name, value in stated.items() if value is not None}

    return make


def day(text: str) -> Days:
    """One whole day."""
    return Days(date.fromisoformat(text), date.fromisoformat(text))


def codes(found: MemberFacts) -> list[str]:
    """The kinds of the issues, in order."""
    return [issue.code for issue in found.issues]


def only_issue(found: MemberFacts) -> Issue:
    """The one issue there is."""
    (issue,) = found.issues
    return issue
