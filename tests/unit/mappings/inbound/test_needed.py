"""Only what could change an answer is asked for, and only where the record does not hold it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eligibility.logic import MET, UNKNOWN
from mappings.inbound.bundle import read_member
from mappings.inbound.needed import needed_references
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    ICD_10_CM,
    MEMBER,
    PATIENT,
    PROGRAM,
    ROLE_CODE,
    Json,
    bundle,
    coded,
    maker,
)

ORGANIZATION = {"reference": "Organization/o1"}
coverage = maker("Coverage", status="active", beneficiary=MEMBER, payor=[ORGANIZATION])
episode = maker(
    "EpisodeOfCare",
    status="active",
    patient=MEMBER,
    type=[coded(PROGRAM, "foster-care")],
    managingOrganization=ORGANIZATION,
)
encounter = maker(
    "Encounter",
    status="finished",
    class_={"system": ACT_CODE, "code": "EMER"},
    subject=MEMBER,
    period={"start": "2025-01-08"},
)
condition = maker("Condition", subject=MEMBER, code=coded(ICD_10_CM, "F20.9"))
STAY = {"system": ACT_CODE, "code": "IMP"}
IN_A_FACILITY = [{"location": {"reference": "Location/l1"}}]


def needed(*resources: Json, **asked: Any) -> list[tuple[str, str, str]]:
    return list(needed_references(bundle(PATIENT, *resources), **asked))


def diagnosed(*ids: str) -> list[Json]:
    return [{"condition": {"reference": f"Condition/{id}"}} for id in ids]


def test_who_pays_is_asked_for_where_only_a_reference_says_it() -> None:
    """A Coverage that points at an Organization nobody sent."""
    assert needed(coverage("c1")) == [("coverages", "Organization", "Organization/o1")]


@pytest.mark.parametrize(
    "payor",
    (
        {**ORGANIZATION, "display": "Partnership HealthPlan of California"},
        {"reference": "#o1"},
        {"reference": "Patient/p1"},
        {"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"},
        {"reference": "Organization?name=x"},
        {"reference": "Organization/o1?_format=xml"},
        {"reference": "ftp://ehr.example.org/Organization/o1"},
        {"display": "Medicaid"},
        {},
    ),
)
def test_a_payor_that_is_named_or_cannot_be_read_is_not_asked_for(payor: Json) -> None:
    """A plan's own name is enough; a reference that is no address leads nowhere."""
    assert needed(coverage("c1", payor=[payor])) == []


def test_a_name_that_only_says_medicaid_does_not_say_who_pays() -> None:
    """The Organization behind it may name the plan."""
    payor = {**ORGANIZATION, "display": "Medicaid"}
    assert needed(coverage("c1", payor=[payor])) != []


@pytest.mark.parametrize(
    "written", ("https://ehr.example.org/fhir/Organization/o1", "Organization/o1")
)
def test_a_reference_is_asked_for_as_it_was_written(written: str) -> None:
    """Absolute or relative, without the version."""
    payor = {"reference": f"{written}/_history/3"}
    assert needed(coverage("c1", payor=[payor])) == [("coverages", "Organization", written)]


def test_what_is_here_already_is_not_asked_for() -> None:
    """Nor what was fetched in the meantime."""
    here = {"resourceType": "Organization", "id": "o1", "name": "Partnership"}
    assert needed(coverage("c1"), here) == []
    assert needed(coverage("c1"), more=[("coverages", msgspec.json.encode(here))]) == []


def test_what_was_fetched_may_itself_lead_further() -> None:
    """A Coverage fetched in the first round has a payor for the second."""
    fetched = [("coverages", bundle(coverage("c1")))]
    assert needed(more=fetched) == [("coverages", "Organization", "Organization/o1")]


def test_who_runs_a_foster_care_programme_is_asked_for() -> None:
    """Foster care counts by the state that runs it; other programmes do not."""
    assert needed(episode("e1")) == [("programs", "Organization", "Organization/o1")]
    assert needed(episode("e1", type=[coded(PROGRAM, "ccs")])) == []
    ours = episode("e1", type=[coded("https://plan.example/CodeSystem/ecm-program", "foster-care")])
    assert needed(ours) == []
    assert needed(ours, base="https://plan.example"), "in a deployment with a base of its own"


def test_the_place_of_a_stay_is_asked_for() -> None:
    """It may have been a nursing facility; an emergency visit is none."""
    assert needed(encounter("e1", class_=STAY, location=IN_A_FACILITY)) == [
        ("encounters", "Location", "Location/l1")
    ]
    assert needed(encounter("e1", location=IN_A_FACILITY)) == []


def test_the_principal_diagnosis_of_a_visit_is_asked_for() -> None:
    """The one of the lowest rank decides why somebody came, so only that one is read."""
    second, first = diagnosed("c2", "c1")
    both = [{**second, "rank": 2}, {**first, "rank": 1}]
    assert needed(encounter("e1", diagnosis=both)) == [("conditions", "Condition", "Condition/c1")]


def test_without_a_diagnosis_the_reason_is_asked_for() -> None:
    """A reason counts only where no diagnosis is stated."""
    reason = [{"reference": "Condition/c3"}]
    assert needed(encounter("e1", reasonReference=reason)) == [
        ("conditions", "Condition", "Condition/c3")
    ]
    assert needed(encounter("e1", reasonReference=reason, diagnosis=diagnosed("c1")))[0][2] == (
        "Condition/c1"
    )


@pytest.mark.parametrize(
    "visit",
    (
        encounter("e1", diagnosis=diagnosed("c1"), class_={"system": ACT_CODE, "code": "AMB"}),
        encounter("e1", diagnosis=diagnosed("c1"), status="cancelled"),
        encounter("e1", diagnosis=diagnosed("c1"), subject={"reference": "Patient/other"}),
        encounter("e1", diagnosis="odd"),
    ),
    ids=("office visit", "cancelled", "somebody else's", "not readable"),
)
def test_what_is_not_counted_leads_nowhere(visit: Json) -> None:
    """Nothing is read for a visit that changes no answer."""
    assert needed(visit) == []


def test_the_newest_visits_come_first_and_twenty_is_the_most() -> None:
    """A long record costs no more requests than a short one; who pays is asked before all."""
    visits = [
        encounter(f"e{n}", diagnosis=diagnosed(f"c{n}"), period={"start": f"2024-{n:02}-01"})
        for n in range(1, 13)
    ]
    more = [
        encounter(f"f{n}", diagnosis=diagnosed(f"d{n}"), period={"start": f"2023-{n:02}-01"})
        for n in range(1, 13)
    ]
    found = [reference for _, _, reference in needed(*more, *visits, coverage("c1"))]
    assert len(found) == 20
    assert found[:3] == ["Organization/o1", "Condition/c12", "Condition/c11"]
    assert found[-1] == "Condition/d6"


def test_one_diagnosis_of_many_visits_is_asked_for_once() -> None:
    """Twenty requests are not spent on one resource."""
    visits = [encounter(f"e{n}", diagnosis=diagnosed("c1")) for n in range(30)]
    assert needed(*visits) == [("conditions", "Condition", "Condition/c1")]


@pytest.mark.parametrize("data", (b"", b"<html>", b"{}", b'{"resourceType":"Bundle"}', b"[1]"))
def test_data_that_cannot_be_used_lead_nowhere(data: bytes) -> None:
    """The refusal is for the reading that follows."""
    assert needed_references(data) == ()


def test_what_is_fetched_closes_the_question() -> None:
    """The diagnosis fetched by its reference says that the visit was due to mental health."""
    record = bundle(PATIENT, encounter("e1", diagnosis=diagnosed("c1")))
    ((key, _, reference),) = needed_references(record)
    before = read_member(record).visits[0]
    after = read_member(record, more=[(key, msgspec.json.encode(condition("c1")))]).visits[0]
    assert reference == "Condition/c1"
    assert (before.behavioural, after.behavioural) == (UNKNOWN, MET)


def test_a_place_fetched_by_its_absolute_address_is_found() -> None:
    """The address of the reference is the only one there is; the resource says its id alone."""
    at = [{"location": {"reference": "https://ehr.example.org/fhir/Location/l1"}}]
    record = bundle(PATIENT, encounter("e1", class_=STAY, location=at))
    facility = {"resourceType": "Location", "id": "l1", "type": [coded(ROLE_CODE, "SNF")]}
    ((key, _, _),) = needed_references(record)
    assert read_member(record, more=[(key, msgspec.json.encode(facility))]).visits[0].kind == "snf"
