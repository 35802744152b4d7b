"""Days, partial dates and calendar months.

A FHIR date may name a year, a month or a day; here it is always the closed range of days it covers
(`Days`). Windows are closed at both ends and measured in calendar months, rounding down to the last
day that exists (input contract, section 3).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct


class Days(Struct, frozen=True, gc=False):
    """A closed range of days: when something happened, as exactly as it is known.

    A whole date has `first == last`; `2024-05` is 1 May to 31 May 2024.
    """

    #: The earliest day it can have been.
    first: date
    #: The latest day it can have been.
    last: date


class Span(Struct, frozen=True, gc=False):
    """A period with ends that may be unknown or open: an enrolment, a coverage.

    `start` None: begun at an unknown time in the past. `end` None: not ended, as far as is known.
    """

    start: Days | None = None
    end: Days | None = None


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later (earlier when negative).

    Rounds down to the last day that exists: 31 August minus six months is 28 or 29 February.
    Days before year 1 or after 9999 are clamped to `date.min` and `date.max`.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year < 1:
        return date.min
    if year > 9999:
        return date.max
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_days(day: date, days: int) -> date:
    """The day `days` later (earlier when negative), clamped to the days Python knows."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
