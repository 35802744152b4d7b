"""Days as people write them: `12 Jan 2025`."""

from __future__ import annotations

import re
from datetime import date

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
