"""Age, race and other populations: what is shown and asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.person import Age, OtherPopulation, Race
from eligibility.determination import Missing
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.registry import registry
from tests.policy.shorthand import facts

AS_OF = date(2025, 2, 15)


def context(**words: Any) -> Context:
    return Context(facts(words, AS_OF), AS_OF, (), registry(), AS_OF)


@pytest.mark.parametrize(
    ("born", "outcome"),
    (
        ("2007-02-15", MET),
        ("2007-02-16", NOT_MET),
        ("2004-02-16", MET),
        ("2004-02-15", NOT_MET),
        ("2004", UNKNOWN),
        ("2005", MET),
        (None, UNKNOWN),
    ),
)
def test_both_bounds_of_an_age_hold(born, outcome):
    """From 18 to under 21."""
    assert Age(at_least=18, under=21).find(context(born=born)).outcome is outcome


def test_an_age_is_shown_by_the_member():
    finding = Age(under=21).find(context(born="2012-05-01"))
    assert [one.reference for one in finding.evidence] == ["Patient/p1"]
    assert finding.missing == ()


def test_a_listed_race_is_a_sign_and_another_is_not():
    test = Race(groups=("2054-5",))
    assert test.find(context(races=["2054-5"])).indicated
    assert not test.find(context(races=["2106-3"])).indicated


def others(**outcomes: Outcome) -> Context:
    asked = context()
    for population, outcome in outcomes.items():
        asked.decide(population, outcome)
    return asked


def test_the_populations_that_are_met_are_named():
    finding = OtherPopulation(any_of=("ccs", "smi")).find(others(ccs=MET, smi=UNKNOWN))
    assert (finding.outcome, finding.reason, finding.indicated) == (MET, "By ccs.", True)
    assert finding.missing == ()


def test_the_populations_that_are_open_are_asked_for():
    finding = OtherPopulation(any_of=("ccs", "smi")).find(others(ccs=NOT_MET, smi=UNKNOWN))
    assert (finding.outcome, finding.missing) == (UNKNOWN, (Missing("population", "smi"),))
    assert not finding.indicated


def test_none_met_and_none_open_is_a_no():
    finding = OtherPopulation(any_of=("ccs", "smi")).find(others(ccs=NOT_MET, smi=NOT_MET))
    assert (finding.outcome, finding.missing, finding.reason) == (NOT_MET, (), None)
