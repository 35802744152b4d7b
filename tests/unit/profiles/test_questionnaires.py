"""The forms ask every question once, in two languages, in words that are those of the policies."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.canonicals import canonicals
from profiles.codes import attestations, populations_of_focus
from profiles.questionnaires import questionnaire, questionnaire_ids, questions
from profiles.screenings import could_find, meanings

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def spanish(beside: dict[str, Any]) -> list[str]:
    found = []
    for one in beside.get("extension", ()):
        parts = {part["url"]: part for part in one.get("extension", ())}
        if one["url"] == TRANSLATION and parts["lang"]["valueCode"] == "es":
            found.append(parts["content"]["valueString"])
    return found


@pytest.mark.parametrize("id", sorted(questionnaire_ids()))
def test_every_text_is_there_in_spanish_and_the_translation_awaits_review(id):
    form = questionnaire(id)
    assert form["language"] == "en"
    assert spanish(form["_title"])
    for question in questions(id).values():
        (told,) = spanish(question.item["_text"])
        assert told
        assert told != question.item["text"]
        for option in question.item.get("answerOption", ()):
            assert spanish(option["valueCoding"]["_display"])
    said = [one.get("valueString", "") for one in form["extension"]]
    assert any("await review" in one for one in said)


def test_every_attestation_is_asked_once_in_the_group_of_those_it_is_about():
    asked = {code: one for code, one in questions("ecm-referral").items() if code in attestations()}
    assert asked.keys() == attestations().keys()
    assert {one.groups for one in asked.values()} == {
        ("needs",),
        ("needs-adult",),
        ("needs-child",),
    }
    assert asked["snf-level-of-care"].groups == ("needs-adult",)
    assert asked["aged-out-of-foster-care"].groups == ("needs-child",)
    assert asked["in-shelter"].groups == ("needs",)


def test_the_populations_of_focus_can_be_ticked_for_adults_and_for_children():
    def ticked(link_id: str) -> set[str]:
        options = questions("ecm-referral")[link_id].item["answerOption"]
        return {one["valueCoding"]["code"] for one in options}

    known = {
        code
        for population in populations_of_focus().values()
        if population.number
        for code in [one for one, _ in population.variants.values()] or [population.code]
    }
    assert ticked("population-adult") | ticked("population-child") == known
    assert ticked("population-adult") & ticked("population-child") == {"birth-equity"}


def test_the_screening_offers_only_answers_that_are_understood():
    asked = [one for one in questions("ecm-screening").values() if one.type == "choice"]
    assert len(asked) >= 10
    for question in asked:
        code = question.link_id.removeprefix("/")
        assert could_find(code)
        for option in question.item["answerOption"]:
            assert (code, option["valueCoding"]["code"]) in meanings()


def test_a_form_stands_under_the_base_of_the_deployment_and_may_be_changed_at_will():
    there = questionnaire("ecm-referral", "https://plan.example/fhir/")
    assert there["url"] == canonicals("https://plan.example/fhir").referral_questionnaire
    there["item"].clear()
    assert questionnaire("ecm-referral", "https://plan.example/fhir")["item"]
    with pytest.raises(KeyError):
        questionnaire("no-such-form")
