"""Closed windows in calendar months, and the other ways to read one (input contract, section 3)."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.criteria.windows import (
    combined,
    fixed_days_before,
    in_window,
    window_readings,
)
from eligibility.dates import Days
from eligibility.logic import MET, NOT_MET, UNKNOWN
from tests.policy.shorthand import days

FIRST, LAST = date(2024, 2, 15), date(2025, 2, 15)


@pytest.mark.parametrize(
    ("day", "outcome"),
    (
        ("2024-02-14", NOT_MET),
        ("2024-02-15", MET),
        ("2025-02-15", MET),
        ("2025-02-16", NOT_MET),
        ("2024-02", UNKNOWN),
        ("2025-02", UNKNOWN),
        ("2024-03", MET),
        ("2024-01", NOT_MET),
        ("2024", UNKNOWN),
        ("2023", NOT_MET),
    ),
)
def test_a_day_is_inside_when_all_it_may_be_is(day, outcome):
    assert in_window(days(day), FIRST, LAST) is outcome


def test_a_span_that_touches_an_end_is_undecided():
    assert in_window(Days(date(2024, 2, 1), FIRST), FIRST, LAST) is UNKNOWN
    assert in_window(Days(LAST, date(2025, 3, 1)), FIRST, LAST) is UNKNOWN


def test_a_span_wider_than_the_window_is_undecided():
    assert in_window(Days(date(2020, 1, 1), date(2030, 1, 1)), FIRST, LAST) is UNKNOWN


@pytest.mark.parametrize(
    ("since", "as_of", "fixed"),
    (
        (date(2024, 8, 15), date(2025, 2, 15), date(2024, 8, 16)),
        (date(2024, 2, 15), date(2025, 2, 15), date(2024, 2, 16)),
        (date(2023, 2, 15), date(2024, 2, 15), date(2023, 2, 15)),
        (date(2024, 8, 31), date(2025, 2, 28), date(2024, 8, 29)),
        (date(2024, 4, 15), date(2025, 2, 15), date(2024, 4, 16)),
    ),
    ids=("six months are 183 days", "a leap year is 366", "a year is 365", "181 days", "305 days"),
)
def test_fixed_days_are_183_and_365(since, as_of, fixed):
    """Six months reach one day less far than 184 calendar days, and two days farther than 181."""
    assert fixed_days_before(as_of, since) == fixed


@pytest.mark.parametrize(
    ("day", "readings"),
    (
        ("2024-02-15", (NOT_MET, NOT_MET, MET)),
        ("2024-02-16", (MET, MET, MET)),
        ("2024-08-01", (MET, MET, MET)),
        ("2025-02-14", (MET, MET, MET)),
        ("2025-02-15", (MET, MET, NOT_MET)),
        ("2024-02-14", (NOT_MET, NOT_MET, NOT_MET)),
    ),
)
def test_other_readings_differ_on_the_first_and_the_last_day_alone(day, readings):
    fixed = fixed_days_before(LAST, FIRST)
    assert window_readings(days(day), FIRST, LAST, fixed) == readings


def test_readings_of_several_are_joined_and_told_where_they_change_the_answer():
    assert combined(MET, [(NOT_MET, MET), (UNKNOWN, NOT_MET)]) == (UNKNOWN, MET)
    assert combined(MET, [(MET, MET), (UNKNOWN, NOT_MET)]) == ()
    assert combined(UNKNOWN, []) == ()
