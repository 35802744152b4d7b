"""A sound file says what it says: each part of `sound.yaml` arrives in the policy."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from eligibility.errors import NoValueInForce
from eligibility.load.folder import read_file
from eligibility.logic import UNKNOWN
from eligibility.model import Document, Group, Leaf, Policy, Ref, walk

SOUND = Path(__file__).parent / "sound.yaml"
PLACE = PurePosixPath("partnership/smi-sud-adult.yaml")


def document(key, status):
    return Document(key=key, title=key, publisher="A plan", date="undated", status=status)


@pytest.fixture(scope="module")
def policy() -> Policy:
    documents = {
        "mccp2032": document("mccp2032", "primary"),
        "guide": document("guide", "provisional"),
    }
    content, faults = read_file(SOUND, PLACE, documents)
    assert faults == []
    assert isinstance(content, Policy)
    return content


def test_the_id_names_plan_population_and_variant(policy):
    assert (policy.plan, policy.population, policy.variant) == ("partnership", "smi-sud", "adult")
    assert policy.file == "partnership/smi-sud-adult.yaml"


def test_a_version_in_quotes_stays_the_text_it_is(policy):
    assert policy.version == "2024-11-13"


def test_an_open_end_is_none(policy):
    assert (policy.in_force.first, policy.in_force.last) == (date(2022, 1, 1), None)


def test_counties_phase_in_with_what_is_answered_elsewhere(policy):
    (phase,) = policy.in_force.phase_in
    assert (phase.counties, phase.elsewhere) == (("Napa", "Marin"), UNKNOWN)


def test_criteria_keep_the_order_of_the_text(policy):
    ids = [node.id for node in walk(policy.criteria)]
    assert ids == [None, "visits", "alone", "manages", "group"]


def test_a_section_alone_is_of_the_files_own_document(policy):
    visits = policy.criteria.children[0]
    assert (visits.source.document, visits.source.section) == ("mccp2032", "VI.A.4.d.4")


def test_a_source_is_provisional_when_its_document_or_the_passage_is(policy):
    visits, alone, _ = policy.criteria.children
    assert not visits.source.provisional
    assert alone.source.provisional
    assert alone.children[0].source.provisional


def test_not_is_a_group_of_one(policy):
    alone = policy.criteria.children[1]
    assert isinstance(alone, Group)
    assert alone.operator == "not"
    assert len(alone.children) == 1


def test_a_dollar_sign_refers_to_a_parameter(policy):
    visits = policy.criteria.children[0]
    assert isinstance(visits, Leaf)
    assert visits.test.options["at_least"] == Ref("visits")
    assert visits.test.options["kinds"] == ("emergency",)


def test_a_parameter_changes_on_its_day_and_not_before(policy):
    visits = policy.parameters["visits"]
    assert visits.on(date(2022, 12, 31)).value == 2
    assert visits.on(date(2023, 1, 1)).value == 3


def test_a_parameter_is_never_used_before_its_first_day(policy):
    with pytest.raises(NoValueInForce, match="no value on 2021-12-31"):
        policy.parameters["visits"].on(date(2021, 12, 31))


def test_a_criterion_with_days_of_its_own_needs_its_parameters_on_those_only(policy):
    groups = policy.parameters["groups"]
    assert groups.values[0].first == date(2024, 1, 1)
    assert groups.values[0].value == ("2054-5", "1002-5")
