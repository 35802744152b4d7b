"""Stays: how long a short one may last, and which emergency visit became one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.utilization import Visits
from eligibility.determination import Finding
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
SHORT = Visits(kinds=("hospital", "snf"), at_least=1, look_back_months=12, short_term_days=100)
ANY_LENGTH = Visits(kinds=("snf",), at_least=1, look_back_months=12)
EMERGENCY = Visits(kinds=("emergency",), at_least=1, look_back_months=12)


def found(test: Visits, *visits: str) -> Finding:
    words: dict[str, Any] = {
        "visits": visits,
        "complete": {"encounters": "2024-02-15..2025-02-15"},
    }
    declared = completeness(words, AS_OF)
    return test.find(Context(facts(words, AS_OF), AS_OF, declared, registry(), AS_OF))


@pytest.mark.parametrize(
    ("stay", "outcome"),
    (
        ("2024-06-01..2024-09-09", MET),
        ("2024-06-01..2024-09-10", NOT_MET),
        ("2024-06-01..2024-09", UNKNOWN),
        ("2024-06-01..2024-08", MET),
        ("2024-06-01..2024-10", NOT_MET),
        ("2024-06..2024-09-15", UNKNOWN),
        ("2024-11-07..", MET),
        ("2024-11-06..", NOT_MET),
        ("2024-11..", UNKNOWN),
        ("2024-12-01..2025-06-01", MET),
        ("2024-06-01..2025-06-01", NOT_MET),
        ("2024-06-01", UNKNOWN),
        ("2025-01-01", MET),
    ),
    ids=(
        "100 days",
        "101 days",
        "ended in a month that may be too late",
        "ended in a month early enough",
        "ended in a month too late",
        "began in a month that may be too early",
        "open for 100 days",
        "open for 101 days",
        "open since a month that may be too early",
        "ends later, so far short",
        "ends later, already long",
        "over, nobody wrote down when, and long ago",
        "over, nobody wrote down when, and not long ago",
    ),
)
def test_a_nursing_facility_stay_counts_while_it_is_short(stay, outcome):
    assert found(SHORT, f"snf {stay}").outcome is outcome


def test_the_length_of_a_hospital_stay_does_not_matter():
    assert found(SHORT, "hospital 2024-03-01..2024-12-01").outcome is MET


def test_a_text_that_asks_for_no_length_takes_any():
    assert found(ANY_LENGTH, "snf 2024-03-01..2025-02-01").outcome is MET


@pytest.mark.parametrize(
    ("stay", "outcome"),
    (
        ("hospital 2025-01-10..2025-01-12 at:x", NOT_MET),
        ("hospital 2025-01-11..2025-01-12 at:x", NOT_MET),
        ("snf 2025-01-11..2025-01-31 at:x", NOT_MET),
        ("hospital 2025-01-12..2025-01-13 at:x", MET),
        ("hospital 2025-01-09..2025-01-12 at:x", MET),
        ("hospital 2025-01-10..2025-01-12 at:y", MET),
        ("hospital 2025-01-10..2025-01-12", MET),
        ("hospital 2025-01 at:x", MET),
        ("hospital at:x", MET),
        ("hospital 2025-01-20..2025-01-22 of:ed", NOT_MET),
        ("observation 2025-01-10..2025-01-11 at:x", MET),
    ),
    ids=(
        "the same day",
        "the day after",
        "the day after, in a nursing facility",
        "two days after",
        "the day before",
        "elsewhere",
        "nobody knows where",
        "in the same month",
        "on an unknown day",
        "any day, as a part of it",
        "under observation",
    ),
)
def test_an_emergency_visit_that_became_a_stay_is_no_visit_of_its_own(stay, outcome):
    """At the same provider on the same day or the next, where the hours are not known."""
    assert found(EMERGENCY, "emergency 2025-01-10 as:ed at:x", stay).outcome is outcome


def test_two_visits_nobody_placed_are_not_taken_for_one_another():
    finding = found(EMERGENCY, "emergency 2025-01-10", "emergency 2025-01-11")
    assert finding.count is not None
    assert finding.count.low == 2
