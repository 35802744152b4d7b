"""Whether a day lies in a window, and whether it would by the other readings of a window.

Windows are closed and in calendar months; what would change under fixed days (183, 365) or a
half-open window is flagged `boundary` (input contract, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil

from eligibility.dates import Days, add_days
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of

_DAY = timedelta(days=1)


def in_window(day: Days, first: date, last: date) -> Outcome:
    """MET when all of `day` lies in `[first, last]`, NOT_MET when none does, else UNKNOWN."""
    if day.first >= first and day.last <= last:
        return MET
    if day.last < first or day.first > last:
        return NOT_MET
    return UNKNOWN


def fixed_days_before(as_of: date, since: date) -> date:
    """The start of the window `[since, as_of]` counted in fixed days: 183 for six months."""
    months = (as_of.year - since.year) * 12 + as_of.month - since.month
    return add_days(as_of, -ceil(months * 365 / 12))


def window_readings(day: Days, first: date, last: date, fixed: date) -> tuple[Outcome, ...]:
    """By fixed days, without the first day, without the last."""
    return (
        in_window(day, fixed, last),
        in_window(day, add_days(first, 1), last),
        in_window(day, first, last - _DAY),
    )


def combined(outcome: Outcome, readings: Sequence[tuple[Outcome, ...]]) -> tuple[Outcome, ...]:
    """The outcomes under the other readings, one per thing that speaks; empty when all agree."""
    found = tuple(any_of(reading) for reading in zip(*readings, strict=True))
    return found if any(one is not outcome for one in found) else ()
