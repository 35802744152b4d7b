"""A text as a whole: how its criteria are joined, whom it is for, and that none is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from eligibility.dates import add_months
from eligibility.logic import UNKNOWN
from eligibility.model import Leaf, walk
from eligibility.packs import plans
from eligibility.packs import texts as shipped
from tests.policy import joined
from tests.policy.harness import policy_of, variant_of
from tests.policy.kinds import cases
from tests.policy.rows import PLANS, Row, Text, rows, texts

DAY = timedelta(days=1)
WRITTEN = [text for text, _ in texts() if text.joined]
IDS = [f"{text.policy} {text.first}" for text in WRITTEN]
AGED = [text for text in WRITTEN if text.age]


@pytest.mark.parametrize("text", WRITTEN, ids=IDS)
def test_criteria_are_joined_as_the_text_joins_them(text: Text) -> None:
    """And, or and not of the policy file are those of the source."""
    assert text.joined is not None
    assert joined.in_file(policy_of(text).criteria) == joined.in_words(text.joined)


@pytest.mark.parametrize("text", AGED, ids=[f"{text.policy} {text.first}" for text in AGED])
@pytest.mark.parametrize("turns", (-1, 0, 1), ids=("day before", "birthday", "day after"))
def test_a_text_is_for_its_ages_from_the_birthday(text: Text, turns: int) -> None:
    """A text for 21 and older asks from that birthday; one for under 21 until then."""
    limit = text.age.get("at_least", text.age.get("under", 0))
    born = add_months(text.asked, -12 * limit) - turns * DAY
    asks = (turns >= 0) is ("at_least" in text.age)
    assert asked(text, born) is asks


@pytest.mark.parametrize("text", AGED, ids=[f"{text.policy} {text.first}" for text in AGED])
def test_a_text_for_some_ages_is_unknown_without_a_birth_date(text: Text) -> None:
    """The criteria are weighed all the same, and the birth date is asked for."""
    variant = variant_of(text, {"county": text.county}, text.asked)
    assert variant is not None
    assert variant.outcome is UNKNOWN
    assert "birth-date" in [one.code for one in variant.missing]


def asked(text: Text, born: date) -> bool:
    """Whether the text's criteria are weighed for a member born on that day."""
    variant = variant_of(text, {"born": born, "county": text.county}, text.asked)
    return variant is not None and variant.trace is not None


# -- nothing is missed -----------------------------------------------------------------------------


def leaves() -> Iterator[tuple[str, str]]:
    """Every criterion of every shipped file: the file's id and first day, and its own id."""
    for plan in plans():
        held = shipped(plan)
        for policy in held.policies:
            for node in walk(policy.criteria):
                if isinstance(node, Leaf):
                    yield f"{policy.id} {policy.in_force.first}", node.id
        assert held.exclusions is not None
        for entry in held.exclusions.entries:
            for node in walk(entry.criteria):
                if isinstance(node, Leaf):
                    yield f"{plan}/exclusions {entry.id}", node.id


def written() -> Iterator[tuple[str, str, Row]]:
    """Every row, named as `leaves` names criteria."""
    for row in rows():
        of = row.exclusion or row.text.first
        yield f"{row.text.policy} {of}", row.criterion, row


def test_the_tables_know_every_plan() -> None:
    """A plan that ships policies has tables."""
    assert set(plans()) == set(PLANS)


def test_every_criterion_and_exclusion_has_nine_cases() -> None:
    """No criterion is shipped without its cases."""
    counted = Counter({(of, name): len(list(cases(row))) for of, name, row in written()})
    assert {leaf: counted[leaf] for leaf in leaves() if counted[leaf] < 9} == {}


def test_every_row_names_a_criterion_that_is_there_once() -> None:
    """A row about nothing, or two about the same criterion, are faults of the table."""
    named = [(of, name) for of, name, _ in written()]
    assert sorted(named) == sorted(set(named))
    assert set(named) - set(leaves()) == set()


@pytest.mark.parametrize("text", WRITTEN, ids=IDS)
def test_a_text_names_all_its_criteria(text: Text) -> None:
    """The sentence that joins the criteria and the rows are about the same criteria."""
    assert text.joined is not None
    (found,) = (rows_of for one, rows_of in texts() if one is text)
    assert joined.names(text.joined) == {row.criterion for row in found}
