"""Calendar months round down to the last day that exists; nothing overflows."""

from datetime import date

import pytest

from eligibility.criteria.windows import in_window, window_readings
from eligibility.dates import Days, add_days, add_months
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.standing import at_age

D = date.fromisoformat


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    (
        ("2025-08-31", -6, "2025-02-28"),
        ("2024-08-31", -6, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2025-05-10", -12, "2024-05-10"),
        ("2025-01-31", -2, "2024-11-30"),
        ("2025-12-31", 1, "2026-01-31"),
    ),
)
def test_months(day: str, months: int, expected: str) -> None:
    """A day that does not exist in the other month becomes that month's last."""
    assert add_months(D(day), months) == D(expected)


def test_ends_of_the_calendar() -> None:
    """Days before year 1 and after 9999 are clamped, not raised."""
    assert add_months(date.min, -1) == date.min
    assert add_months(date.max, 1) == date.max
    assert add_days(date.max, 1) == date.max
    assert add_days(date.min, -1) == date.min


@pytest.mark.parametrize(
    ("born", "as_of", "expected"),
    (
        (("2004-05-10", "2004-05-10"), "2025-05-10", MET),
        (("2004-05-11", "2004-05-11"), "2025-05-10", NOT_MET),
        (("2004-02-29", "2004-02-29"), "2025-02-28", MET),
        (("2004-02-29", "2004-02-29"), "2025-02-27", NOT_MET),
        (("2004-01-01", "2004-12-31"), "2025-05-10", UNKNOWN),
        (("2003-01-01", "2003-12-31"), "2025-05-10", MET),
    ),
)
def test_turning_21(born: tuple[str, str], as_of: str, expected: Outcome) -> None:
    """Age turns on the birthday; a partial birth date that straddles it leaves the age open."""
    assert at_age(Days(D(born[0]), D(born[1])), 21, D(as_of)) is expected


def test_no_birth_date() -> None:
    """Without a birth date no age is known."""
    assert at_age(None, 21, D("2025-05-10")) is UNKNOWN


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    (
        ("2024-07-15", "2024-07-15", MET),
        ("2024-07-14", "2024-07-14", NOT_MET),
        ("2025-07-15", "2025-07-15", MET),
        ("2025-07-16", "2025-07-16", NOT_MET),
        ("2024-07-01", "2024-07-31", UNKNOWN),
        ("2024-08-01", "2024-08-31", MET),
    ),
)
def test_window_is_closed_at_both_ends(first: str, last: str, expected: Outcome) -> None:
    """First and last day are in; a partial date that straddles an end is unknown."""
    found = in_window(Days(D(first), D(last)), D("2024-07-15"), D("2025-07-15"))
    assert found is expected


def test_other_readings_of_the_first_day() -> None:
    """The window's first day is out when the window is half-open, in by 365 days."""
    day = Days(D("2024-07-15"), D("2024-07-15"))
    readings = window_readings(day, D("2024-07-15"), D("2025-07-15"), D("2024-07-15"))
    assert readings == (MET, NOT_MET, MET)
