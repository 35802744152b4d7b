"""What plans and days say differently, on the shipped policies."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.differences import Differences, Side, differences

DAY = date(2025, 1, 1)


def between(left: str, right: str, day: date = DAY) -> Differences:
    return differences(Side(left, day), Side(right, day))


def of(found, population, left_policy):
    return next(
        variant
        for variant in found.populations[population]
        if variant.left is not None and variant.left.id == left_policy
    )


def test_a_plan_does_not_differ_from_itself():
    found = between("partnership", "partnership")
    assert (found.populations, found.exclusions) == ({}, ())


def test_the_state_counts_hospital_and_nursing_facility_stays_apart_where_partnership_adds_them():
    adult = of(
        between("partnership", "dhcs"),
        "avoidable-utilization",
        "partnership/avoidable-utilization/adult",
    )
    assert [rule.id for rule in adult.only_left] == ["stays"]
    assert [rule.id for rule in adult.only_right] == ["hospital-stays", "snf-stays"]


def test_a_value_that_differs_is_told_with_both_values_and_both_sources():
    adult = of(
        between("anthem", "partnership"),
        "avoidable-utilization",
        "anthem/avoidable-utilization/adult",
    )
    (avoidable,) = adult.changes
    assert avoidable.option == "avoidable"
    assert avoidable.left is None
    assert avoidable.right is not None
    assert avoidable.right.source.section == "VI.A.4.c.2"


def test_a_text_for_all_ages_is_compared_with_each_age_group():
    found = between("anthem", "health-net").populations["incarceration"]
    assert [variant.left.id for variant in found if variant.left] == [
        "anthem/incarceration/adult",
        "anthem/incarceration/child-youth",
    ]
    assert {variant.right.id for variant in found if variant.right} == {
        "health-net/incarceration/all-ages"
    }


def test_ages_belong_to_what_differs():
    adult = between("anthem", "health-net").populations["incarceration"][0]
    (age,) = (change for change in adult.changes if change.option == "age")
    assert age.left is not None
    assert (age.left.value, age.left.unit, age.right) == ("from 21", "years", None)


def test_the_same_criteria_joined_otherwise_are_a_difference():
    (found,) = between("anthem", "partnership").populations["nf-transition"]
    assert found.joined_differently
    assert not found.only_left + found.only_right + found.changes


def test_a_criterion_under_not_is_told_with_its_not():
    sides = Side("partnership", date(2023, 6, 30)), Side("partnership", date(2023, 7, 1))
    adult = of(differences(*sides), "homelessness", "partnership/homelessness/adult")
    assert adult.only_right[0].rule == "No dependent child or youth lives with the adult."


def test_a_population_that_opens_between_two_days_has_no_text_on_the_first():
    sides = Side("partnership", date(2023, 6, 30)), Side("partnership", date(2023, 7, 1))
    (found,) = differences(*sides).populations["ccs"]
    assert found.left is None
    assert found.right is not None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    (
        (date(2024, 6, 30), date(2024, 7, 1), ("wrap", "excluded")),
        (date(2024, 7, 1), date(2025, 7, 1), None),
    ),
)
def test_an_exclusion_whose_kind_changes_is_told_with_both_kinds(first, second, expected):
    found = differences(Side("partnership", first), Side("partnership", second)).exclusions
    kinds = [
        (one.left and one.left.value, one.right and one.right.value)
        for one in found
        if one.id == "county-tcm"
    ]
    assert kinds == ([expected] if expected else [])


def test_an_exclusion_of_one_plan_only_is_none_on_the_other_side():
    found = {one.id: one for one in between("partnership", "dhcs").exclusions}
    assert set(found) == {"well-managed", "palliative-care", "chw-services"}
    assert found["chw-services"].right is None
