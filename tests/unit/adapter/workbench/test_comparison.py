"""Plans side by side answer as each evaluation by itself, and say because of what they differ."""

from __future__ import annotations

from datetime import date

import pytest

from adapter.samples import all_samples
from adapter.workbench.evaluate.comparison import comparison
from eligibility.evaluate import evaluate
from eligibility.packs import plans
from eligibility.wording import POPULATION_TITLES
from mappings.inbound.bundle import read_member
from tests.unit.adapter.workbench.answering import DAY, chart_of

NAMES = [one.id for one in all_samples(DAY)]


@pytest.mark.parametrize("name", NAMES)
def test_each_column_is_its_plans_own_answer(name: str) -> None:
    """Every population is told once; what differs has a cell for each plan, with its reason."""
    facts = read_member(chart_of(name))
    found = comparison(facts, plan="anthem", as_of=DAY)
    order = [one.plan for one in found.columns]
    assert order[0] == "anthem"
    assert order[-1] == "dhcs"
    assert set(order) == set(plans())
    alike = {title: cell for cell, titles in found.alike for title in titles}
    differing = {line.title: line for line in found.differing}
    for index, plan in enumerate(order):
        for result in evaluate(facts, plan=plan, as_of=DAY).populations:
            title = POPULATION_TITLES[result.id]
            cell = differing[title].cells[index] if title in differing else alike[title]
            assert (cell.outcome, cell.possible) == (result.outcome.value, result.possible)
            if title in differing and result.variants:
                assert cell.decided is not None
                assert cell.decided.words
                assert cell.decided.document
                assert cell.decided.section


def test_visits_nobody_judged_count_for_one_plan_alone() -> None:
    """Health Net's text asks for no judgement; the others wait for one."""
    found = comparison(read_member(chart_of("visits-nobody-judged")), plan="anthem", as_of=DAY)
    (line,) = found.differing
    by_plan = dict(zip((one.plan for one in found.columns), line.cells, strict=True))
    assert by_plan["health-net"].outcome == "met"
    assert by_plan["anthem"].possible
    reasons = {plan: cell.decided for plan, cell in by_plan.items()}
    assert reasons["health-net"] is not None
    assert "6 counted, 5 needed" in reasons["health-net"].words
    assert reasons["partnership"] is not None
    assert reasons["partnership"].section == "VI.A.4.c.1"
    assert reasons["dhcs"] is not None
    assert reasons["dhcs"].provisional


def test_membership_is_said_for_each_plan() -> None:
    """A member of one plan is not one of the others, whatever their texts say."""
    found = comparison(read_member(chart_of("visits-nobody-judged")), plan="anthem", as_of=DAY)
    said = {one.plan: one.membership for one in found.columns}
    assert said["anthem"] == "Member on this day"
    assert said["partnership"] == "Not a member on this day"


def test_exclusions_that_nothing_points_to_are_left_out() -> None:
    """Thirty programmes that nobody mentions are no comparison."""
    found = comparison(read_member(chart_of("hospice")), plan="partnership", as_of=DAY)
    titles = [title for _, titles in found.alike for title in titles]
    titles += [line.title for line in found.differing]
    assert [one for one in titles if one.startswith("Exclusion: ")] == ["Exclusion: Hospice"]


def test_before_ecm_began_there_is_nothing_to_compare() -> None:
    """No column, no error."""
    facts = read_member(chart_of("hospice"))
    assert comparison(facts, plan="dhcs", as_of=date(2021, 12, 31)).columns == ()
