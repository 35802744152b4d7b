"""Patient → who the member is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    MEMBER,
    PATIENT,
    Json,
    codes,
    day,
    facts,
    maker,
    only_issue,
)

RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
RACE_CODES = "urn:oid:2.16.840.1.113883.6.238"

patient = maker("Patient")


def race(*parts: tuple[str, str]) -> Json:
    extensions = [
        {"url": url, "valueCoding": {"system": RACE_CODES, "code": code}} for url, code in parts
    ]
    return {"url": RACE, "extension": [*extensions, {"url": "text", "valueString": "as told"}]}


def home(**elements: Any) -> Json:
    return {"use": "home", **elements}


def test_a_patient_with_an_id_alone_is_a_member_of_whom_nothing_is_known():
    found = facts(patient("p1"))
    assert found.member == "Patient/p1"
    assert found.born is None
    assert not found.deceased
    assert not found.issues


def test_a_partial_birth_date_is_a_range():
    born = facts(patient(birthDate="1950-06")).born
    assert born is not None
    assert (born.first.day, born.last.day) == (1, 30)


def test_an_impossible_birth_date_is_an_issue():
    found = facts(patient(birthDate="1950-02-30"))
    assert found.born is None
    assert only_issue(found).expression == "Patient.birthDate"
    assert "1950" not in only_issue(found).details


@pytest.mark.parametrize(
    ("stated", "deceased", "died"),
    (
        ({"deceasedBoolean": True}, True, None),
        ({"deceasedBoolean": False}, False, None),
        ({"deceasedDateTime": "2020-03-01T22:00:00-08:00"}, True, day("2020-03-01")),
        ({"deceasedDateTime": "soon"}, True, None),
    ),
)
def test_death_is_known_with_or_without_its_day(stated, deceased, died):
    found = facts(patient(**stated))
    assert (found.deceased, found.died) == (deceased, died)


@pytest.mark.parametrize("district", ("Solano", "Solano County", " Solano  COUNTY "))
def test_the_county_is_the_district_of_the_home(district):
    assert facts(patient(address=[home(district=district)])).county == "Solano"


@pytest.mark.parametrize("district", (None, "", "  "))
def test_without_a_district_the_county_is_not_known(district):
    assert facts(patient(address=[home(district=district)])).county is None


def test_old_and_ended_addresses_say_nothing_of_now():
    addresses = [
        {"use": "old", "district": "Kern"},
        home(district="Napa", period={"start": "2001", "end": "2010"}),
        {"use": "temp", "district": "Yolo"},
    ]
    assert facts(patient(address=addresses)).county == "Yolo"


def test_the_home_goes_before_other_addresses():
    addresses = [{"use": "work", "district": "Kern"}, home(district="Napa")]
    assert facts(patient(address=addresses)).county == "Napa"


def test_races_are_the_omb_categories_and_unknown_is_none():
    told = race(("ombCategory", "2054-5"), ("ombCategory", "1002-5"), ("ombCategory", "UNK"))
    assert facts(patient(extension=[told])).races == ("1002-5", "2054-5")


def test_a_detailed_race_alone_says_no_category():
    assert facts(patient(extension=[race(("detailed", "2058-6"))])).races == ()


def test_a_patient_that_cannot_be_read_is_still_the_member():
    found = facts({"resourceType": "Patient", "id": "p1", "birthDate": 19500601})
    assert found.member == "Patient/p1"
    assert only_issue(found).code == "unreadable"
    assert only_issue(found).expression == "Patient.birthDate"


def visit_day(address: Json | None, start: str) -> str:
    visit = maker("Encounter")(
        status="finished",
        class_={"system": ACT_CODE, "code": "EMER"},
        subject=MEMBER,
        period={"start": start},
    )
    (found,) = facts(patient("p1", address=[address] if address else None), visit).visits
    assert found.start is not None
    return str(found.start.first)


@pytest.mark.parametrize(
    ("address", "local"),
    (
        (None, "2019-12-25"),
        (home(state=""), "2019-12-25"),
        (home(state="California"), "2019-12-25"),
        (home(state="ca"), "2019-12-25"),
        (home(state="Massachusetts"), "2019-12-26"),
        (home(state="HI"), "2019-12-25"),
        (home(state="Jalisco"), "2019-12-26"),
    ),
)
def test_a_day_is_one_of_the_calendar_at_home(address, local):
    """Without a state home is California; in a place not in the table, the day as written."""
    assert visit_day(address, "2019-12-26T06:30:00Z") == local


def test_the_patient_alone_is_no_reason_for_issues():
    assert codes(facts(PATIENT)) == []
