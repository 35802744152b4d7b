"""By when something has to happen with a referral: timers as data (`timers.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from adapter.referrals.business_days import after_business_days, end_of, local_day, month_end
from adapter.referrals.choices import Choices

Unit = Literal["business-days", "days", "hours", "month-end"]

#: Task.priority of which the shorter time holds.
URGENT = frozenset({"urgent", "asap", "stat"})


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A length of time; of `month-end`, how many months after this one."""

    count: int
    unit: Unit


class Timer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long something may take."""

    #: A code of `ecm-referral-next-event`, or `task-of-plan`, `task-of-provider`,
    #: `change-of-provider`.
    id: str
    count: int
    unit: Unit
    urgent: Span | None = None
    #: Whether it starts anew with every report, as what is told monthly does.
    renewed: bool = False
    source: str
    #: What awaits a check or a decision; empty: nothing.
    provisional: str = ""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    about: str
    timers: tuple[Timer, ...]


@cache
def timers() -> Mapping[str, Timer]:
    """The timers by id."""
    text = (Path(__file__).parent / "timers.json").read_bytes()
    read = msgspec.json.decode(text, type=_File).timers
    return MappingProxyType({one.id: one for one in read})


def span(timer: str, priority: str, choices: Choices) -> Span:
    """How long a timer runs for a Task of some priority, by the tenant's choice."""
    known = timers()[timer]
    if timer in choices.timers:
        return Span(count=choices.timers[timer], unit=known.unit)
    if known.urgent is not None and priority in URGENT:
        return known.urgent
    return Span(count=known.count, unit=known.unit)


def due(timer: str, start: datetime, priority: str, choices: Choices) -> int:
    """When a timer that starts at an instant runs out, in milliseconds since 1970.

    Days run out at their end in California; the day of the start does not count.
    """
    runs = span(timer, priority, choices)
    if runs.unit == "hours":
        return int((start + timedelta(hours=runs.count)).timestamp() * 1000)
    return end_of(_last_day(runs, local_day(start)))


def due_day(timer: str, start: datetime, priority: str, choices: Choices) -> date:
    """The last day of a timer in California."""
    runs = span(timer, priority, choices)
    if runs.unit == "hours":
        return local_day(start + timedelta(hours=runs.count))
    return _last_day(runs, local_day(start))


def _last_day(runs: Span, first: date) -> date:
    if runs.unit == "business-days":
        return after_business_days(first, runs.count)
    if runs.unit == "month-end":
        return month_end(first, runs.count)
    return first + timedelta(days=runs.count)
