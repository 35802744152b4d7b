"""Business days where the members live: no weekend, no holiday (`holidays.json`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from adapter.clock import MEMBER_ZONE

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A holiday of every year: on a day of a month, or the nth such weekday of a month."""

    name: str
    #: Who keeps it: `federal`, `california`.
    by: tuple[str, ...]
    month: int
    day: int | None = None
    weekday: str | None = None
    #: -1: the last one.
    nth: int = 1
    #: Days after that day.
    plus: int = 0
    #: First year it was kept.
    first: int = msgspec.field(default=1, name="from")

    def on(self, year: int) -> date:
        """The day in a year."""
        if self.weekday is None:
            return date(year, self.month, self.day or 1)
        if self.nth < 0:
            end = date(year + self.month // 12, self.month % 12 + 1, 1) - _DAY
            found = end - timedelta(days=(end.weekday() - _WEEKDAYS.index(self.weekday)) % 7)
        else:
            begin = date(year, self.month, 1)
            ahead = (_WEEKDAYS.index(self.weekday) - begin.weekday()) % 7
            found = begin + timedelta(days=ahead + 7 * (self.nth - 1))
        return found + timedelta(days=self.plus)


Shift = Literal["day-before", "day-after"]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    about: str
    provisional: str
    #: Who keeps a holiday → weekday that it falls on → when they keep it instead.
    observed: dict[str, dict[str, Shift]]
    holidays: tuple[Holiday, ...]


@cache
def _file() -> _File:
    text = (Path(__file__).parent / "holidays.json").read_bytes()
    return msgspec.json.decode(text, type=_File)


@cache
def holidays(year: int) -> frozenset[date]:
    """The days of a year that are kept as holidays, on whichever day."""
    years = (year - 1, year, year + 1)
    return frozenset(day for one in years for day in _kept(one) if day.year == year)


def _kept(year: int) -> Iterator[date]:
    for holiday in _file().holidays:
        if year < holiday.first:
            continue
        day = holiday.on(year)
        yield day
        for who in holiday.by:
            shift = _file().observed.get(who, {}).get(_WEEKDAYS[day.weekday()])
            if shift is not None:
                yield day - _DAY if shift == "day-before" else day + _DAY


def is_business_day(day: date) -> bool:
    """Whether offices are open."""
    return day.weekday() < 5 and day not in holidays(day.year)


def after_business_days(day: date, count: int) -> date:
    """The business day that is `count` after `day`, which itself does not count."""
    while count > 0:
        day += _DAY
        count -= is_business_day(day)
    return day


def month_end(day: date, months: int) -> date:
    """The last business day of the month that is `months` after that of `day`."""
    ahead = day.year * 12 + day.month + months
    day = date(ahead // 12, ahead % 12 + 1, 1) - _DAY
    while not is_business_day(day):
        day -= _DAY
    return day


def local_day(instant: datetime) -> date:
    """The day it is where the members live."""
    return instant.astimezone(MEMBER_ZONE).date()


def end_of(day: date) -> int:
    """The first instant after a day there, in milliseconds since 1970."""
    return int(datetime.combine(day + _DAY, time(0), MEMBER_ZONE).timestamp() * 1000)
