"""Observation → answers to attestation questions and pregnancy status."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.facts import Answer, MemberFacts
from tests.unit.mappings.inbound.records import (
    ACT_CODE,
    ANSWER,
    ATTESTATION,
    LOINC,
    MEMBER,
    SNOMED,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
    only_issue,
)

YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

_observation = maker(
    "Observation", status="final", subject=MEMBER, effectiveDateTime="2025-04-20", code=None
)


def said(code: str, **elements: Any) -> Json:
    return _observation("o1", code=coded(ATTESTATION, code), **elements)


def only(found: MemberFacts) -> Answer:
    ((answer,),) = found.answers.values()
    return answer


def test_an_answer_has_its_question_day_and_evidence():
    answer = only(facts(said("complex-need", valueBoolean=True)))
    assert answer == Answer(
        code="complex-need", value=True, on=day("2025-04-20"), ref="Observation/o1"
    )


@pytest.mark.parametrize(
    ("system", "code", "value"),
    (
        (ANSWER, "yes", True),
        (ANSWER, "no", False),
        (ANSWER, "unknown", None),
        (ANSWER, "declined", None),
        (YES_NO, "Y", True),
        (YES_NO, "N", False),
        (SNOMED, "373066001", True),
        (SNOMED, "373067005", False),
        (LOINC, "LA33-6", True),
        (LOINC, "LA32-8", False),
    ),
)
def test_a_coded_answer_means_what_its_system_says(system, code, value):
    found = facts(said("complex-need", valueCodeableConcept=coded(system, code, text="no")))
    assert only(found).value is value
    assert not found.issues


@pytest.mark.parametrize(
    "value",
    (
        {"valueCodeableConcept": {"text": "yes"}},
        {"valueCodeableConcept": coded(None, "yes")},
        {"valueCodeableConcept": coded(ANSWER, "maybe")},
        {"valueCodeableConcept": coded(ANSWER, "adult")},
        {"valueCodeableConcept": {"coding": [{"code": "Y", "system": YES_NO},
                                             {"code": "no", "system": ANSWER}]}},
        {"valueString": "yes"},
        {"valueInteger": 1},
        {"valueInteger": 2},
        {"valueDateTime": "2025-01-01"},
        {"valueQuantity": {"value": 1}},
        {},
    ),
)  # fmt: skip
def test_what_is_no_answer_to_the_question_leaves_it_open(value):
    found = facts(said("complex-need", **value))
    assert not found.answers
    assert codes(found) == ["not-an-answer"]
    assert only_issue(found).expression == "Observation.value"


@pytest.mark.parametrize("value", ({"valueBoolean": "true"}, {"valueBoolean": 1}))
def test_a_value_of_the_wrong_json_type_is_unreadable(value):
    found = facts(said("complex-need", **value))
    assert not found.answers
    assert codes(found) == ["not-an-answer", "unreadable"]


def test_an_answer_may_be_coded_twice():
    twice = {
        "coding": [
            {"system": YES_NO, "code": "Y"},
            {"system": ANSWER, "code": "yes"},
            {"code": "1"},
        ]
    }
    assert only(facts(said("complex-need", valueCodeableConcept=twice))).value is True


def test_a_reason_why_there_is_no_value_is_unknown():
    reason = coded(ABSENT, "asked-declined")
    assert only(facts(said("complex-need", dataAbsentReason=reason))).value is None


@pytest.mark.parametrize(
    ("code", "value", "read"),
    (
        ("ace-score", {"valueInteger": 5}, 5),
        ("ace-score", {"valueQuantity": {"value": 5.0}}, 5),
        ("ace-score", {"valueInteger": 0}, 0),
        ("would-need-nf-days", {"valueInteger": 30}, 30),
        ("housing-loss-date", {"valueDateTime": "2025-05-01"}, day("2025-05-01")),
        ("release-date", {"valueDateTime": "2025-05-01T05:00:00Z"}, day("2025-04-30")),
        ("release-date", {"valueDate": "2025-05-01"}, day("2025-05-01")),
        ("facility-type", {"valueCodeableConcept": coded(ANSWER, "youth")}, "youth"),
        ("ace-score", {"valueCodeableConcept": coded(ANSWER, "declined")}, None),
        ("release-date", {"valueCodeableConcept": coded(ANSWER, "unknown")}, None),
    ),
)
def test_each_question_takes_its_own_type(code, value, read):
    found = facts(said(code, **value))
    assert only(found).value == read
    assert not found.issues


@pytest.mark.parametrize(
    ("code", "value"),
    (
        ("ace-score", {"valueInteger": -1}),
        ("ace-score", {"valueQuantity": {"value": 4.5}}),
        ("ace-score", {"valueBoolean": True}),
        ("ace-score", {"valueCodeableConcept": coded(ANSWER, "yes")}),
        ("release-date", {"valueBoolean": True}),
        ("release-date", {"valueInteger": 2025}),
        ("facility-type", {"valueCodeableConcept": coded(ANSWER, "yes")}),
    ),
)
def test_a_value_the_question_does_not_take_is_left_out(code, value):
    found = facts(said(code, **value))
    assert not found.answers
    assert codes(found) == ["not-an-answer"]


def test_an_impossible_date_is_no_answer():
    found = facts(said("release-date", valueDateTime="2025-02-30"))
    assert not found.answers
    assert codes(found) == ["not-an-answer", "unreadable-date"]


def test_a_number_of_any_size_is_read_or_refused():
    assert only(facts(said("ace-score", valueInteger=10**18))).value == 10**18


def test_a_code_that_is_no_attestation_is_an_issue():
    found = facts(said("needs-a-hug", valueBoolean=True))
    assert not found.answers
    assert codes(found) == ["unknown-attestation"]


@pytest.mark.parametrize("status", ("final", "amended", "corrected"))
def test_an_observation_that_is_final_speaks(status):
    assert not facts(said("complex-need", valueBoolean=True, status=status)).issues


@pytest.mark.parametrize("status", ("preliminary", None))
def test_a_preliminary_observation_speaks_with_a_warning(status):
    found = facts(said("complex-need", valueBoolean=True, status=status))
    assert only(found).value is True
    assert codes(found) == ["unclear-status"]


@pytest.mark.parametrize("status", ("registered", "cancelled", "unknown", "banana"))
def test_an_observation_that_was_not_made_does_not_speak(status):
    found = facts(said("complex-need", valueBoolean=True, status=status))
    assert not found.answers
    assert codes(found) == ["unclear-status"]


def test_an_observation_entered_in_error_is_left_out_with_an_issue():
    found = facts(said("complex-need", valueBoolean=True, status="entered-in-error"))
    assert not found.answers
    assert codes(found) == ["entered-in-error"]


@pytest.mark.parametrize(
    ("elements", "on"),
    (
        ({"effectiveInstant": "2025-04-21T05:00:00Z"}, "2025-04-20"),
        ({"issued": "2025-04-21T05:00:00Z"}, "2025-04-20"),
        ({"effectivePeriod": {"start": "2025-04-20", "end": "2025-04-20T20:00:00-07:00"}},
         "2025-04-20"),
        ({"effectivePeriod": {"start": "2025-04-20"}}, "2025-04-20"),
    ),
)  # fmt: skip
def test_an_answer_is_of_the_day_it_took_effect_else_was_issued(elements, on):
    answer = only(facts(said("pregnant", valueBoolean=True, effectiveDateTime=None, **elements)))
    assert answer.on == day(on)


@pytest.mark.parametrize("effective", (None, "lately"))
def test_an_answer_without_a_day_is_kept(effective):
    answer = only(facts(said("pregnant", valueBoolean=True, effectiveDateTime=effective)))
    assert answer.on is None


def test_an_answer_about_an_encounter_names_it_as_the_visit_is_named():
    visit = maker("Encounter")(
        "e1", status="finished", subject=MEMBER, class_={"system": ACT_CODE, "code": "EMER"}
    )
    about = {"reference": "https://ehr.example.org/r4/Encounter/e1/_history/2"}
    found = facts(visit, said("avoidable-encounter", valueBoolean=True, encounter=about))
    assert only(found).encounter == found.visits[0].ref == "Encounter/e1"


def test_answers_may_stand_in_components():
    parts = [
        {"code": coded(ATTESTATION, "complex-need"), "valueBoolean": True},
        {"code": coded(ATTESTATION, "pregnant"), "valueString": "no"},
    ]
    found = facts(_observation("o1", code={"text": "form"}, component=parts))
    assert only(found).value is True
    assert only_issue(found).expression == "Observation.component[1].value"


@pytest.mark.parametrize(
    ("codings", "value"),
    (
        ([(LOINC, "LA15173-0")], True),
        ([(SNOMED, "77386006"), (LOINC, "LA15173-0")], True),
        ([(SNOMED, "60001007")], False),
        ([(LOINC, "LA26683-5")], False),
        ([(LOINC, "LA4489-6")], None),
    ),
)
def test_pregnancy_status_is_an_answer_of_its_own(codings, value):
    stated = {"coding": [{"system": system, "code": code} for system, code in codings]}
    found = facts(_observation("o1", code=coded(LOINC, "82810-3"), valueCodeableConcept=stated))
    assert only(found).code == "pregnant-observed"
    assert only(found).value is value


@pytest.mark.parametrize(
    "value",
    (
        {"valueString": "pregnant"},
        {"valueCodeableConcept": coded(LOINC, "LA0-0")},
        {
            "valueCodeableConcept": {
                "coding": [
                    {"system": LOINC, "code": "LA15173-0"},
                    {"system": LOINC, "code": "LA26683-5"},
                ]
            }
        },
    ),
)
def test_a_pregnancy_status_nobody_knows_is_left_out(value):
    found = facts(_observation("o1", code=coded(LOINC, "82810-3"), **value))
    assert not found.answers
    assert codes(found) == ["unknown-answer"]


def test_an_estimated_day_of_delivery_is_not_read():
    edd = _observation("o1", code=coded(LOINC, "11778-8"), valueDateTime="2025-08-01")
    assert facts(edd) == facts()


@pytest.mark.parametrize("value", ({"valueInteger": "high"}, {"component": 7, "issued": []}, {}))
def test_a_laboratory_result_is_no_answer_however_it_is_written(value):
    found = facts(_observation("o1", code=coded(LOINC, "4548-4"), **value))
    assert not found.answers
    assert not found.incomplete
