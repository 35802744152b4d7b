"""Days as people write them: `12 Jan 2025`."""

from __future__ import annotations

from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_words(day: date) -> str:
    """The day, with the month in letters, so that nobody takes it for another."""
    return f"{day.day} {month(day)} {day.year}"


def month(day: date) -> str:
    """The month in three letters."""
    return _MONTHS[day.month - 1]
