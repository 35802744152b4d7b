"""From the first word of a row to its cases; and the cases every criterion has: its text's days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Protocol

from tests.policy.answered import DayAhead, Question, Score
from tests.policy.enrolled import Programme
from tests.policy.facilities import Released, Resident
from tests.policy.personal import Age, Race
from tests.policy.populations import OtherPopulation
from tests.policy.pregnancy import Postpartum, Pregnant
from tests.policy.rows import ECM_BEGAN, LONG_AFTER, Case, Row
from tests.policy.shorthand import Words
from tests.policy.visited import Visits

DAY = timedelta(days=1)


class Kind(Protocol):
    """One kind of criterion."""

    def met(self, day: date) -> Words:
        """Plain facts that meet the criterion on the day."""

    def cases(self) -> Iterator[Case]:
        """The kind's own cases."""


KINDS: Mapping[str, type] = {
    "question": Question,
    "score": Score,
    "day_ahead": DayAhead,
    "visits": Visits,
    "programme": Programme,
    "released_within_months": Released,
    "resident": Resident,
    "under": Age,
    "at_least": Age,
    "races": Race,
    "pregnant_within_months": Pregnant,
    "ended_within_months": Postpartum,
    "populations": OtherPopulation,
}


def cases(row: Row) -> Iterator[Case]:
    """Every case the row stands for."""
    kind: Kind = KINDS[row.kind](row)
    yield from kind.cases()
    yield from _text_days(row, kind)
    yield from _criterion_days(row, kind)


def _text_days(row: Row, kind: Kind) -> Iterator[Case]:
    """The first and last day of the text, and the days outside it."""
    text = row.text
    counts = row.options.get("counts_as", "met")
    first, last = text.first, text.last or LONG_AFTER
    whole = row.last is None and row.first == date.min
    by_day: Mapping[date, str] = row.options.get("counts_on", {})
    if whole:
        yield row.case("first day of the text", kind.met(first), by_day.get(first, counts), first)
        name = "last day of the text" if text.last else "still in force long after"
        yield row.case(name, kind.met(last), counts, last)
    yield row.case("the day before the text", kind.met(first - DAY), "not asked", first - DAY)
    if text.last is not None and text.last + DAY >= ECM_BEGAN:
        after = text.last + DAY
        yield row.case("the day after the text", kind.met(after), "not asked", after)
    for day, outcome in by_day.items():
        yield row.case(f"on {day}", kind.met(day), outcome, day)


def _criterion_days(row: Row, kind: Kind) -> Iterator[Case]:
    """The first and last day of a criterion that is in force for a part of its text's days."""
    if row.first != date.min:
        yield row.case("first day of the criterion", kind.met(row.first), "met", row.first)
        before = row.first - DAY
        if before >= row.text.first:
            yield row.case("the day before the criterion", kind.met(before), "not-met", before)
    if row.last is not None:
        yield row.case("last day of the criterion", kind.met(row.last), "met", row.last)
        after = row.last + DAY
        yield row.case("the day after the criterion", kind.met(after), "not-met", after)
