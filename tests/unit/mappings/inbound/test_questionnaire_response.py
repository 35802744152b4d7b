"""The referral form → answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mappings.inbound.records import (
    ANSWER,
    BASE,
    MEMBER,
    Json,
    codes,
    day,
    facts,
    maker,
    only_issue,
)

FORM = f"{BASE}/Questionnaire/ecm-referral"

form = maker(
    "QuestionnaireResponse",
    questionnaire=FORM,
    status="completed",
    subject=MEMBER,
    authored="2025-04-21T05:00:00Z",
)


def item(link: str, *values: Json, **elements: Any) -> Json:
    return {"linkId": link, "answer": [*values], **elements}


@pytest.mark.parametrize("questionnaire", (FORM, f"{FORM}|1.0"))
def test_the_link_is_the_attestation_code(questionnaire):
    found = facts(
        form(
            questionnaire=questionnaire,
            item=[
                item("complex-need", {"valueBoolean": True}),
                item("pregnant", {"valueCoding": {"system": ANSWER, "code": "declined"}}),
                item("ace-score", {"valueDecimal": 5.0}),
                item("housing-loss-date", {"valueDate": "2025-05-01"}),
                item("facility-type", {"valueCoding": {"system": ANSWER, "code": "youth"}}),
            ],
        )
    )
    values = {code: answer.value for code, (answer,) in found.answers.items()}
    assert values == {
        "complex-need": True,
        "pregnant": None,
        "ace-score": 5,
        "housing-loss-date": day("2025-05-01"),
        "facility-type": "youth",
    }
    assert not found.issues
    assert {answer.on for (answer,) in found.answers.values()} == {day("2025-04-20")}


def test_groups_and_follow_up_questions_are_read():
    follow_up = {"valueBoolean": True, "item": [item("pregnant", {"valueBoolean": False})]}
    group = {"linkId": "g", "item": [{"linkId": "h", "item": [item("complex-need", follow_up)]}]}
    assert set(facts(form(item=[group])).answers) == {"complex-need", "pregnant"}


def test_an_answer_about_an_encounter_is_about_that_one():
    found = facts(
        form(
            encounter={"reference": "Encounter/e1"},
            item=[item("avoidable-encounter", {"valueBoolean": True})],
        )
    )
    assert found.answers["avoidable-encounter"][0].encounter == "Encounter/e1"


def test_an_unknown_link_of_the_form_is_an_issue_with_its_place():
    found = facts(form(item=[item("complex-need"), item("hug-needed", {"valueBoolean": True})]))
    assert only_issue(found).code == "unknown-attestation"
    assert only_issue(found).expression == "QuestionnaireResponse.item[1].answer.value"


def test_text_is_no_answer():
    found = facts(form(item=[item("complex-need", {"valueString": "yes, very"})]))
    assert not found.answers
    assert codes(found) == ["not-an-answer"]


@pytest.mark.parametrize("status", ("in-progress", "stopped", None))
def test_a_form_that_is_not_finished_is_left_out_with_an_issue(status):
    found = facts(form(status=status, item=[item("complex-need", {"valueBoolean": True})]))
    assert not found.answers
    assert codes(found) == ["unfinished"]


def test_an_amended_form_is_read():
    amended = form(status="amended", item=[item("complex-need", {"valueBoolean": True})])
    assert facts(amended).answers


def test_a_form_entered_in_error_is_left_out_with_an_issue():
    assert codes(facts(form(status="entered-in-error"))) == ["entered-in-error"]


@pytest.mark.parametrize("questionnaire", ("https://other.example.org/ecm-referral", None))
def test_another_form_with_the_same_links_is_not_ours(questionnaire):
    own = item("complex-need", {"valueBoolean": True})
    assert not facts(form(questionnaire=questionnaire, item=[own])).answers


def test_another_base_has_another_form():
    other = "https://ecm.county.example.gov/fhir"
    own = form(
        questionnaire=f"{other}/Questionnaire/ecm-referral",
        item=[item("complex-need", {"valueBoolean": True})],
    )
    assert facts(own, base=other).answers
    assert not facts(own).answers


def test_items_that_cannot_be_read_leave_screenings_incomplete():
    found = facts(form(item=[{"linkId": 7}]))
    assert found.incomplete == {"screenings"}
    assert only_issue(found).expression == "QuestionnaireResponse.item[0].linkId"


def test_a_question_deep_in_groups_is_read():
    nested: Json = item("complex-need", {"valueBoolean": True})
    for _ in range(150):
        nested = {"linkId": "g", "item": [nested]}
    assert facts(form(item=[nested])).answers
