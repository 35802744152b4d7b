"""Which texts of a plan speak on a policy date."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.errors import NoPolicyInForce, UnknownPlan
from eligibility.load.checks import check
from eligibility.load.folder import POLICIES
from eligibility.packs import pack, plans


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


def test_texts_out_of_force_come_along_so_that_an_answer_can_say_since_when():
    first, second = (
        one
        for one in pack("partnership", date(2024, 1, 1)).policies
        if (one.population, one.variant) == ("homelessness", "adult")
    )
    assert (first.in_force.last, second.in_force.first) == (date(2023, 6, 30), date(2023, 7, 1))


def test_a_pack_is_read_once():
    day = date(2025, 2, 1)
    assert pack("partnership", day) is pack("partnership", day)
