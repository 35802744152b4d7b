"""One resource of every type, of which another must not see a byte.

Ids, identifiers and names are known to whoever asks: they hold the mark `zvz`. The same question
about `zxz`, which is nowhere, has to get the same answer. Everything else a victim says holds a
canary.
"""

from __future__ import annotations

from typing import Any

from tests.contract.fhir.tenants import CLINIC, NPI, PLAN

Json = dict[str, Any]

MARK, NOWHERE = "zvz", "zxz"
#: In what the tenant's own parties do not see either, and in what they do.
CANARY, PUBLIC_CANARY = "canary-f3a9", "canary-pub1"

IDENTIFIER = {"system": "urn:known", "value": f"{MARK}-value"}

#: Every party of a tenant sees these.
DIRECTORY = frozenset({
    "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Location", "Endpoint",
    "Questionnaire",
})  # fmt: skip

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def id_of(type: str) -> str:
    """The id of the victim of a type."""
    return f"{MARK}-{type.lower()}"


def reference(type: str) -> Json:
    """To the victim of a type."""
    return {"reference": f"{type}/{id_of(type)}"}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}], "text": CANARY}


def _party(value: str) -> Json:
    return {"identifier": {"system": NPI, "value": value}}


_PATIENT, _PLAN, _CLINIC = reference("Patient"), _party(PLAN), _party(CLINIC)
_TEXT = {"text": CANARY}

_ELEMENTS: dict[str, Json] = {
    "Practitioner": {"name": [{"family": "Zvzname", "text": PUBLIC_CANARY}]},
    "Location": {"name": "Zvzname", "description": PUBLIC_CANARY},
    "Organization": {"name": "Zvzname", "alias": [PUBLIC_CANARY]},
    "HealthcareService": {"name": "Zvzname", "comment": PUBLIC_CANARY},
    "PractitionerRole": {
        "practitioner": reference("Practitioner"),
        "code": [{"text": PUBLIC_CANARY}],
    },
    "Endpoint": {
        "status": "active",
        "name": "Zvzname",
        "connectionType": {
            "system": f"{_TERMINOLOGY}/endpoint-connection-type",
            "code": "hl7-fhir-rest",
        },
        "payloadType": [{"text": PUBLIC_CANARY}],
        "address": "https://zvz.example.org",
    },
    "Questionnaire": {"status": "active", "title": "Zvzname", "description": PUBLIC_CANARY},
    "Patient": {
        "name": [{"family": "Zvzname", "text": CANARY}],
        "gender": "female",
        "birthDate": "1980-02-03",
    },
    "Device": {"deviceName": [{"name": CANARY, "type": "other"}], "patient": _PATIENT},
    "RelatedPerson": {"patient": _PATIENT, "name": [{"family": "Zvzname", "text": CANARY}]},
    "Group": {
        "type": "person",
        "actual": True,
        "name": CANARY,
        "member": [{"entity": _PATIENT}],
    },
    "Coverage": {
        "status": "active",
        "beneficiary": _PATIENT,
        "payor": [_PLAN],
        "subscriberId": CANARY,
    },
    "Condition": {
        "subject": _PATIENT,
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z59.01"}]},
        "note": [_TEXT],
    },
    "Observation": {"status": "final", "subject": _PATIENT, "code": _TEXT, "valueString": CANARY},
    "Encounter": {
        "status": "finished",
        "class": {"system": f"{_TERMINOLOGY}/v3-ActCode", "code": "AMB"},
        "subject": _PATIENT,
        "reasonCode": [_TEXT],
    },
    "Goal": {"lifecycleStatus": "active", "description": _TEXT, "subject": _PATIENT},
    "QuestionnaireResponse": {
        "status": "completed",
        "subject": _PATIENT,
        "item": [{"linkId": "1", "text": CANARY, "answer": [{"valueString": CANARY}]}],
    },
    "Consent": {
        "status": "active",
        "scope": _coded(f"{_TERMINOLOGY}/consentscope", "patient-privacy"),
        "category": [_coded("http://loinc.org", "59284-0")],
        "patient": _PATIENT,
        "dateTime": "2026-01-01",
        "policyRule": _TEXT,
    },
    "CarePlan": {"status": "active", "intent": "plan", "subject": _PATIENT, "title": CANARY},
    "CareTeam": {"status": "active", "subject": _PATIENT, "name": CANARY},
    "Communication": {
        "status": "completed",
        "subject": _PATIENT,
        "payload": [{"contentString": CANARY}],
    },
    "DocumentReference": {
        "status": "current",
        "subject": _PATIENT,
        "description": CANARY,
        "content": [{"attachment": {"contentType": "text/plain", "title": CANARY}}],
    },
    "AllergyIntolerance": {
        "clinicalStatus": _coded(f"{_TERMINOLOGY}/allergyintolerance-clinical", "active"),
        "patient": _PATIENT,
        "code": _TEXT,
    },
    "FamilyMemberHistory": {"status": "partial", "patient": _PATIENT, "relationship": _TEXT},
    "Immunization": {
        "status": "completed",
        "vaccineCode": _TEXT,
        "patient": _PATIENT,
        "occurrenceDateTime": "2026-01-01",
    },
    "Medication": {"code": _TEXT},
    "MedicationRequest": {
        "status": "active",
        "intent": "order",
        "medicationReference": reference("Medication"),
        "subject": _PATIENT,
        "note": [_TEXT],
    },
    "MedicationDispense": {
        "status": "completed",
        "medicationCodeableConcept": _TEXT,
        "subject": _PATIENT,
        "authorizingPrescription": [reference("MedicationRequest")],
    },
    "MedicationAdministration": {
        "status": "completed",
        "medicationCodeableConcept": _TEXT,
        "subject": _PATIENT,
        "effectiveDateTime": "2026-01-01",
        "request": reference("MedicationRequest"),
    },
    "Specimen": {"subject": _PATIENT, "type": _TEXT},
    "ImagingStudy": {"status": "available", "subject": _PATIENT, "description": CANARY},
    "DiagnosticReport": {
        "status": "final",
        "subject": _PATIENT,
        "code": _TEXT,
        "specimen": [reference("Specimen")],
        "imagingStudy": [reference("ImagingStudy")],
    },
    "EpisodeOfCare": {
        "status": "active",
        "patient": _PATIENT,
        "managingOrganization": {**_PLAN, "display": CANARY},
    },
    "Procedure": {"status": "completed", "subject": _PATIENT, "code": _TEXT},
    "ServiceRequest": {
        "status": "active",
        "intent": "order",
        "subject": _PATIENT,
        "code": _TEXT,
        "requester": _PLAN,
        "reasonReference": [reference("Condition")],
    },
    "Task": {
        "status": "draft",
        "intent": "order",
        "for": _PATIENT,
        "focus": reference("ServiceRequest"),
        "description": CANARY,
        "requester": _PLAN,
        "owner": _CLINIC,
    },
}

_ONE_IDENTIFIER = frozenset({"QuestionnaireResponse"})

#: In an order in which each refers to what is there.
TYPES = tuple(_ELEMENTS)


def victim(type: str) -> Json:
    """The resource of a type."""
    resource: Json = {"resourceType": type, "id": id_of(type), **_ELEMENTS[type]}
    if type in _ONE_IDENTIFIER:
        resource["identifier"] = IDENTIFIER
    else:
        resource["identifier"] = [IDENTIFIER]
    return resource


def subscription(port: int, path: str, criteria: str) -> Json:
    """A Subscription to Tasks, with all they hold, that meet the criteria."""
    content = {
        "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
        "backport-payload-content",
        "valueCode": "full-resource",
    }
    criterion = {
        "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
        "backport-filter-criteria",
        "valueString": criteria,
    }
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "probe",
        "criteria": "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task",
        "_criteria": {"extension": [criterion]},
        "channel": {
            "type": "rest-hook",
            "endpoint": f"http://127.0.0.1:{port}{path}",
            "payload": "application/fhir+json",
            "_payload": {"extension": [content]},
        },
    }


def shadow(type: str) -> Json:
    """Another resource of the same id, identifier and references, without a canary."""
    made: Json = _without_canaries(victim(type))
    return made


def _without_canaries(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_canaries(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_canaries(one) for one in value]
    return "shadow" if value in (CANARY, PUBLIC_CANARY) else value
