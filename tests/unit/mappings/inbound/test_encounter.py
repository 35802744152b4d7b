"""Encounter → visits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from eligibility.facts import MemberFacts, Visit
from eligibility.logic import MET, NOT_MET, UNKNOWN
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    CPT,
    ICD_10_CM,
    MEMBER,
    ROLE_CODE,
    SNOMED,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
    only_issue,
)

PRIORITY = "http://terminology.hl7.org/CodeSystem/v3-ActPriority"
ADMIT_SOURCE = "http://terminology.hl7.org/CodeSystem/admit-source"
DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"

_encounter = maker("Encounter", status="finished", subject=MEMBER, period={"start": "2025-01-08"})
condition = maker("Condition", subject=MEMBER)


def encounter(id: str = "e1", code: str | None = "EMER", **elements: Any) -> Json:
    stated = None if code is None else {"system": ACT_CODE, "code": code}
    return _encounter(id, **{"class_": stated, **elements})


def only(found: MemberFacts) -> Visit:
    (visit,) = found.visits
    return visit


@pytest.mark.parametrize(
    ("code", "types", "kind"),
    (
        ("EMER", [], "emergency"),
        ("IMP", [], "hospital"),
        ("ACUTE", [], "hospital"),
        ("OBSENC", [], "observation"),
        ("AMB", [(SNOMED, "4525004")], "emergency"),
        ("AMB", [(SNOMED, "185349003"), (SNOMED, "50849002")], "emergency"),
        (None, [(CPT, "99285")], "emergency"),
        ("OBSENC", [(CPT, "99281")], "emergency"),
        ("IMP", [(SNOMED, "50849002")], "hospital"),
        ("IMP", [(SNOMED, "18170008")], "snf"),
        ("NONAC", [(CPT, "99310")], "snf"),
    ),
)
def test_class_and_type_tell_the_kind(code, types, kind):
    found = facts(encounter(code=code, type=[coded(*each) for each in types]))
    assert only(found).kind == kind
    assert not found.issues


@pytest.mark.parametrize(
    ("code", "types"),
    (
        ("AMB", []),
        ("AMB", [(CPT, "99310")]),
        ("NONAC", []),
        ("VR", []),
        ("HH", []),
        ("AMB", [(CPT, "99280")]),
        ("AMB", [(None, "99285")]),
    ),
)
def test_other_encounters_are_no_visits_that_count(code, types):
    found = facts(encounter(code=code, type=[coded(*each) for each in types]))
    assert not found.visits
    assert not found.issues


@pytest.mark.parametrize("system", (None, ACT_CODE, "urn:oid:2.16.840.1.113883.5.4"))
def test_a_class_is_known_by_any_name_of_its_system(system):
    found = facts(encounter(class_={"system": system, "code": "EMER"}))
    assert only(found).kind == "emergency"


@pytest.mark.parametrize("stated", (None, {}, {"display": "Emergency"}))
def test_an_encounter_that_does_not_tell_what_it_was_may_have_been_a_visit(stated):
    found = facts(encounter(code=None, class_=stated))
    assert not found.visits
    assert codes(found) == ["no-class"]
    assert found.incomplete == {"encounters"}


def test_a_class_that_is_none_is_an_issue():
    found = facts(encounter(class_={"system": CPT, "code": "99205"}))
    assert codes(found) == ["unknown-class"]
    assert not found.incomplete


def location(id: str, code: str) -> Json:
    return {"resourceType": "Location", "id": id, "type": [coded(ROLE_CODE, code)]}


def test_a_stay_at_a_skilled_nursing_facility_is_known_by_its_location():
    at = [{"location": {"reference": "Location/l1"}}]
    assert only(facts(encounter(code="IMP", location=at), location("l1", "SNF"))).kind == "snf"
    assert only(facts(encounter(code="IMP", location=at), location("l1", "HOSP"))).kind == (
        "hospital"
    )


def test_a_contained_location_is_a_location():
    found = facts(
        encounter(
            code="NONAC",
            contained=[location("l1", "SNF")],
            location=[{"location": {"reference": "#l1"}}],
        )
    )
    assert only(found).kind == "snf"


@pytest.mark.parametrize("status", ("arrived", "triaged", "in-progress", "onleave", "finished"))
def test_an_encounter_that_took_place_counts(status):
    assert only(facts(encounter(status=status))).open is (status != "finished")


def test_an_encounter_that_has_ended_is_not_open():
    period = {"start": "2025-01-08", "end": "2025-01-09"}
    assert only(facts(encounter(status="in-progress", period=period))).open is False


@pytest.mark.parametrize("status", ("planned", "cancelled"))
def test_an_encounter_that_never_began_is_silently_left_out(status):
    found = facts(encounter(status=status))
    assert not found.visits
    assert not found.issues


@pytest.mark.parametrize("status", (None, "unknown", "completed"))
def test_a_status_that_tells_nothing_leaves_the_count_open(status):
    found = facts(encounter(status=status))
    assert not found.visits
    assert codes(found) == ["unclear-status"]
    assert found.incomplete == {"encounters"}


def test_an_encounter_entered_in_error_is_left_out_with_an_issue():
    found = facts(encounter(status="entered-in-error"))
    assert not found.visits
    assert only_issue(found).code == "entered-in-error"
    assert only_issue(found).resource == "Encounter/e1"
    assert only_issue(found).expression == "Encounter.status"


def test_a_visit_keeps_its_instants_and_its_local_days():
    period = {"start": "2025-01-09T05:00:00Z", "end": "2025-01-09T09:30:00Z"}
    visit = only(facts(encounter(period=period)))
    assert (visit.start, visit.end) == (day("2025-01-08"), day("2025-01-09"))
    assert visit.starts_at == datetime(2025, 1, 9, 5, tzinfo=UTC)
    assert visit.ends_at == datetime(2025, 1, 9, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("period", (None, {}, {"end": "2025-01-09"}))
def test_an_undated_visit_may_lie_in_any_window(period):
    found = facts(encounter(period=period))
    assert only(found).start is None
    assert codes(found) == ["undated"]


def test_a_visit_with_an_impossible_date_is_undated():
    found = facts(encounter(period={"start": "2025-02-30"}))
    assert only(found).start is None
    assert only_issue(found).code == "unreadable-date"
    assert only_issue(found).expression == "Encounter.period.start"


def test_a_future_visit_is_kept_for_the_evaluation_to_judge():
    assert only(facts(encounter(period={"start": "2999-01-08"}))).start == day("2999-01-08")


@pytest.mark.parametrize(
    ("elements", "unplanned"),
    (
        ({}, UNKNOWN),
        ({"hospitalization": {"admitSource": coded(ADMIT_SOURCE, "emd")}}, MET),
        ({"hospitalization": {"admitSource": coded(ADMIT_SOURCE, "gp")}}, UNKNOWN),
        ({"hospitalization": {"admitSource": coded("urn:other", "emd")}}, UNKNOWN),
        ({"priority": coded(PRIORITY, "EM")}, MET),
        ({"priority": coded(PRIORITY, "UR")}, MET),
        ({"priority": coded(PRIORITY, "EL")}, NOT_MET),
        ({"type": [coded(SNOMED, "8715000")]}, NOT_MET),
        ({"type": [coded(SNOMED, "8715000")], "priority": coded(PRIORITY, "EM")}, UNKNOWN),
    ),
)
def test_a_stay_is_unplanned_planned_or_undecided(elements, unplanned):
    assert only(facts(encounter(code="IMP", **elements))).unplanned is unplanned


def diagnosed(*ranked: tuple[str, int | None], **elements: Any) -> Json:
    listed = [
        {"condition": {"reference": f"Condition/{id}"}, **({"rank": rank} if rank else {})}
        for id, rank in ranked
    ]
    return encounter(diagnosis=listed, **elements)


OPIOIDS = condition("f11", code=coded(ICD_10_CM, "F11.23"))
CELLULITIS = condition("l03", code=coded(ICD_10_CM, "L03.115"))
PSYCHOSIS = condition("f29", code=coded(ICD_10_CM, "F29"))
OVERDOSE = condition("t40", code=coded(ICD_10_CM, "T40.1X1A"))
ANXIETY = condition("f41", code=coded(ICD_10_CM, "F41.1"))
TOBACCO = condition("f17", code=coded(ICD_10_CM, "F17.210"))
IN_WORDS = condition("txt", code={"text": "opioid withdrawal"})
REFUTED = condition("ref", code=coded(ICD_10_CM, "F29"), verificationStatus=coded(None, "refuted"))
CONDITIONS = (OPIOIDS, CELLULITIS, PSYCHOSIS, OVERDOSE, ANXIETY, TOBACCO, IN_WORDS, REFUTED)


@pytest.mark.parametrize(
    ("ranked", "behavioural"),
    (
        ([("f11", 1), ("l03", 2)], MET),
        ([("f11", 2), ("l03", 1)], NOT_MET),
        ([("f11", None)], MET),
        ([("f11", None), ("f29", None)], MET),
        ([("f11", None), ("l03", None)], UNKNOWN),
        ([("f11", 1), ("l03", 1)], UNKNOWN),
        ([("f11", 1), ("l03", None)], MET),
        ([("gone", None)], UNKNOWN),
        ([("t40", None)], UNKNOWN),
        ([("f41", None)], UNKNOWN),
        ([("f17", None)], NOT_MET),
        ([("txt", None)], UNKNOWN),
        ([("ref", None)], UNKNOWN),
    ),
)
def test_the_principal_diagnosis_says_why(ranked, behavioural):
    """The lowest rank; without ranks the only diagnosis, or what all of them say."""
    assert only(facts(diagnosed(*ranked), *CONDITIONS)).behavioural is behavioural


@pytest.mark.parametrize(
    ("elements", "behavioural"),
    (
        ({"reasonCode": [coded(SNOMED, "74400008")]}, NOT_MET),
        ({"reasonCode": [coded(ICD_10_CM, "F20.9")]}, MET),
        ({"reasonCode": [{"text": "opioid_drug_addiction"}]}, UNKNOWN),
        ({"reasonReference": [{"reference": "Condition/f29"}]}, MET),
        ({"reasonReference": [{"reference": "Observation/o1"}]}, UNKNOWN),
        ({"reasonCode": [coded(ICD_10_CM, "F20.9"), coded(ICD_10_CM, "J18.9")]}, UNKNOWN),
    ),
)
def test_without_a_diagnosis_the_reason_says_why(elements, behavioural):
    assert only(facts(encounter(**elements), *CONDITIONS)).behavioural is behavioural


def test_a_diagnosis_that_is_missing_is_not_replaced_by_the_reason():
    visit = diagnosed(("gone", 1), reasonCode=[coded(ICD_10_CM, "F20.9")])
    assert only(facts(visit)).behavioural is UNKNOWN


def test_a_contained_condition_is_a_diagnosis():
    inner = {"resourceType": "Condition", "id": "c", "code": coded(ICD_10_CM, "F20.9")}
    listed = [{"condition": {"reference": "#c"}}]
    assert only(facts(encounter(contained=[inner], diagnosis=listed))).behavioural is MET


@pytest.mark.parametrize(
    ("provider", "name"),
    (
        ({"reference": "Organization/o1"}, "Organization/o1"),
        ({"reference": "Organization/o1/_history/2"}, "Organization/o1"),
        ({"identifier": {"system": "urn:npi", "value": "1"}}, "Organization/o1"),
        ({"identifier": {"system": "urn:npi", "value": "2"}}, "urn:npi|2"),
        ({"display": "Redwood Valley Hospital"}, "Redwood Valley Hospital"),
        (None, None),
    ),
)
def test_a_provider_has_one_name_however_it_is_referred_to(provider, name):
    organization = {
        "resourceType": "Organization",
        "id": "o1",
        "identifier": [{"system": "urn:npi", "value": "1"}],
    }
    assert only(facts(encounter(serviceProvider=provider), organization)).provider == name


@pytest.mark.parametrize(
    ("elements", "concept"),
    (
        ({"type": [coded(SNOMED, "305336008")]}, "hospice-care"),
        ({"type": [coded(SNOMED, "305284002")]}, "palliative-care"),
        ({"hospitalization": {"dischargeDisposition": coded(DISPOSITION, "hosp")}}, "hospice-care"),
    ),
)
def test_hospice_and_palliative_encounters_are_signs(elements, concept):
    found = facts(encounter(code="AMB", **elements))
    (sign,) = found.signs[concept]
    assert (sign.kind, sign.on, sign.ref) == ("encounter", day("2025-01-08"), "Encounter/e1")
    assert not found.visits


def test_an_attribute_that_cannot_be_read_is_unknown_and_the_visit_stays():
    found = facts(encounter(code="IMP", priority="urgent", diagnosis=[{"condition": 3}]))
    assert (only(found).unplanned, only(found).behavioural) == (UNKNOWN, UNKNOWN)
    assert codes(found) == ["unreadable", "unreadable"]
    assert {issue.expression for issue in found.issues} == {
        "Encounter.priority",
        "Encounter.diagnosis[0].condition",
    }
