"""FHIR dates, dateTimes and instants as days of the member's own calendar (input contract, 3).

- A whole date is that day, `2024-05` and `2024` are the days they cover.
- A time with a zone is turned into the day it was where the member lives.
- Exactly midnight UTC is a date that some system wrote as an instant: the day as written. Turned
  into local time it would fall on the evening before (`2024-05-01T00:00:00Z` on 30 April).
- A time without a zone is the day as written, since nobody can say more.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from eligibility.dates import Days

_MIDNIGHT = time(0)


class Unreadable(ValueError):
    """The text is no date that FHIR or a calendar knows."""


def read_moment(text: str, zone: ZoneInfo | None) -> tuple[Days, datetime | None]:
    """The days a date or time covers and, where the text gives one with a zone, the instant.

    `zone` is where the member lives; None leaves every day as it is written.

    Raises:
        Unreadable: `text` is no FHIR date, dateTime or instant, or outside years 1 to 9999.
    """
    try:
        if len(text) <= 10:
            return _whole_days(text), None
        return _timed(text, zone)
    except (ValueError, OverflowError, IndexError) as error:
        raise Unreadable from error


def _whole_days(text: str) -> Days:
    if len(text) == 4:
        year = _day(f"{text}-01-01").year
        return Days(date(year, 1, 1), date(year, 12, 31))
    if len(text) == 7:
        first = _day(f"{text}-01")
        return Days(first, first.replace(day=monthrange(first.year, first.month)[1]))
    day = _day(text)
    return Days(day, day)


def _day(text: str) -> date:
    _check_hyphens(text)
    return date.fromisoformat(text)


def _check_hyphens(text: str) -> None:
    # `fromisoformat` also knows 20240501 and 2024-W18-3, which FHIR does not.
    if text[4] != "-" or text[7] != "-":
        raise ValueError


def _timed(text: str, zone: ZoneInfo | None) -> tuple[Days, datetime | None]:
    _check_hyphens(text)
    if text[17:19] == "60":  # a leap second, which `datetime` cannot hold
        text = f"{text[:17]}59{text[19:]}"
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    if offset is None or (not moment.hour and not offset and moment.time() == _MIDNIGHT):
        day = moment.date()
        return Days(day, day), None
    day = (moment if zone is None else moment.astimezone(zone)).date()
    return Days(day, day), moment


def hull(start: Days | None, end: Days | None) -> Days | None:
    """The days from the beginning of one range to the end of another; either may be missing."""
    if start is None or end is None:
        return start or end
    return Days(min(start.first, end.first), max(start.last, end.last))
