"""Days and instants as pages write them for people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adapter.dates import day_of, in_words, instant_in_words, near, period
from adapter.errors import UnusableInput

DAY = date(2025, 3, 5)


@pytest.mark.parametrize(
    ("said", "words"),
    (
        (DAY, "Mar 5, 2025"),
        (date(1, 1, 1), "Jan 1, 1"),
        ("2025-03-05", "Mar 5, 2025"),
        ("2025-03", "Mar 2025"),
        ("2025", "2025"),
        ("", ""),
        ("from 2025-03-05 to 2025-12-31.", "from Mar 5, 2025 to Dec 31, 2025."),
        # Names, instants, and what is no day.
        ("Encounter/2025-03-05", "Encounter/2025-03-05"),
        ("visit-2025-03-05", "visit-2025-03-05"),
        ("2025-03-05T10:00:00Z", "2025-03-05T10:00:00Z"),
        ("2025-13-05", "2025-13-05"),
    ),
)
def test_days_have_the_month_in_letters(said: date | str, words: str) -> None:
    """A day, or every day in a text."""
    assert in_words(said) == words


def test_the_year_is_left_out_where_it_is_this_one() -> None:
    """On the board."""
    assert near(DAY, date(2025, 12, 31)) == "Mar 5"
    assert near(DAY, date(2026, 1, 1)) == "Mar 5, 2025"


def test_a_period_may_have_no_end() -> None:
    """A text in force until somebody says otherwise."""
    assert period(DAY, None) == "from Mar 5, 2025"
    assert period(DAY, date(2025, 4, 1)) == "Mar 5, 2025 to Apr 1, 2025"


@pytest.mark.parametrize(
    ("hour", "words"),
    (
        (8, "Mar 5, 2025, 12:07 AM"),
        (19, "Mar 5, 2025, 11:07 AM"),
        (20, "Mar 5, 2025, 12:07 PM"),
        (22, "Mar 5, 2025, 2:07 PM"),
        (7, "Mar 4, 2025, 11:07 PM"),
    ),
)
def test_instants_are_told_in_the_members_zone(hour: int, words: str) -> None:
    """By twelve hours."""
    assert instant_in_words(datetime(2025, 3, 5, hour, 7, tzinfo=UTC)) == words


def test_a_form_sends_days_as_fields_do() -> None:
    """Or nothing."""
    assert day_of("2025-03-05", date.max) == DAY
    assert day_of("", DAY) == DAY
    with pytest.raises(UnusableInput):
        day_of("Mar 5, 2025", DAY)
