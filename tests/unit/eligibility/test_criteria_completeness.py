"""When silence may be believed: only the whole window, only the source, only if it was readable."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.utilization import Visits
from eligibility.facts import Source
from eligibility.logic import NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
YEAR = (date(2024, 2, 15), AS_OF)
VISITS = Visits(kinds=("emergency",), at_least=3, look_back_months=12)


def declared(*ranges: str, source: Source = "encounters", **words: Any) -> Context:
    said = {"complete": {source: list(ranges)}, **words}
    return Context(facts(said, AS_OF), AS_OF, completeness(said, AS_OF), registry(), AS_OF)


@pytest.mark.parametrize(
    "ranges",
    (
        ("2024-02-15..2025-02-15",),
        ("2020-01-01..2026-01-01",),
        ("2024-02-15..2024-08-31", "2024-09-01..2025-02-15"),
        ("2024-09-01..2025-02-15", "2024-02-15..2024-08-31"),
        ("2024-02-15..2024-12-31", "2024-06-01..2025-02-15"),
        ("2024-02-15..2025-02-15", "2024-06-01..2024-07-01"),
    ),
    ids=("exactly", "wider", "adjoining", "in any order", "overlapping", "one inside another"),
)
def test_ranges_that_cover_the_window_together_are_complete(ranges):
    assert declared(*ranges).is_complete("encounters", *YEAR)


@pytest.mark.parametrize(
    "ranges",
    (
        ("2024-02-16..2025-02-15",),
        ("2024-02-15..2025-02-14",),
        ("2024-02-15..2024-08-31", "2024-09-02..2025-02-15"),
    ),
    ids=("a day late", "a day short", "a day between"),
)
def test_one_day_that_is_not_covered_is_not_complete(ranges):
    assert not declared(*ranges).is_complete("encounters", *YEAR)


def test_one_source_says_nothing_of_another():
    assert not declared("2024-02-15..2025-02-15", source="programs").is_complete(
        "encounters", *YEAR
    )


def test_a_source_that_could_not_be_read_is_not_believed_and_told():
    context = declared("2024-02-15..2025-02-15", incomplete=["encounters"])
    assert not context.is_complete("encounters", *YEAR)
    assert [one.code for one in context.issues] == ["not-complete"]
    assert VISITS.find(context).outcome is UNKNOWN


def test_another_source_that_could_not_be_read_does_not_matter():
    context = declared("2024-02-15..2025-02-15", incomplete=["conditions"])
    assert VISITS.find(context).outcome is NOT_MET
    assert context.issues == []


def test_an_incomplete_source_nobody_declared_is_not_told():
    context = Context(facts({"incomplete": ["encounters"]}, AS_OF), AS_OF, (), registry(), AS_OF)
    assert context.issues == []
