"""What a resource is found by, and whom it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.search.indexing import about, index
from adapter.search.parameters import TYPES, parameters, places
from adapter.store.records import IndexRows

TASK = {
    "resourceType": "Task",
    "id": "1",
    "status": "requested",
    "code": {"coding": [{"system": "urn:c", "code": "fulfill"}], "text": "Fulfil it"},
    "for": {"reference": "Patient/p1/_history/2"},
    "owner": {"identifier": {"system": "urn:npi", "value": "1"}, "type": "Organization"},
    "focus": {"reference": "https://ehr.example/fhir/ServiceRequest/9"},
    "authoredOn": "2024-02-29T10:00:00-08:00",
    "executionPeriod": {"start": "2024-02"},
    "output": [{"valueReference": {"reference": "Procedure/7"}}, {"valueString": "done"}],
    "identifier": [
        {"system": "urn:t", "value": "T1", "type": {"coding": [{"system": "v2", "code": "PLAC"}]}}
    ],
}


def test_a_code_has_the_system_that_its_binding_implies() -> None:
    rows = index("Task", TASK)
    assert ("Task.status", "http://hl7.org/fhir/task-status", "requested") in rows.tokens
    assert ("Task.code", "urn:c", "fulfill") in rows.tokens
    assert ("Task.code", "fulfil it", "Fulfil it") in rows.strings


def test_an_identifier_is_found_by_its_type_too() -> None:
    rows = index("Task", TASK)
    assert ("Task.identifier", "urn:t", "T1") in rows.tokens
    assert ("Task.identifier:of-type", "v2|PLAC", "T1") in rows.tokens


def test_references_are_local_elsewhere_or_logical() -> None:
    assert set(index("Task", TASK).references) == {
        ("Task.subject", "Patient", "p1", "", ""),
        ("Task.owner", "Organization", "", "", "urn:npi|1"),
        ("Task.focus", "ServiceRequest", "", "https://ehr.example/fhir/ServiceRequest/9", ""),
        ("Task.output", "Procedure", "7", "", ""),
    }


def test_an_absolute_reference_to_this_server_is_local() -> None:
    rows = index("Task", TASK, ("https://ehr.example/fhir",))
    assert ("Task.focus", "ServiceRequest", "9", "", "") in rows.references


def test_a_server_whose_name_only_begins_the_same_is_another() -> None:
    rows = index("Task", TASK, ("https://ehr.example/fh", "https://ehr.exam"))
    assert ("Task.focus", "ServiceRequest", "9", "", "") not in rows.references


def test_a_date_is_the_milliseconds_it_covers() -> None:
    dates = {row[0]: row[1:] for row in index("Task", TASK).dates}
    assert dates["Task.authored-on"] == (1709229600000, 1709229600999)
    # 1 February 2024 UTC, to no end.
    assert dates["Task.period"] == (1706745600000, 2**52)


def test_a_person_is_deceased_by_date_or_by_word() -> None:
    def deceased(**elements: object) -> list[str]:
        rows = index("Patient", {"resourceType": "Patient", **elements})
        return [code for param, _, code in rows.tokens if param == "Patient.deceased"]

    assert deceased() == ["false"]
    assert deceased(deceasedBoolean=False) == ["false"]
    assert deceased(deceasedBoolean=True) == ["true"]
    assert deceased(deceasedDateTime="2024") == ["true"]


def test_race_is_found_in_the_extension_of_us_core() -> None:
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
    coding = {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"}
    other = {"url": "http://other", "extension": [{"url": "x", "valueCoding": {"code": "no"}}]}
    race = {"url": url, "extension": [{"url": "ombCategory", "valueCoding": coding}]}
    tokens = index("Patient", {"extension": [other, race]}).tokens
    assert [row for row in tokens if row[0] == "Patient.race"] == [
        ("Patient.race", coding["system"], "2106-3")
    ]


def test_a_canonical_is_found_with_its_version_and_without() -> None:
    rows = index("QuestionnaireResponse", {"questionnaire": "http://q/1|2.0"})
    assert [row[3] for row in rows.references] == ["http://q/1|2.0", "http://q/1"]


@pytest.mark.parametrize(
    ("resource", "expected"),
    (
        ({"resourceType": "Patient", "id": "p1"}, "p1"),
        (TASK, "p1"),
        ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p2"}}, "p2"),
        ({"resourceType": "Consent", "patient": {"reference": "Patient/p3"}}, "p3"),
        ({"resourceType": "Organization", "id": "o"}, None),
        ({"resourceType": "Observation", "subject": {"reference": "Location/l"}}, None),
        ({"resourceType": "Observation"}, None),
        (
            {
                "resourceType": "Provenance",
                "target": [{"reference": "Task/1"}, {"reference": "Patient/p4"}],
            },
            "p4",
        ),
    ),
)
def test_a_resource_is_about_one_patient_or_nobody(
    resource: dict[str, Any], expected: str | None
) -> None:
    assert about(resource) == expected


@pytest.mark.parametrize(
    "subject",
    (
        {"reference": "https://ehr.example/fhir/Patient/p1"},
        {"reference": "urn:uuid:6dca7e1a-0000-4000-8000-000000000000"},
        {"reference": "#contained"},
        {"reference": "Group/g"},
        {"identifier": {"value": "MRN1"}},
    ),
)
def test_who_is_no_patient_here_is_somebody_whom_no_consent_covers(subject: object) -> None:
    found = about({"resourceType": "Task", "for": subject})
    assert found is not None
    assert "|" in found  # no id of a resource has one


def test_every_parameter_looks_somewhere() -> None:
    """Or in the rows of a parameter that does."""
    for type in TYPES:
        for each in parameters(type).values():
            if each.stored:
                assert places(parameters(type)[each.stored]), each
            elif each.name not in ("_id", "_lastUpdated"):
                assert places(each), each


#: Values of JSON in every shape, with the keys that indexing looks at.
KEYS = st.sampled_from((
    "coding", "code", "system", "value", "text", "display", "type", "reference", "identifier",
    "start", "end", "low", "high", "unit", "comparator", "repeat", "event", "boundsPeriod", "url",
    "extension", "family", "given", "line", "url",
))  # fmt: skip
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(("2024", "2024-02-30", "Patient/1", "\0", "\ud800", "http://a|1", "a" * 900)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
ELEMENTS = {
    type: sorted({
        place.partition(".")[0].partition("[")[0]
        for each in parameters(type).values()
        for place in places(each)
        if place
    })
    for type in TYPES
}  # fmt: skip


@given(st.data(), st.sampled_from(sorted(TYPES)))
def test_whatever_shape_an_element_has_a_database_takes_its_rows(
    data: st.DataObject, type: str
) -> None:
    names = st.sampled_from(ELEMENTS[type])
    resource = data.draw(st.dictionaries(names, SHAPES, max_size=4))
    rows = index(type, resource)
    about({"resourceType": type, **resource})
    check(rows)


def check(rows: IndexRows) -> None:
    for table in (rows.tokens, rows.references, rows.strings):
        for row in table:
            for text in row:
                assert "\0" not in text
                # PostgreSQL takes no more than 2,704 bytes in an index.
                assert len(text.encode()) <= 800
    for _, low, high in rows.dates:
        assert -(2**52) <= low <= high <= 2**52
    for _, least, most, *_ in rows.numbers:
        assert abs(least) < float("inf")
        assert abs(most) < float("inf")


@pytest.mark.parametrize("folder", ("03_us_core", "04_gravity_sdoh"))
def test_published_examples_are_found_by_something(ecm_test_data: Path, folder: str) -> None:
    """Each by at least one row, and none has an element that cannot be read."""
    for file in sorted((ecm_test_data / folder).glob("*.json")):
        resource = json.loads(file.read_text())
        if resource.get("resourceType") in TYPES:
            rows = index(resource["resourceType"], resource)
            check(rows)
            assert rows.tokens or rows.references, file.name
