"""The policy browser's pages before they are pages: what is asked, shown, found, compared, held."""

from __future__ import annotations

from datetime import date

import pytest

from adapter.errors import UnusableInput
from adapter.workbench.policies.asked import read_asked, read_sides
from adapter.workbench.policies.compared import compared
from adapter.workbench.policies.coverage import coverage
from adapter.workbench.policies.rules import Rule
from adapter.workbench.policies.searching import find
from adapter.workbench.policies.shown import exclusions_shown, policy_shown
from eligibility.differences import Side, differences
from eligibility.model import Group, Policy, walk
from eligibility.packs import plans, texts

DAY = date(2026, 3, 1)


def policy(id: str, on: date = DAY) -> Policy:
    plan = id.partition("/")[0]
    (found,) = (one for one in texts(plan).policies if one.id == id and one.in_force.covers(on))
    return found


def rules(top: Rule) -> list[Rule]:
    return [top, *(one for child in top.children for one in rules(child))]


def test_an_address_that_says_nothing_asks_for_the_states_policy_of_today():
    asked = read_asked({}, DAY)
    assert (asked.plan, asked.on, asked.population, asked.words) == ("dhcs", DAY, "", "")


def test_a_population_may_be_named_by_its_number():
    assert read_asked({"population": "2"}, DAY).population == "avoidable-utilization"


@pytest.mark.parametrize(
    "given", ({"plan": "nobody"}, {"on": "yesterday"}, {"population": "10"}), ids=str
)
def test_what_is_not_there_is_told_and_not_guessed(given: dict[str, str]):
    with pytest.raises(UnusableInput):
        read_asked(given, DAY)


def test_the_second_side_of_a_comparison_is_of_the_same_day_unless_it_says_another():
    left, right = read_sides({"left": "anthem", "leftOn": "2023-02-01"}, DAY)
    assert (left.plan, left.on, right.on) == ("anthem", date(2023, 2, 1), date(2023, 2, 1))
    assert right.plan not in ("", "dhcs")


@pytest.mark.parametrize("plan", plans())
def test_every_rule_value_and_reading_of_a_plan_is_shown_with_its_place(plan: str):
    """Nothing of a file is lost on its page."""
    for one in texts(plan).policies:
        shown = policy_shown(one, one.in_force.first)
        told = rules(shown.rules[0][3])
        nodes = list(walk(one.criteria))
        assert len(told) == len(nodes)
        assert [rule.text for rule in told] == [node.rule or "" for node in nodes]
        for rule, node in zip(told, nodes, strict=True):
            assert bool(rule.joined) == isinstance(node, Group)
            assert bool(rule.where) == (node.source is not None)
        values = [value for each in one.parameters.values() for value in each.values]
        assert len(shown.values) == len(values)
        assert {reading.id for reading in shown.readings} == set(one.interpretations)
        assert bool(shown.provisional) == one.provisional
        anchors = {reading.anchor for reading in shown.readings}
        assert {anchor for rule in told for _, anchor in rule.readings} <= anchors


def test_a_value_that_does_not_hold_on_the_day_says_so():
    file = texts("dhcs").exclusions
    assert file is not None
    kinds = [one for one in exclusions_shown(file, DAY).values if one.name == "kind county tcm"]
    assert [(one.amount, one.holds) for one in kinds] == [("wrap", False), ("excluded", True)]


def test_an_exclusion_is_shown_with_what_it_does_on_the_day():
    file = texts("dhcs").exclusions
    assert file is not None
    before = {name: kind for name, kind, _, _ in exclusions_shown(file, date(2023, 1, 1)).rules}
    now = {name: kind for name, kind, _, _ in exclusions_shown(file, DAY).rules}
    assert before["County Targeted Case Management"].startswith("wrap")
    assert now["County Targeted Case Management"].startswith("excluded")


def test_a_search_finds_what_holds_all_the_words_and_marks_them():
    found = find("EMERGENCY five", ("partnership",), DAY)
    assert found
    first = next(one for one in found if one.kind == "rule")
    assert first.population == "avoidable-utilization"
    marked = {text.casefold() for text, is_word in first.pieces if is_word}
    assert marked == {"emergency", "five"}
    assert "".join(text for text, _ in first.pieces).startswith("Five or more emergency")


def test_a_reading_that_stands_in_many_texts_is_found_once():
    (hit,) = (one for one in find("calendar months", ("dhcs",), DAY) if one.kind == "reading")
    assert hit.others > 3


@pytest.mark.parametrize("words", ("", "   ", "xyzzy", "<script>", ".*", "[a-z]", "\\"))
def test_a_search_for_nothing_that_is_there_finds_nothing(words: str):
    """Signs of a pattern or of HTML are words like any other."""
    assert find(words, plans(), DAY) == []


def test_a_comparison_says_what_each_side_says_and_where():
    found = compared(differences(Side("dhcs", DAY), Side("partnership", DAY)))
    one = next(each for each in found if each.population == "avoidable-utilization")
    assert one.title.startswith("2 ")
    (theirs,) = (line for line in one.lines if line.left.absent)
    assert theirs.right.text.startswith("Within six months, three or more stays")
    assert theirs.right.where is not None
    assert theirs.right.where.section == "VI.A.4.c.2"
    assert found[-1].population == "exclusions"
    assert all(line.left.absent for line in found[-1].lines)


def test_a_plan_on_one_day_says_the_same_as_itself():
    assert compared(differences(Side("anthem", DAY), Side("anthem", DAY))) == ()


def test_coverage_tells_version_standing_and_first_day_of_each_text():
    rows = {(row.population, row.age_group): row for row in coverage(DAY)}
    held = {one.plan: one for one in rows["avoidable-utilization", "Adults"].held}
    assert held["partnership"].version == "2024-11-13"
    assert not held["partnership"].provisional
    assert held["dhcs"].provisional
    assert held["dhcs"].days == "from Jan 1, 2022"
    assert held["health-net"].all_ages
    idd = {one.plan: one for one in rows["idd", "Adults"].held}
    assert idd["partnership"].version is None
    assert idd["dhcs"].all_ages


def test_coverage_of_a_day_before_anything_holds_has_a_row_for_each_population_still():
    rows = coverage(date(2020, 1, 1))
    assert {row.number for row in rows} == {*range(1, 10), None}
    assert all(one.version is None for row in rows for one in row.held)
    assert any(one.other for row in rows for one in row.held)


def test_the_rows_of_a_population_stand_together():
    for day in (DAY, date(2022, 3, 1), date(2020, 1, 1)):
        rows = coverage(day)
        assert sum(row.spans for row in rows) == len(rows)


def test_rules_whose_evidence_makes_possible_are_marked():
    """By a number where evidence of several kinds is asked; the others are not."""
    adult = policy_shown(policy("dhcs/avoidable-utilization/adult"), DAY)
    marked = [one for one in rules(adult.rules[0][3]) if one.signal]
    assert adult.signals == 1
    assert {one.signal for one in marked} == {"any"}
    assert len(marked) == 3
    several = [
        policy_shown(one, one.in_force.first)
        for plan in plans()
        for one in texts(plan).policies
        if len(one.indicators) > 1
    ]
    for text in several:
        told = {number for one in rules(text.rules[0][3]) for number in one.signal.split()}
        assert told == {str(number) for number in range(1, text.signals + 1)}


def test_a_provisional_text_says_so_once_and_its_rules_do_not_repeat_it():
    text = policy_shown(policy("dhcs/avoidable-utilization/adult"), DAY)
    assert text.provisional
    assert text.where.provisional
    told = [one.where for one in rules(text.rules[0][3]) if one.where and one.where.here]
    assert told
    assert not any(one.provisional for one in told)
