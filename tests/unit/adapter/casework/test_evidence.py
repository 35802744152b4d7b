"""What goes along from a chart: found by name, rewritten, told in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapter.casework.evidence import entries, found, told, urn_of
from mappings.inbound.collect import collect

CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "id": "c1",
    "meta": {"versionId": "7", "security": [{"code": "R"}]},
    "text": {"status": "generated", "div": "<div>More than that</div>"},
    "subject": {"reference": "https://ehr.example.org/r4/Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "recorder": {"reference": "Practitioner/d1", "display": "Dr. Doe"},
    "asserter": {"reference": "Practitioner/d2"},
    "code": {"text": "Sheltered homelessness"},
    "recordedDate": "2026-01-05",
}
ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "e1",
    "identifier": [{"system": "urn:visits", "value": "9"}],
    "subject": {"reference": "Patient/p1"},
    "class": {"display": "emergency"},
    "period": {"start": "2026-01-04T10:00:00-08:00"},
}


def _entries(whose: str = "urn:mrn|1") -> list[dict[str, Any]]:
    evidence = {"Condition/c1": CONDITION, "Encounter/e1": ENCOUNTER}
    return entries(evidence, "urn:uuid:member", "Patient/p1", whose=whose)


def test_references_lead_to_what_goes_along_and_nowhere_else():
    condition, encounter = (one["resource"] for one in _entries())
    assert condition["subject"] == encounter["subject"] == {"reference": "urn:uuid:member"}
    assert condition["encounter"] == {"reference": urn_of("Encounter/e1")}
    assert condition["recorder"] == {"display": "Dr. Doe"}
    assert "asserter" not in condition


@pytest.mark.parametrize("member", ("urn:uuid:0b1e", "Patient?identifier=urn:mrn|1"))
def test_an_entry_is_the_members_however_the_chart_says_so(member: str):
    """Charts as Synthea writes them refer by fullUrl, in a transaction, or by a search."""
    condition = CONDITION | {"subject": {"reference": member}}
    condition["encounter"] = {"reference": "urn:uuid:e1e1"}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:0b1e", "resource": {"resourceType": "Patient", "id": "p1"}},
            {"fullUrl": "urn:uuid:c1c1", "resource": condition},
            {"fullUrl": "urn:uuid:e1e1", "resource": ENCOUNTER},
        ],
    }
    chart = collect(json.dumps(bundle).encode())
    held = found(chart, ("Condition/c1", "Encounter/e1"))
    sent, _ = entries(held, "urn:uuid:member", "Patient/p1", whose="urn:mrn|1")
    assert sent["resource"]["subject"] == {"reference": "urn:uuid:member"}
    assert sent["resource"]["encounter"] == {"reference": urn_of("Encounter/e1")}


def test_narrative_and_version_stay_and_labels_go():
    condition = _entries()[0]["resource"]
    assert {"id", "text"}.isdisjoint(condition)
    assert condition["meta"] == {"security": [{"code": "R"}]}


def test_the_same_entry_of_a_member_is_found_again_and_of_another_is_not():
    mine, again, theirs = (_entries(one)[0]["request"] for one in ("a|1", "a|1", "a|2"))
    assert mine == again != theirs
    assert _entries()[1]["request"]["ifNoneExist"] == "identifier=urn:visits|9"


def test_entries_are_found_by_the_names_of_a_determination():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": CONDITION}, {"resource": ENCOUNTER}],
    }
    resources = collect(json.dumps(bundle).encode())
    assert found(resources, ["Encounter/e1", "Encounter/e2"]) == {"Encounter/e1": ENCOUNTER}


@pytest.mark.parametrize(
    ("resource", "says"),
    (
        (CONDITION, ("Diagnosis or need", "Sheltered homelessness", "2026-01-05")),
        (ENCOUNTER, ("Visit", "emergency", "2026-01-04")),
        (
            {
                "resourceType": "Observation",
                "code": {"coding": [{"code": "in-shelter"}]},
                "valueBoolean": True,
            },
            ("Answer", "Lives in a shelter: yes", ""),
        ),
        (
            {
                "resourceType": "Coverage",
                "contained": [{"id": "payor", "name": "Redwood"}],
                "payor": [{"reference": "#payor"}],
            },
            ("Coverage", "Redwood", ""),
        ),
    ),
)
def test_an_entry_is_told_in_a_few_words(resource: dict[str, Any], says: tuple[str, str, str]):
    entry = told("X/1", resource)
    assert (entry.title, entry.says, entry.on) == says
