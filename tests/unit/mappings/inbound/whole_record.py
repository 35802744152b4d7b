"""One member's record with something of everything that is read, and no fault in it."""

from __future__ import annotations

from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    AID_CODE,
    ANSWER,
    ATTESTATION,
    BASE,
    CPT,
    ICD_10_CM,
    LOINC,
    MEMBER,
    PROGRAM,
    ROLE_CODE,
    SNOMED,
    Json,
    coded,
)

HOME = {
    "use": "home",
    "line": ["15100 Test Street"],
    "city": "Fairfield",
    "district": "Solano",
    "state": "CA",
    "postalCode": "94533",
    "period": {"start": "2020"},
}
PERIOD = {"start": "2025-01-08T20:00:00-08:00", "end": "2025-01-09"}

RECORD: list[Json] = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"lastUpdated": "2025-05-10T12:00:00-07:00"},
        "identifier": [{"system": "https://ehr.example.org/mrn", "value": "465100"}],
        "birthDate": "1973-08-09",
        "deceasedBoolean": False,
        "address": [HOME],
        "extension": [
            {
                "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {
                            "system": "urn:oid:2.16.840.1.113883.6.238",
                            "code": "1002-5",
                        },
                    }
                ],
            }
        ],
    },
    {
        "resourceType": "Organization",
        "id": "o1",
        "identifier": [{"system": "urn:npi", "value": "1"}],
        "name": "Partnership HealthPlan of California",
        "alias": ["PHC"],
        "address": [{"state": "CA"}],
    },
    {
        "resourceType": "Location",
        "id": "l1",
        "type": [coded(ROLE_CODE, "SNF")],
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "EMER"},
        "type": [coded(CPT, "99283")],
        "subject": MEMBER,
        "period": PERIOD,
        "reasonCode": [coded(SNOMED, "74400008")],
        "serviceProvider": {"reference": "Organization/o1", "display": "Hospital"},
        "partOf": {"reference": "Encounter/e2"},
    },
    {
        "resourceType": "Encounter",
        "id": "e2",
        "status": "in-progress",
        "class": {"system": ACT_CODE, "code": "IMP"},
        "type": [coded(SNOMED, "385763009")],
        "priority": coded("http://terminology.hl7.org/CodeSystem/v3-ActPriority", "EM"),
        "subject": MEMBER,
        "period": {"start": "2025-01-08"},
        "hospitalization": {
            "admitSource": coded("http://terminology.hl7.org/CodeSystem/admit-source", "emd"),
            "dischargeDisposition": coded(
                "http://terminology.hl7.org/CodeSystem/discharge-disposition", "hosp"
            ),
        },
        "diagnosis": [{"condition": {"reference": "Condition/c1"}, "rank": 1}],
        "reasonReference": [{"reference": "#c9"}],
        "contained": [{"resourceType": "Condition", "id": "c9", "code": coded(ICD_10_CM, "F29")}],
        "location": [{"location": {"reference": "Location/l1"}}],
        "serviceProvider": {"identifier": {"system": "urn:npi", "value": "1"}},
    },
    {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "verificationStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"
        ),
        "code": coded(ICD_10_CM, "Z59.01"),
        "subject": MEMBER,
        "onsetPeriod": {"start": "2024-11", "end": "2024-12-01"},
        "abatementDateTime": "2025-02-01",
        "recordedDate": "2024-12-01T10:00:00Z",
    },
    {
        "resourceType": "Observation",
        "id": "ob1",
        "status": "final",
        "code": coded(ATTESTATION, "complex-need"),
        "subject": MEMBER,
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2025-05-08",
        "valueCodeableConcept": coded(ANSWER, "yes"),
    },
    {
        "resourceType": "Observation",
        "id": "ob2",
        "status": "final",
        "code": coded(ATTESTATION, "ace-score"),
        "subject": MEMBER,
        "effectivePeriod": {"start": "2025-05-08", "end": "2025-05-08"},
        "valueQuantity": {"value": 5},
    },
    {
        "resourceType": "Observation",
        "id": "ob3",
        "status": "final",
        "code": coded(LOINC, "93025-5"),
        "subject": MEMBER,
        "issued": "2025-05-08T10:00:00-07:00",
        "component": [
            {"code": coded(LOINC, "71802-3"), "valueCodeableConcept": coded(LOINC, "LA30190-5")}
        ],
    },
    {
        "resourceType": "Observation",
        "id": "ob4",
        "status": "final",
        "code": coded(LOINC, "82810-3"),
        "subject": MEMBER,
        "effectiveInstant": "2025-05-08T10:00:00Z",
        "valueCodeableConcept": coded(LOINC, "LA15173-0"),
    },
    {
        "resourceType": "QuestionnaireResponse",
        "id": "q1",
        "questionnaire": f"{BASE}/Questionnaire/ecm-referral|1.0",
        "status": "completed",
        "subject": MEMBER,
        "encounter": {"reference": "Encounter/e1"},
        "authored": "2025-05-08",
        "item": [
            {
                "linkId": "group",
                "item": [
                    {
                        "linkId": "avoidable-encounter",
                        "answer": [
                            {
                                "valueBoolean": True,
                                "item": [
                                    {
                                        "linkId": "release-date",
                                        "answer": [{"valueDate": "2025-03-01"}],
                                    }
                                ],
                            }
                        ],
                    }
                ],
            }
        ],
    },
    {
        "resourceType": "EpisodeOfCare",
        "id": "ep1",
        "status": "active",
        "type": [coded(PROGRAM, "foster-care")],
        "patient": MEMBER,
        "managingOrganization": {"reference": "Organization/o1"},
        "period": {"start": "2024-02-12"},
    },
    {
        "resourceType": "Flag",
        "id": "f1",
        "status": "active",
        "code": coded(PROGRAM, "hospice"),
        "subject": MEMBER,
        "period": {"start": "2025-01-01"},
    },
    {
        "resourceType": "Procedure",
        "id": "pr1",
        "status": "completed",
        "code": coded(CPT, "59400"),
        "subject": MEMBER,
        "performedPeriod": {"start": "2024-05-30", "end": "2024-05-31"},
    },
    {
        "resourceType": "RelatedPerson",
        "id": "r1",
        "active": True,
        "patient": MEMBER,
        "relationship": [coded(ROLE_CODE, "CHILD")],
        "birthDate": "2019-03-08",
        "address": [HOME],
    },
    {
        "resourceType": "Coverage",
        "id": "cov1",
        "status": "active",
        "type": {
            "coding": [
                {"system": ACT_CODE, "code": "MCPOL"},
                {"system": AID_CODE, "code": "4M"},
            ]
        },
        "beneficiary": MEMBER,
        "period": {"start": "2022-01-01"},
        "payor": [{"reference": "#payor", "identifier": {"system": "urn:npi", "value": "1"}}],
        "contained": [{"resourceType": "Organization", "id": "payor", "name": "Health Net"}],
    },
    {
        "resourceType": "ExplanationOfBenefit",
        "id": "b1",
        "status": "active",
        "patient": MEMBER,
        "contained": [
            {
                "resourceType": "Coverage",
                "id": "coverage",
                "status": "active",
                "beneficiary": MEMBER,
                "payor": [{"display": "Medicaid"}],
            }
        ],
    },
]
