"""The referral questionnaire asks what only a person can say, and its answers are read back."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.registry import question
from mappings.inbound.bundle import read_member
from mappings.outbound.questionnaire import (
    Given,
    questionnaire_of,
    referral_questionnaire,
    referral_response,
)
from profiles.codes import attestations
from profiles.questionnaires import questions
from profiles.validate import validate

BASE = "https://ecm.example.org/fhir"
DAY = date(2026, 3, 1)


def test_the_questionnaire_has_one_item_for_each_attestation_in_the_words_of_the_policies():
    whole = referral_questionnaire()
    assert validate(whole) == ()
    assert whole["url"] == f"{BASE}/Questionnaire/ecm-referral"
    items = questions("ecm-referral")
    for code in attestations():
        asked = question(code)
        assert asked is not None
        assert items[code].item["text"] == asked.question


def test_answers_are_grouped_as_the_questionnaire_groups_its_questions():
    response = referral_response({"doubled-up": True, "in-shelter": True}, authored=DAY)
    groups = [(one["linkId"], [each["linkId"] for each in one["item"]]) for one in response["item"]]
    assert groups == [("needs", ["in-shelter"]), ("needs-child", ["doubled-up"])]


def test_who_refers_whom_is_on_the_form_and_no_attestation():
    """The blocks on member and source are passed over, and a linkId nobody knows is told."""
    response = referral_response({"in-shelter": True}, authored=DAY, patient="Patient/p")
    response["item"] += [
        {
            "linkId": "member",
            "item": [{"linkId": "member-phone", "answer": [{"valueString": "1"}]}],
        },
        {"linkId": "x-ray", "answer": [{"valueBoolean": True}]},
    ]
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-05-01"}
    entries = [{"resource": patient}, {"resource": response}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    facts = read_member(msgspec.json.encode(bundle))
    assert set(facts.answers) == {"in-shelter"}
    assert [one.code for one in facts.issues] == ["unknown-attestation"]


@pytest.mark.parametrize(
    ("code", "kind"),
    (
        ("in-shelter", "boolean"),
        ("ace-score", "integer"),
        ("release-date", "date"),
        ("facility-type", "choice"),
    ),
)
def test_an_item_takes_answers_of_the_type_of_its_attestation(code, kind):
    (item,) = questionnaire_of([code])["item"]
    assert item["type"] == kind
    assert ("answerOption" in item) == (kind == "choice")


def test_a_part_asks_only_what_it_is_asked_to_and_each_once():
    part = questionnaire_of(["pregnant", "in-shelter", "pregnant"])
    assert validate(part) == ()
    assert [one["linkId"] for one in part["item"]] == ["pregnant", "in-shelter"]
    assert "url" not in part
    assert part["derivedFrom"][0].startswith(f"{BASE}/Questionnaire/ecm-referral|")


def answers_to(code: str) -> st.SearchStrategy[Given]:
    match attestations()[code].value:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(0, 400)
        case "date":
            return st.dates(date(1950, 1, 1), date(2050, 1, 1))
        case _:
            return st.sampled_from(attestations()[code].answers)


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Given]:
    codes = draw(st.lists(st.sampled_from(sorted(attestations())), min_size=1, unique=True))
    return {code: draw(answers_to(code)) for code in codes}


@given(responses())
def test_every_response_is_valid_and_is_read_back_as_it_was_given(answers):
    response = referral_response(answers, authored=DAY, patient="Patient/p")
    assert validate(response) == ()
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-05-01"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient}, {"resource": response}],
    }
    facts = read_member(msgspec.json.encode(bundle))
    assert set(facts.answers) == set(answers)
    for code, value in answers.items():
        (read,) = facts.answers[code]
        first = getattr(read.value, "first", read.value)
        assert first == value
        assert read.on is not None
        assert read.on.first == DAY


def test_a_response_without_a_member_names_none():
    assert "subject" not in referral_response({"pregnant": True}, authored=DAY)


@pytest.mark.parametrize(
    ("code", "value"),
    (
        ("no-such-code", True),
        ("pregnant", 1),
        ("ace-score", True),
        ("ace-score", -1),
        ("release-date", "2026-01-01"),
        ("facility-type", "prison"),
    ),
)
def test_an_answer_of_another_type_than_its_question_is_refused(code, value):
    with pytest.raises(ValueError, match="of another type"):
        referral_response({code: value}, authored=DAY)
