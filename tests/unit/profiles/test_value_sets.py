"""Concepts and screenings, as Python reads them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from profiles.canonicals import LOINC
from profiles.screenings import meanings, questions
from profiles.value_sets import codes, concept_ids, value_set

CONCEPTS = """
    homeless-unspecified homeless-sheltered homeless-unsheltered housing-merged
    housing-instability inadequate-housing food-insecurity transportation-insecurity
    financial-strain unemployment social-isolation legal-involvement incarceration-screening
    other-social-factor domestic-violence serious-mental-illness substance-use-disorder overdose
    suicide-risk tbi hiv idd chronic-condition pregnancy delivery pregnancy-loss functional-need
    foster-coded hospice-care palliative-care ace-high aged-out-foster-youth child-in-home
    incarceration-coded ed-visit nursing-facility planned-admission
"""


@pytest.mark.parametrize("concept", CONCEPTS.split())
def test_every_concept_a_policy_or_mapper_names_has_codes(concept):
    assert concept in concept_ids()
    assert codes(concept)


def test_a_name_that_is_no_concept_is_refused_by_name():
    with pytest.raises(KeyError, match="'homeles' is no concept"):
        value_set("homeles")


def test_a_path_is_no_concept():
    with pytest.raises(KeyError):
        value_set("../value_sets/hiv")


def test_a_provisional_value_set_says_why():
    assert "ours" in value_set("chronic-condition").provisional[0]
    assert value_set("delivery").provisional == ()


def test_a_set_knows_the_codes_it_leaves_out():
    assert "O36.4" in {code.code for code in value_set("pregnancy").excluded}


def test_positive_answers_are_the_same_in_value_sets_and_screenings():
    from_value_sets = {
        (code.question, code.code, concept)
        for concept in concept_ids()
        for code in codes(concept)
        if code.question is not None
    }
    from_screenings = {
        (question, answer, concept)
        for (question, answer), meaning in meanings().items()
        for concept in meaning.concepts
        if answer.startswith("LA")
    }
    assert from_value_sets == from_screenings


def test_every_concept_of_a_screening_is_a_concept():
    assert {c for meaning in meanings().values() for c in meaning.concepts} <= concept_ids()


def test_every_question_has_an_answer_that_finds_nothing():
    for question in questions():
        assert any(
            asked == question and meaning.answered and not meaning.concepts
            for (asked, _), meaning in meanings().items()
        )


def test_answers_belong_to_loinc():
    assert {
        code.system for concept in concept_ids() for code in codes(concept) if code.question
    } == {LOINC}


def test_reading_value_sets_loads_neither_pydantic_nor_a_validator():
    script = (
        "import sys, mappings.concepts, profiles.codes, profiles.value_sets as v;"
        "[v.codes(c) for c in v.concept_ids()];"
        "print({'pydantic', 'fhir', 'jsonschema', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"
