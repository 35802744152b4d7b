"""Which resources meet which search, as FHIR R4 says it."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.search.indexing import index
from adapter.search.matching import Entry, meets
from adapter.search.parsing import parse


def found(resource: dict[str, Any], name: str, value: str) -> bool:
    """Whether a search for one parameter finds the resource."""
    type = resource["resourceType"]
    entry = Entry(id="1", updated_at=1709251200000, rows=index(type, resource))
    return all(meets(clause, entry) for clause in parse(type, [(name, value)], strict=True).clauses)


def patient(**elements: object) -> dict[str, Any]:
    return {"resourceType": "Patient", **elements}


def task(**elements: object) -> dict[str, Any]:
    return {"resourceType": "Task", **elements}


EVE = patient(name=[{"family": "Carreño Quiñones", "given": ["Eve", "Ann-Marie"]}])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    (
        ("given", "eve", True),
        ("given", "EV", True),
        ("given", "ve", False),
        ("given:contains", "VE", True),
        ("given:exact", "Eve", True),
        ("given:exact", "eve", False),
        ("given:exact", "Ev", False),
        ("family", "carreno", True),
        ("family", "carreño  quin", True),
        ("family", "quinones", False),
        ("given", "annmarie", True),
        ("given", "Ann Marie", False),
        ("name", "ann", True),
        ("name", "eve,nobody", True),
        ("name", "%", False),
        ("name", "_", False),
        ("given:missing", "false", True),
        ("birthdate:missing", "true", True),
    ),
)
def test_a_text_is_found_from_its_beginning_without_case_and_accents(
    name: str, value: str, expected: bool
) -> None:
    assert found(EVE, name, value) is expected


CODED = task(
    status="requested",
    code={"coding": [{"system": "urn:a", "code": "X", "display": "Fulfil"}, {"code": "y"}]},
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    (
        ("code", "X", True),
        ("code", "x", False),
        ("code", "urn:a|X", True),
        ("code", "urn:b|X", False),
        ("code", "|X", False),
        ("code", "|y", True),
        ("code", "urn:a|", True),
        ("code", "urn:b|", False),
        ("code:not", "X", False),
        ("code:not", "z", True),
        # A resource without a value is one where it is not that value.
        ("business-status:not", "z", True),
        ("code:text", "ful", True),
        ("code:text", "X", False),
        ("status", "http://hl7.org/fhir/task-status|requested", True),
        ("status", "|requested", False),
        ("business-status:missing", "true", True),
        ("code:missing", "true", False),
    ),
)
def test_a_code_is_found_as_it_is_written(name: str, value: str, expected: bool) -> None:
    assert found(CODED, name, value) is expected


def test_a_concept_that_is_text_alone_is_not_missing() -> None:
    told = task(code={"text": "by hand"})
    assert found(told, "code:missing", "false")
    assert found(told, "code:text", "by")
    assert not found(told, "code", "by")


@pytest.mark.parametrize(
    ("search", "on_day", "in_month", "open_end"),
    # Against 2024-02-29, 2024-02 and from 2024-02-29 on without an end.
    (
        ("2024-02-29", True, False, False),
        ("2024-02", True, True, False),
        ("2024", True, True, False),
        ("ne2024-02", False, False, True),
        ("gt2024-02-28", True, True, True),
        ("gt2024-02-29", False, False, True),
        ("ge2024-02-29", True, False, True),
        ("lt2024-02-29", False, True, False),
        ("lt2024-03-01", True, True, True),
        ("le2024-02-29", True, True, False),
        ("sa2024-02-28", True, False, True),
        ("sa2024-01-31", True, True, True),
        ("eb2024-03", True, True, False),
        ("eb2024-02-29", False, False, False),
        ("ap2024-03-01", True, True, True),
        ("ap2024-03-02", False, False, True),
    ),
)
def test_prefixes_compare_ranges(search: str, on_day: bool, in_month: bool, open_end: bool) -> None:
    """As https://hl7.org/fhir/R4/search.html#prefix says."""
    assert found(task(executionPeriod={"start": "2024-02-29", "end": "2024-02-29"}), "period",
                 search) is on_day  # fmt: skip
    assert found(task(authoredOn="2024-02"), "authored-on", search) is in_month
    assert found(task(executionPeriod={"start": "2024-02-29"}), "period", search) is open_end


@pytest.mark.parametrize(
    ("value", "expected"),
    (
        ("5.4", True),
        ("5.40", False),
        ("5", True),
        ("5.44||mg", True),
        ("5.44|http://unitsofmeasure.org|mg", True),
        ("5.44||milligram", True),
        ("5.44|http://unitsofmeasure.org|milligram", False),
        ("gt5.4", True),
        ("gt5.44", False),
        ("ge5.44", True),
        ("lt5.45", True),
        ("ap5", True),
        ("ne5.4", False),
    ),
)
def test_a_quantity_is_found_as_precisely_as_it_is_asked_for(value: str, expected: bool) -> None:
    measured = {
        "resourceType": "Observation",
        "valueQuantity": {
            "value": 5.44, "unit": "milligram", "system": "http://unitsofmeasure.org", "code": "mg",
        },
    }  # fmt: skip
    assert found(measured, "value-quantity", value) is expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    (
        ("owner", "Organization/1", True),
        ("owner", "1", True),
        ("owner", "Practitioner/1", False),
        ("owner:Organization", "1", True),
        ("owner:Practitioner", "1", False),
        ("owner", "Organization/1/_history/7", True),
        ("owner:identifier", "urn:npi|9", True),
        ("owner:identifier", "9", True),
        ("owner:identifier", "urn:npi|", True),
        ("owner:identifier", "|9", False),
        ("patient", "p", False),
        ("subject", "Group/p", True),
        ("patient:missing", "true", True),
        ("subject:missing", "true", False),
    ),
)
def test_a_reference_is_found_by_type_id_and_identifier(
    name: str, value: str, expected: bool
) -> None:
    referring = task(
        owner={"reference": "Organization/1", "identifier": {"system": "urn:npi", "value": "9"}},
        **{"for": {"reference": "Group/p"}},
    )
    assert found(referring, name, value) is expected


@pytest.mark.parametrize(
    ("name", "value"), (("phone", "555 123-4567"), ("phone", "(555)1234567"), ("email", "A@B.org"))
)
def test_a_contact_is_found_however_it_is_written(name: str, value: str) -> None:
    telecom = [
        {"system": "phone", "value": "(555) 123-4567"},
        {"system": "email", "value": "a@b.ORG"},
    ]
    assert found(patient(telecom=telecom), name, value)
    assert found(patient(telecom=telecom), "telecom", value)


def test_an_identifier_is_found_by_its_type() -> None:
    typed = task(
        identifier=[{"value": "T1", "type": {"coding": [{"system": "urn:v2", "code": "PLAC"}]}}]
    )
    assert found(typed, "identifier:of-type", "urn:v2|PLAC|T1")
    assert not found(typed, "identifier:of-type", "urn:v2|FILL|T1")
    assert not found(typed, "identifier:of-type", "urn:v2|PLAC|T2")


def test_a_long_text_is_found_by_all_of_it_and_not_by_half() -> None:
    long = "x" * 3000
    named = task(identifier=[{"system": "urn:" + long, "value": long + "1"}])
    assert found(named, "identifier", f"urn:{long}|{long}1")
    assert not found(named, "identifier", f"urn:{long}|{long}2")
