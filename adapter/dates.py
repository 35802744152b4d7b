"""Days and instants as pages write and read them: `Jan 12, 2025` for people, ISO in fields. Pure.

The one form of everything that people read; `in_words` is a filter of the templates, too. What is
copied into a command, JSON or an address stays as ISO writes it, and so do the commands' own words.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from adapter.clock import MEMBER_ZONE
from adapter.errors import UnusableInput

_DAY = re.compile(r"(?<![\w/-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\w/-])")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_words(said: date | str) -> str:
    """A day with the month in letters, so that nobody takes it for another.

    Args:
        said: a day, or a text: every day in it is written so (`the visit of Jan 12, 2025`), and a
            text that is a month alone is `Jan 2025`. Instants and parts of names stay.
    """
    if isinstance(said, date):
        return f"{month(said)} {said.day}, {said.year}"
    alone = _MONTH.fullmatch(said)
    if alone:
        return f"{_MONTHS[int(alone[2]) - 1]} {alone[1]}"
    return _DAY.sub(lambda day: f"{_MONTHS[int(day[2]) - 1]} {int(day[3])}, {day[1]}", said)


def near(day: date, today: date) -> str:
    """A day where space is short: with its year only where that is another."""
    return f"{month(day)} {day.day}" if day.year == today.year else in_words(day)


def period(first: date, last: date | None) -> str:
    """A period: `Jan 1, 2022 to Jun 30, 2023`; without an end, `from Jan 1, 2022`."""
    return f"from {in_words(first)}" if last is None else f"{in_words(first)} to {in_words(last)}"


def instant_in_words(at: datetime) -> str:
    """An instant in the member's zone: `Jan 12, 2025, 2:24 PM`."""
    local = at.astimezone(MEMBER_ZONE)
    return f"{in_words(local.date())}, {time_in_words(local)}"


def time_in_words(local: datetime) -> str:
    """The time of day of an instant, in the zone it is in: `2:24 PM`."""
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"


def month(day: date) -> str:
    """The month in three letters."""
    return _MONTHS[day.month - 1]


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
