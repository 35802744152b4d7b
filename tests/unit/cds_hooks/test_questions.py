"""Which questions would decide: the shortest way through alternatives and requirements."""

from __future__ import annotations

from typing import Literal

from cds_hooks.cards.questions import Ask, Path, path_of_node
from eligibility.determination import Count, Finding, Missing, MissingKind, TraceNode
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.model import Group, Leaf, Source, Test

SOURCE = Source(document="d", section="1")


def leaf(
    *asked: str, kind: MissingKind = "attestation", outcome: Outcome = UNKNOWN, sign: bool = False
) -> TraceNode:
    """A criterion that waits for these answers."""
    criterion = Leaf(
        id="-".join(asked) or "leaf", rule="R.", source=SOURCE, test=Test(kind="fact", options={})
    )
    missing = tuple(Missing(kind, code) for code in asked)
    return TraceNode(
        criterion=criterion,
        outcome=outcome,
        finding=Finding(outcome=outcome, missing=missing, indicated=sign),
    )


def group(operator: Literal["all", "any", "not"], *children: TraceNode) -> TraceNode:
    criterion = Group(operator=operator, children=tuple(one.criterion for one in children))
    return TraceNode(criterion=criterion, outcome=UNKNOWN, children=children)


def codes(path: Path) -> list[str]:
    return [missing.code for ask in path.asks for missing in ask.missing]


def test_of_requirements_all_open_ones_are_asked():
    """What is met or not met needs no question."""
    node = group("all", leaf("a"), leaf(outcome=MET), leaf("b"))
    assert codes(path_of_node(node)) == ["a", "b"]


def test_of_alternatives_the_shortest_is_asked():
    """One question beats two."""
    node = group("any", group("all", leaf("a"), leaf("b")), leaf("c"), leaf(outcome=NOT_MET))
    assert codes(path_of_node(node)) == ["c"]


def test_of_equally_short_alternatives_the_one_with_a_sign_is_asked():
    """A code that suggests it makes it the likelier."""
    node = group("any", leaf("a"), leaf("b", sign=True))
    assert codes(path_of_node(node)) == ["b"]


def test_a_question_that_can_be_put_beats_data_that_would_have_to_turn_up():
    """Visits that nobody knows of cannot be asked for."""
    node = group("any", leaf("emergency", kind="encounters"), leaf("a"), leaf("b"))
    assert codes(path_of_node(node)) == ["a"]
    assert not path_of_node(group("all", leaf("emergency", kind="encounters"))).answerable


def test_the_same_question_is_asked_once():
    """Two criteria that wait for one answer."""
    assert codes(path_of_node(group("all", leaf("a"), group("not", leaf("a"))))) == ["a"]


def test_several_answers_that_one_test_takes_are_one_question():
    """Any of the programs would do."""
    path = path_of_node(leaf("ccs", "ccs-wcm", kind="programme"))
    assert len(path.asks) == 1
    assert codes(path) == ["ccs", "ccs-wcm"]


def test_visits_of_one_count_are_one_question_with_how_many_more():
    """Three counted, five needed: two of the undecided visits."""
    undecided = tuple(
        Missing("avoidability", "avoidable-encounter", f"Encounter/{number}") for number in "abc"
    )
    node = leaf()
    finding = Finding(outcome=UNKNOWN, missing=undecided, count=Count(low=3, high=None, at_least=5))
    counted = TraceNode(criterion=node.criterion, outcome=UNKNOWN, finding=finding)
    assert path_of_node(counted).asks == (Ask(missing=undecided, more=2),)
