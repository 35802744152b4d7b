"""Social screenings, as Observations and as forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from eligibility.facts import MemberFacts, Screening
from mappings.inbound.bundle import read_member
from tests.unit.mappings.inbound.records import (
    ANSWER,
    LOINC,
    MEMBER,
    SNOMED,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
)

HOUSING, WORRIED, UNABLE = "71802-3", "93033-9", "93031-3"
PRAPARE = "http://hl7.org/fhir/us/sdoh-clinicalcare/Questionnaire/SDOHCC-QuestionnairePRAPARE"

_observation = maker(
    "Observation", status="final", subject=MEMBER, effectiveDateTime="2025-04-20", code=None
)
response = maker(
    "QuestionnaireResponse",
    status="completed",
    questionnaire=PRAPARE,
    subject=MEMBER,
    authored="2025-04-20T15:20:00-07:00",
)


def asked(question: str, **elements: Any) -> Json:
    return _observation("o1", code=coded(LOINC, question), **elements)


def answered(question: str, answer: str) -> Json:
    return asked(question, valueCodeableConcept=coded(LOINC, answer))


def only(found: MemberFacts) -> Screening:
    ((screening,),) = found.screenings.values()
    return screening


def test_an_answer_stands_for_concepts():
    assert only(facts(answered(HOUSING, "LA30190-5"))) == Screening(
        question=HOUSING, concepts=("housing-merged",), on=day("2025-04-20"), ref="Observation/o1"
    )


def test_an_answer_that_finds_nothing_is_an_answer():
    screening = only(facts(answered(HOUSING, "LA30189-7")))
    assert screening.concepts == ()
    assert screening.answered


@pytest.mark.parametrize(
    "value",
    (
        {"valueCodeableConcept": coded(LOINC, "LA30122-8")},
        {"valueCodeableConcept": coded(ANSWER, "declined")},
        {"dataAbsentReason": {"text": "asked"}},
        {},
    ),
)
def test_declining_is_no_answer(value):
    found = facts(asked(WORRIED, **value))
    assert not only(found).answered
    assert not found.incomplete


@pytest.mark.parametrize(
    "value",
    (
        {"valueBoolean": True},
        {"valueCodeableConcept": coded(LOINC, "LA33-6")},
        {"valueCodeableConcept": coded(SNOMED, "373066001")},
        {"valueCodeableConcept": coded(ANSWER, "yes")},
    ),
)
def test_yes_is_yes_in_every_system(value):
    assert only(facts(asked(WORRIED, **value))).concepts == ("housing-instability",)


def test_a_finding_in_the_place_of_an_answer_says_what_was_found():
    value = coded(SNOMED, "32911000")
    assert only(facts(asked(HOUSING, valueCodeableConcept=value))).concepts == (
        "homeless-unspecified",
    )


@pytest.mark.parametrize(
    "value", ({"valueString": "Patient is homeless"}, {"valueCodeableConcept": coded(None, "x")})
)
def test_an_answer_nobody_knows_may_have_been_a_yes(value):
    found = facts(asked(HOUSING, **value))
    assert not found.screenings
    assert codes(found) == ["unknown-answer"]
    assert found.incomplete == {"screenings"}


def test_a_panel_is_its_components():
    parts = [
        {"code": coded(LOINC, HOUSING), "valueCodeableConcept": coded(LOINC, "LA30190-5")},
        {"code": coded(LOINC, "8480-6"), "valueQuantity": {"value": 120}},
    ]
    assert only(facts(_observation(code=coded(LOINC, "93025-5"), component=parts))).concepts == (
        "housing-merged",
    )


def item(link: str, *values: Json, **elements: Any) -> Json:
    return {"linkId": link, "answer": [*values], **elements}


def test_a_form_answers_by_the_code_at_the_end_of_its_link():
    group = {"linkId": "/93042-0", "item": [item(f"/93042-0/{HOUSING}", la("LA30190-5"))]}
    screening = only(facts(response(item=[{"linkId": "/93025-5", "item": [group]}])))
    assert screening == Screening(
        question=HOUSING,
        concepts=("housing-merged",),
        on=day("2025-04-20"),
        ref="QuestionnaireResponse/x1",
    )


def la(code: str) -> Json:
    return {"valueCoding": {"system": LOINC, "code": code}}


def test_a_form_may_name_the_question_by_its_definition():
    named = item("q7", la("LA30190-5"), definition=f"http://loinc.org/{HOUSING}")
    assert only(facts(response(item=[named]))).question == HOUSING


def test_several_answers_to_one_question_are_taken_together():
    found = facts(response(item=[item(f"/{UNABLE}", la("LA30125-1"), la("LA30126-9"))]))
    assert "food-insecurity" in only(found).concepts


def test_other_questions_of_a_form_are_not_read():
    found = facts(response(item=[item("/56799-0", {"valueString": "Broadway"}), item("1")]))
    assert found == facts()


@pytest.mark.parametrize(
    ("name", "questions"),
    (
        ("04_gravity_sdoh/QuestionnaireResponse-SDOHCC-QuestionnaireResponsePRAPARE", 8),
        ("04_gravity_sdoh/QuestionnaireResponse-SDOHCC-QuestionnaireResponseHunger", 2),
        ("03_us_core/QuestionnaireResponse-PRAPARE", 8),
    ),
)
def test_published_examples_are_read(ecm_test_data: Path, name: str, questions: int) -> None:
    (path,) = ecm_test_data.glob(f"{name}*.json")
    document = path.read_bytes()
    patient = msgspec.json.decode(document)["subject"]["reference"].removeprefix("Patient/")
    found = read_member([document, b'{"resourceType":"Patient","id":"%s"}' % patient.encode()])
    assert len(found.screenings) >= questions
    assert not found.issues
