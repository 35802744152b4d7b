"""Prefetch answered from a file, as the patient's FHIR server would."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.cds_client.chart import Chart, read_chart
from adapter.errors import UnusableInput
from tests.unit.adapter.command import bundle, emergency_visit, ndjson, patient

PROBLEM = {
    "resourceType": "Condition",
    "id": "c1",
    "clinicalStatus": {"coding": [{"system": "urn:s", "code": "active"}]},
    "category": [{"coding": [{"system": "urn:c", "code": "problem-list-item"}]}],
    "subject": {"reference": "https://ehr.example.org/fhir/Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "v1",
    "status": "active",
    "beneficiary": {"reference": "Patient/p1"},
}
OTHERS = {"resourceType": "Condition", "id": "c2", "subject": {"reference": "Patient/p10"}}


def a_chart(*more: dict[str, Any]) -> Chart:
    data = bundle(patient(), PROBLEM, COVERAGE, OTHERS, emergency_visit("e1", "2025-01-03"), *more)
    return read_chart(data, patient=None, name="chart.json")


def found(query: str) -> list[str]:
    """Ids of what a search finds, with what was not evaluated behind."""
    answered = a_chart().answer(query)
    assert answered.value is not None
    entries = answered.value.get("entry", [])
    assert answered.value["total"] == len(entries)
    return [e["resource"]["id"] for e in entries] + [f"not {n}" for n in answered.ignored]


@pytest.mark.parametrize(
    ("query", "ids"),
    (
        ("Condition?patient=p1", ["c1"]),
        ("Condition?subject=Patient/p1&_count=1&_sort=-date", ["c1"]),
        ("Condition?patient=p2", []),
        ("Coverage?beneficiary=p1", ["v1"]),
        ("Condition?patient=p1&category=problem-list-item", ["c1"]),
        ("Condition?patient=p1&category=urn:c|problem-list-item,other", ["c1"]),
        ("Condition?patient=p1&category=urn%3Ac%7Cproblem-list-item", ["c1"]),
        ("Condition?patient=p1&category=urn:x|problem-list-item", []),
        ("Condition?patient=p1&clinical-status=active", ["c1"]),
        ("Condition?patient=p1&code=urn:x|1", []),
        ("Condition?encounter=Encounter/e1", ["c1"]),
        ("Encounter?patient=p1&class=EMER", ["e1"]),
        ("Encounter?_id=e1", ["e1"]),
        ("Coverage?patient=p1&status=active", ["v1"]),
        ("Procedure?patient=p1", []),
        ("Encounter?patient=p1&date=ge2025-01-01", ["e1", "not date"]),
        ("Condition?patient=p1&code:in=https://vs.example.org", ["c1", "not code:in"]),
        ("Encounter?patient=p1&_include=Encounter:location", ["e1", "not _include"]),
    ),
)
def test_a_search_selects_as_its_parameters_say(query: str, ids: list[str]):
    """By patient, reference and code; what is not understood selects nothing and is named."""
    assert found(query) == ids


def test_a_read_gives_the_resource_or_nothing():
    """None where there is no such resource; then the key is null."""
    chart = a_chart()
    read = chart.answer("Patient/p1").value
    assert read is not None
    assert read["id"] == "p1"
    assert chart.answer("Encounter/e9").value is None


def test_members_of_a_transaction_are_known_by_their_urn():
    """References to the Patient's fullUrl are references to the patient."""
    data = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": patient()},
            {
                "fullUrl": "urn:uuid:2",
                "resource": PROBLEM | {"subject": {"reference": "urn:uuid:1"}},
            },
        ],
    }
    lines = ndjson(data)
    chart = read_chart(lines, patient="Patient/p1", name="chart")
    answered = chart.answer("Condition?patient=p1").value
    assert answered is not None
    assert answered["entry"][0]["fullUrl"] == "urn:uuid:2"


def test_ndjson_is_a_chart_too():
    """One resource a line, blank lines left out."""
    lines = [ndjson(patient()), b"\n", ndjson(COVERAGE)]
    assert len(read_chart(lines, patient=None, name="x").entries) == 2


@pytest.mark.parametrize(
    ("data", "chosen", "told"),
    (
        (b"{", None, "is not JSON"),
        (b'"\xff"', None, "is not JSON"),
        (b"[1, null]", None, "0 Patients"),
        (bundle(COVERAGE), None, "0 Patients"),
        (bundle(patient("a"), patient("b")), None, "2 Patients"),
        (bundle(patient("a"), patient("b")), "Patient/c", "no such Patient"),
    ),
)
def test_a_file_without_its_one_patient_is_refused(data: bytes, chosen: str | None, told: str):
    """Whose chart it is decides everything."""
    with pytest.raises(UnusableInput, match=told):
        read_chart(data, patient=chosen, name="chart.json")


def test_odd_resources_are_no_obstacle():
    """Lists where an object belongs, numbers where a text belongs."""
    odd = {"resourceType": "Condition", "id": 7, "subject": ["x", {"reference": 3}], "code": [None]}
    assert a_chart(odd).answer("Condition?patient=p1&code=x").value == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
    }
