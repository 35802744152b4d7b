"""Days as pages write and read them: `12 Jan 2025` for people, `2025-01-12` in fields."""

from __future__ import annotations

import re
from datetime import date

from adapter.errors import UnusableInput

_DAY = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_words(day: date) -> str:
    """The day, with the month in letters, so that nobody takes it for another."""
    return f"{day.day} {month(day)} {day.year}"


def month(day: date) -> str:
    """The month in three letters."""
    return _MONTHS[day.month - 1]


def with_days_in_words(text: str) -> str:
    """The text with every day in it as people write it: `the visit of 12 Jan 2025`."""
    return _DAY.sub(lambda day: f"{int(day[3])} {_MONTHS[int(day[2]) - 1]} {day[1]}", text)


def day_of(text: str, otherwise: date) -> date:
    """A date as a form sends it; empty: `otherwise`.

    Raises:
        UnusableInput: it is none.
    """
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnusableInput("The day is no date; write it as 2026-01-31.") from None
