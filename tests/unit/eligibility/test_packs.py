"""Which texts of a plan speak on a policy date."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.errors import NoPolicyInForce, UnknownPlan
from eligibility.load.checks import check
from eligibility.load.folder import POLICIES
from eligibility.packs import out_of_force, pack, plans


def test_the_shipped_policies_have_no_faults():
    faults = [str(fault) for fault in check([POLICIES], None).faults]
    assert faults == []


def test_there_are_policies_for_three_plans_and_the_state():
    assert plans() == ("anthem", "dhcs", "health-net", "partnership")


def test_the_day_before_ecm_began_has_no_policy():
    with pytest.raises(NoPolicyInForce, match=r"no policy is in force on 2021-12-31"):
        pack("partnership", date(2021, 12, 31))


def test_the_day_ecm_began_has_policies():
    assert pack("partnership", date(2022, 1, 1)).in_force("avoidable-utilization")


@pytest.mark.parametrize("plan", ("kaiser", "", "..", "Partnership"))
def test_a_plan_without_policies_is_told_with_those_that_have_some(plan):
    with pytest.raises(UnknownPlan, match="anthem, dhcs, health-net, partnership"):
        pack(plan, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("day", "file"),
    (
        (date(2023, 6, 30), "partnership/homelessness-adult-2022.yaml"),
        (date(2023, 7, 1), "partnership/homelessness-adult.yaml"),
    ),
)
def test_a_new_text_takes_over_on_its_first_day(day, file):
    adult = pack("partnership", day).in_force("homelessness")
    assert file in [one.file for one in adult]
    assert len([one for one in adult if one.variant == "adult"]) == 1


def test_a_text_out_of_force_says_since_when_or_until_when():
    first, second = (
        one
        for one in pack("partnership", date(2024, 1, 1)).policies
        if (one.population, one.variant) == ("homelessness", "adult")
    )
    assert out_of_force(first.in_force, date(2024, 1, 1)) == (
        "In force until 2023-06-30; the policy date is 2024-01-01."
    )
    assert out_of_force(second.in_force, date(2023, 1, 1)) == (
        "In force from 2023-07-01; the policy date is 2023-01-01."
    )
    assert out_of_force(second.in_force, date(2024, 1, 1)) is None


def test_a_pack_is_read_once():
    day = date(2025, 2, 1)
    assert pack("partnership", day) is pack("partnership", day)
