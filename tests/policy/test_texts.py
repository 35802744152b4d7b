"""A text as a whole: how its criteria are joined, whom it is for, and that none is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.compiled import CompiledNode
from eligibility.context import Context
from eligibility.dates import add_months
from eligibility.determination import Finding
from eligibility.facts import MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.model import Group, Leaf, Node, walk
from eligibility.packs import plans
from eligibility.packs import texts as shipped
from eligibility.registry import registry
from eligibility.variants import weigh
from tests.policy import joined
from tests.policy.harness import determine, policy_of
from tests.policy.kinds import cases
from tests.policy.rows import ECM_BEGAN, PLANS, Row, Text, rows, texts

DAY = timedelta(days=1)
WRITTEN = [text for text, _ in texts() if text.joined]
IDS = [f"{text.policy} {text.first}" for text in WRITTEN]
AGED = [text for text in WRITTEN if text.age and text.first >= ECM_BEGAN]


class Said:
    """Stands for a criterion whose outcome is given."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def reads(self) -> None:
        """Nothing of the facts."""

    def find(self, context: Context) -> Finding:  # noqa: ARG002
        """The outcome given."""
        return Finding(outcome=self.outcome)


def weighed(text: Text, of: Mapping[str, Outcome]) -> Outcome:
    """What the shipped file makes of criteria that come to `of`."""

    def node(one: Node) -> CompiledNode:
        if isinstance(one, Group):
            return CompiledNode(criterion=one, children=tuple(map(node, one.children)))
        return CompiledNode(criterion=one, finder=Said(of[one.id]))

    context = Context(MemberFacts(member="Patient/p1"), text.asked, (), registry(), text.asked)
    return weigh(node(policy_of(text).criteria), context, []).outcome


def one_by_one(names: list[str]) -> Iterator[dict[str, Outcome]]:
    """All the same, and each single criterion against the rest."""
    for base in Outcome:
        same = dict.fromkeys(names, base)
        yield same
        for name in names:
            for other in Outcome:
                yield {**same, name: other}


@pytest.mark.parametrize("text", WRITTEN, ids=IDS)
def test_criteria_are_joined_as_the_text_joins_them(text: Text) -> None:
    """Whatever each criterion comes to, and/or/not of the file are those of the source."""
    assert text.joined is not None
    names = sorted(joined.names(text.joined))
    for of in one_by_one(names):
        assert weighed(text, of) is joined.outcome(text.joined, of), of


@pytest.mark.parametrize("text", WRITTEN, ids=IDS)
def test_criteria_are_joined_so_for_any_mixture(text: Text) -> None:
    """The same for mixtures of met, not met and unknown that nobody thought of."""
    assert text.joined is not None
    sentence = text.joined
    names = sorted(joined.names(sentence))
    outcomes = st.sampled_from((MET, NOT_MET, UNKNOWN))

    @settings(derandomize=True, deadline=None, database=None, max_examples=60)
    @given(st.lists(outcomes, min_size=len(names), max_size=len(names)))
    def holds(drawn: list[Outcome]) -> None:
        of = dict(zip(names, drawn, strict=True))
        assert weighed(text, of) is joined.outcome(sentence, of)

    holds()


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
    answer = determine({"county": text.county}, text.plan, text.asked)
    (variant,) = (
        one
        for result in (*answer.populations, *answer.overlays)
        for one in result.variants
        if (one.policy.id, one.policy.in_force.first) == (text.policy, text.first)
    )
    assert variant.outcome is UNKNOWN
    assert "birth-date" in [one.code for one in variant.missing]


def asked(text: Text, born: date) -> bool:
    """Whether the text's criteria are weighed for a member born on that day."""
    answer = determine({"born": born, "county": text.county}, text.plan, text.asked)
    return any(
        one.trace is not None
        for result in (*answer.populations, *answer.overlays)
        for one in result.variants
        if (one.policy.id, one.policy.in_force.first) == (text.policy, text.first)
    )


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
