"""Somebody opens the link of a card, answers what is known, and gets a response to file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import adapter
from adapter.errors import UnusableInput
from adapter.screening_form import questions_asked, read_answers, response_to
from profiles.codes import attestations
from profiles.validate import validate

DAY = date(2026, 3, 1)
ALL_KINDS = "in-shelter,ace-score,release-date,facility-type"


def test_the_questions_of_a_link_are_asked_in_its_order_and_each_once():
    asked = questions_asked("pregnant, in-shelter,pregnant,")
    assert [one.code for one in asked] == ["pregnant", "in-shelter"]
    assert asked[0].text == "Is the member pregnant now?"
    assert asked[0].sensitive
    assert not asked[1].sensitive
    assert asked[1].who == "the member, a clinician or the county"


def test_every_attestation_can_be_asked():
    assert len(questions_asked(",".join(attestations()))) == len(attestations())


@pytest.mark.parametrize(
    ("ask", "message"),
    (
        ("", "the link asks no question"),
        (" , ", "the link asks no question"),
        ("in-shelter,<script>", "1 of the 2 codes in the link are no attestations"),
        (",".join(f"c{n}" for n in range(61)), "more than 60 questions"),
    ),
)
def test_a_link_that_asks_nothing_or_nonsense_is_told_without_repeating_it(ask, message):
    with pytest.raises(UnusableInput) as told:
        questions_asked(ask)
    assert message in str(told.value)
    assert "script" not in str(told.value)


def test_answers_become_a_response_and_what_is_left_open_is_not_in_it():
    filled = read_answers(
        questions_asked(ALL_KINDS),
        {"in-shelter": "yes", "ace-score": "4", "release-date": "", "facility-type": "youth"},
    )
    response = response_to(filled, authored=DAY)
    assert validate(response) == ()
    items = [one for group in response["item"] for one in group["item"]]
    assert {one["linkId"]: one["answer"][0] for one in items} == {
        "in-shelter": {"valueBoolean": True},
        "ace-score": {"valueInteger": 4},
        "facility-type": {
            "valueCoding": {
                "system": "https://ecm.example.org/fhir/CodeSystem/ecm-answer",
                "code": "youth",
                "display": "Youth facility",
            }
        },
    }


@pytest.mark.parametrize(
    ("code", "entered", "message"),
    (
        ("in-shelter", "maybe", "Choose one of the answers."),
        ("facility-type", "yes", "Choose one of the answers."),
        ("ace-score", "four", "Write a whole number from 0 to 9999."),
        ("ace-score", "-1", "Write a whole number from 0 to 9999."),
        ("ace-score", "10000", "Write a whole number from 0 to 9999."),
        ("ace-score", "٤", "Write a whole number from 0 to 9999."),
        ("release-date", "1/31/2026", "Write the date as year-month-day, such as 2026-01-31."),
        ("release-date", "2026-02-30", "Write the date as year-month-day, such as 2026-01-31."),
        ("release-date", "2026-W05-6", "Write the date as year-month-day, such as 2026-01-31."),
        ("release-date", "0026-01-31", "Write the date as year-month-day, such as 2026-01-31."),
    ),
)
def test_an_answer_that_cannot_be_used_is_told_at_its_question(code, entered, message):
    filled = read_answers(questions_asked(ALL_KINDS), {code: entered, "other": "x"})
    assert filled.faults == {code: message}
    assert filled.entered == {code: entered}
    with pytest.raises(UnusableInput, match="the form says which"):
        response_to(filled, authored=DAY)


def test_a_form_without_an_answer_makes_no_response():
    with pytest.raises(UnusableInput, match="answer at least one"):
        response_to(read_answers(questions_asked(ALL_KINDS), {}), authored=DAY)


def page(form: dict[str, str] | None = None, problem: str = "") -> str:
    folder = Path(adapter.__file__).parent / "workbench" / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    environment.globals["url_for"] = lambda *_, **__: "/static/workbench.css"
    questions = questions_asked(ALL_KINDS)
    filled = read_answers(questions, form) if form is not None else None
    template = environment.get_template("workbench/screening.html")
    action = f"/screening?ask={ALL_KINDS}"
    return template.render(questions=questions, filled=filled, problem=problem, action=action)


def test_the_page_asks_each_question_with_a_field_and_assumes_no_answer():
    html = page()
    assert html.count("<fieldset") == 4
    assert html.count('type="radio"') == 6
    assert html.count(" checked") == 2
    assert html.count('value="" checked') == 2
    assert "Every patient here is invented" not in html
    assert "<script" not in html


def test_the_page_shows_again_what_was_entered_and_what_is_wrong_with_it():
    html = page({"in-shelter": "yes", "release-date": '"><script>'}, "some answers cannot be used")
    assert 'value="yes" checked' in html
    assert "Write the date as year-month-day" in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert 'role="alert"' in html
