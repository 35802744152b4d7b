"""What FHIR R4 itself asks: every invariant held is broken once; required codes are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import profiles
from profiles.validate import validate
from profiles.validate.standard import required_codes

TABLE = Path(profiles.__file__).parent / "definitions" / "invariants.json"
KEYS = sorted((one["key"], one["context"]) for one in json.loads(TABLE.read_bytes())["invariants"])

TEXT = {"text": "x"}
PATIENT = {"reference": "Patient/p"}
BAD_PERIOD = {"start": "2026-02-01", "end": "2026-01-01"}
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance"


def of(type: str, **elements: Any) -> dict[str, Any]:
    needed: dict[str, dict[str, Any]] = {
        "Condition": {"subject": PATIENT},
        "Observation": {"status": "final", "code": TEXT},
        "AllergyIntolerance": {"patient": PATIENT},
        "FamilyMemberHistory": {"status": "partial", "patient": PATIENT, "relationship": TEXT},
        "Immunization": {
            "status": "completed",
            "vaccineCode": TEXT,
            "patient": PATIENT,
            "occurrenceString": "x",
        },
        "MedicationAdministration": {
            "status": "completed",
            "medicationCodeableConcept": TEXT,
            "subject": PATIENT,
            "effectiveDateTime": "2026",
        },
        "MedicationDispense": {"status": "completed", "medicationCodeableConcept": TEXT},
        "Questionnaire": {"status": "draft"},
        "QuestionnaireResponse": {"status": "completed"},
        "CarePlan": {"status": "active", "intent": "plan", "subject": PATIENT},
        "Goal": {"lifecycleStatus": "active", "description": TEXT, "subject": PATIENT},
        "Group": {"type": "person", "actual": True},
        "Task": {"status": "draft", "intent": "order"},
        "ServiceRequest": {"status": "draft", "intent": "order", "subject": PATIENT},
        "Consent": {"status": "active", "scope": TEXT, "category": [TEXT], "patient": PATIENT},
        "AuditEvent": {
            "type": {"code": "rest"},
            "recorded": "2026-01-01T00:00:00Z",
            "agent": [{"requestor": True}],
            "source": {"observer": {"display": "x"}},
        },
        "Bundle": {"type": "collection"},
    }
    return {"resourceType": type, **needed.get(type, {}), **elements}


def asking(**item: Any) -> dict[str, Any]:
    return of("Questionnaire", item=[{"linkId": "1", "type": "string", **item}])


def repeating(**repeat: Any) -> dict[str, Any]:
    return of("ServiceRequest", occurrenceTiming={"repeat": repeat}, code=TEXT)


def quantity(**value: Any) -> dict[str, Any]:
    return of("Observation", valueQuantity=value)


def bundle(type: str, *entries: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries), **elements}


P = {"resourceType": "Patient"}
GET = {"method": "GET", "url": "Patient"}
BROKEN: dict[tuple[str, str], dict[str, Any]] = {
    ("att-1", "Attachment"): of("Patient", photo=[{"data": "eA=="}]),
    ("sev-1", "AuditEvent.entity"): of("AuditEvent", entity=[{"name": "x", "query": "eA=="}]),
    ("bdl-1", "Bundle"): of("Bundle", total=1),
    ("bdl-2", "Bundle"): bundle("collection", {"resource": P, "search": {"mode": "match"}}),
    ("bdl-3", "Bundle"): bundle("collection", {"resource": P, "request": GET}),
    ("bdl-4", "Bundle"): bundle("collection", {"resource": P, "response": {"status": "200"}}),
    ("bdl-5", "Bundle.entry"): bundle("collection", {"fullUrl": "urn:uuid:" + "0" * 8}),
    ("bdl-7", "Bundle"): bundle(
        "collection", *[{"fullUrl": "http://e.org/P/1", "resource": P}] * 2
    ),
    ("bdl-8", "Bundle.entry"): bundle(
        "collection", {"fullUrl": "http://e.org/Patient/1/_history/1", "resource": P}
    ),
    ("bdl-9", "Bundle"): bundle("document", timestamp="2026-01-01T00:00:00Z"),
    ("bdl-10", "Bundle"): bundle("document", identifier={"system": "http://e.org/s", "value": "1"}),
    ("ait-1", "AllergyIntolerance"): of("AllergyIntolerance"),
    ("ait-2", "AllergyIntolerance"): of(
        "AllergyIntolerance",
        clinicalStatus={"coding": [{"system": f"{ALLERGY}-clinical", "code": "active"}]},
        verificationStatus={
            "coding": [{"system": f"{ALLERGY}-verification", "code": "entered-in-error"}]
        },
    ),
    ("cpl-3", "CarePlan.activity"): of(
        "CarePlan",
        activity=[{"detail": {"status": "not-started"}, "reference": {"reference": "Task/1"}}],
    ),
    ("con-1", "Condition.stage"): of("Condition", stage=[{"type": TEXT}]),
    ("con-2", "Condition.evidence"): of("Condition", evidence=[{"id": "e"}]),
    ("con-4", "Condition"): of("Condition", abatementDateTime="2026"),
    ("con-5", "Condition"): of(
        "Condition",
        clinicalStatus={"coding": [{"system": CLINICAL, "code": "active"}]},
        verificationStatus={"coding": [{"system": VERIFIED, "code": "entered-in-error"}]},
    ),
    ("fhs-1", "FamilyMemberHistory"): of("FamilyMemberHistory", ageString="old", bornDate="1950"),
    ("fhs-2", "FamilyMemberHistory"): of("FamilyMemberHistory", estimatedAge=True),
    ("imm-1", "Immunization.education"): of("Immunization", education=[{"id": "e"}]),
    ("mad-1", "MedicationAdministration.dosage"): of(
        "MedicationAdministration", dosage={"text": "one tablet"}
    ),
    ("mdd-1", "MedicationDispense"): of(
        "MedicationDispense", whenPrepared="2026-02-01", whenHandedOver="2026-01-01"
    ),
    ("ppc-1", "Consent"): of("Consent"),
    ("cpt-2", "ContactPoint"): of("Patient", telecom=[{"value": "1"}]),
    ("dom-2", "DomainResource"): of("Patient", contained=[{**P, "id": "a", "contained": [P]}]),
    ("dom-4", "DomainResource"): of("Patient", contained=[{**P, "meta": {"versionId": "1"}}]),
    ("dom-5", "DomainResource"): of(
        "Patient", contained=[{**P, "meta": {"security": [{"code": "R"}]}}]
    ),
    ("ext-1", "Extension"): of("Patient", extension=[{"url": "http://e.org/x"}]),
    ("gol-1", "Goal.target"): of("Goal", target=[{"detailString": "x"}]),
    ("grp-1", "Group"): of("Group", actual=False, member=[{"entity": PATIENT}]),
    ("obs-3", "Observation.referenceRange"): of("Observation", referenceRange=[{"type": TEXT}]),
    ("obs-6", "Observation"): of("Observation", valueString="x", dataAbsentReason=TEXT),
    ("org-1", "Organization"): of("Organization", active=True),
    ("org-2", "Organization"): of("Organization", name="x", address=[{"use": "home"}]),
    ("org-3", "Organization"): of(
        "Organization", name="x", telecom=[{"system": "phone", "value": "1", "use": "home"}]
    ),
    ("inv-1", "Parameters.parameter"): of("Parameters", parameter=[{"name": "x"}]),
    ("pat-1", "Patient.contact"): of("Patient", contact=[{"gender": "other"}]),
    ("per-1", "Period"): of("Patient", name=[{"family": "x", "period": BAD_PERIOD}]),
    ("qty-3", "Quantity"): quantity(value=1, code="d"),
    ("que-1", "Questionnaire.item"): asking(type="group"),
    ("que-2", "Questionnaire"): of("Questionnaire", item=[{"linkId": "1", "type": "string"}] * 2),
    ("que-3", "Questionnaire.item"): asking(type="display", code=[{"code": "x"}]),
    ("que-4", "Questionnaire.item"): asking(
        type="choice", answerOption=[{"valueString": "x"}], answerValueSet="http://e.org/v"
    ),
    ("que-5", "Questionnaire.item"): asking(type="boolean", answerValueSet="http://e.org/v"),
    ("que-6", "Questionnaire.item"): asking(type="display", required=True),
    ("que-7", "Questionnaire.item.enableWhen"): asking(
        enableWhen=[{"question": "1", "operator": "exists", "answerString": "x"}]
    ),
    ("que-8", "Questionnaire.item"): asking(type="display", initial=[{"valueString": "x"}]),
    ("que-9", "Questionnaire.item"): asking(type="display", readOnly=True),
    ("que-10", "Questionnaire.item"): asking(type="date", maxLength=3),
    ("que-11", "Questionnaire.item"): asking(
        answerOption=[{"valueString": "x"}], initial=[{"valueString": "x"}]
    ),
    ("que-12", "Questionnaire.item"): asking(
        enableWhen=[{"question": "1", "operator": "=", "answerString": "x"}] * 3
    ),
    ("que-13", "Questionnaire.item"): asking(initial=[{"valueString": "x"}, {"valueString": "y"}]),
    ("qrs-1", "QuestionnaireResponse.item"): of(
        "QuestionnaireResponse",
        item=[{"linkId": "1", "answer": [{"valueString": "x"}], "item": [{"linkId": "2"}]}],
    ),
    ("rat-1", "Ratio"): of("Observation", valueRatio={"numerator": {"value": 1}}),
    ("prr-1", "ServiceRequest"): of("ServiceRequest", orderDetail=[TEXT]),
    ("inv-1", "Task"): of("Task", authoredOn="2026-02-01", lastModified="2026-01-01"),
    ("tim-1", "Timing.repeat"): repeating(duration=1),
    ("tim-2", "Timing.repeat"): repeating(period=1),
    ("tim-4", "Timing.repeat"): repeating(duration=-1, durationUnit="d"),
    ("tim-5", "Timing.repeat"): repeating(period=-1, periodUnit="d"),
    ("tim-6", "Timing.repeat"): repeating(periodMax=1),
    ("tim-7", "Timing.repeat"): repeating(durationMax=1),
    ("tim-8", "Timing.repeat"): repeating(countMax=1),
    ("tim-9", "Timing.repeat"): repeating(offset=1),
    ("tim-10", "Timing.repeat"): repeating(timeOfDay=["10:00:00"], when=["MORN"]),
}


def test_every_invariant_that_is_held_is_broken_below():
    assert sorted(BROKEN) == KEYS


@pytest.mark.parametrize(("key", "context"), BROKEN)
def test_a_broken_invariant_is_told_by_its_key_with_a_remedy(key, context):
    faults = [one for one in validate(BROKEN[key, context]) if one.rule == f"FHIR R4 {key}"]
    assert faults, validate(BROKEN[key, context])
    assert all(one.remedy.endswith(".") for one in faults)


def test_what_an_invariant_leaves_open_is_allowed():
    """Days of unlike precision, a resource within a Bundle, an extension in place of a value."""
    assert (
        validate(of("Patient", name=[{"period": {"start": "2026-01-15", "end": "2026-01"}}])) == ()
    )
    extension = {"url": "http://e.org/x", "valueCode": "unknown"}
    ratio = {"extension": [extension]}
    entry = {"resource": of("Observation", valueRatio=ratio)}
    assert validate(bundle("collection", entry)) == ()


@pytest.mark.parametrize(
    ("model", "element", "code"),
    (
        *(("Task", "status", "received"), ("Task", "intent", "order"), ("Timing", "code", None)),
        *(("TimingRepeat", "when", "MORN"), ("AuditEvent", "action", "E")),
        *(("AuditEventAgentNetwork", "type", "2"), ("Quantity", "comparator", ">=")),
        *(("OperationOutcomeIssue", "code", "not-found"), ("EpisodeOfCare", "status", "onhold")),
        *(("ConsentProvision", "type", "deny"), ("SubscriptionChannel", "type", "rest-hook")),
        *(("Identifier", "use", "old"), ("QuestionnaireItem", "type", "choice")),
    ),
)
def test_required_bindings_are_those_of_the_standard(model, element, code):
    codes = required_codes().get((model, element), {})
    assert (code in {each for of_one in codes.values() for each in of_one}) == (code is not None)


@pytest.mark.parametrize(
    ("resource", "place"),
    (
        (of("Condition", clinicalStatus=TEXT), "Condition.clinicalStatus"),
        (
            of("Condition", clinicalStatus={"coding": [{"system": VERIFIED, "code": "active"}]}),
            "Condition.clinicalStatus",
        ),
        (quantity(value=1, comparator="≥"), "Observation.valueQuantity.comparator"),
        (repeating(when=["LUNCH"]), "ServiceRequest.occurrenceTiming.repeat.when[0]"),
        (of("AuditEvent", action="X"), "AuditEvent.action"),
    ),
)
def test_a_code_outside_of_a_required_binding_is_told_wherever_it_stands(resource, place):
    assert [one.expression for one in validate(resource)] == [place]
