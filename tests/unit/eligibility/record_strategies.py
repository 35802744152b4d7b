"""Records nobody thought of: visits, screenings, enrolments, coverage, and their days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from eligibility.dates import Days, Span
from eligibility.facts import CoverageSpan, Enrolment, Screening, Visit
from eligibility.logic import Outcome

AS_OF = date(2025, 2, 15)
PROGRAMMES = (
    "smhs",
    "dmc",
    "ccs",
    "foster-care",
    "adoption-assistance",
    "family-maintenance",
    "incarceration-adult",
    "incarceration-youth",
    "nursing-facility",
    "hospice",
    "county-tcm",
    "county-tcm-home-visiting",
    "mssp",
    "d-snp",
)
#: Aid codes for foster care, adoption assistance, CCS and former foster youth; one nobody knows.
_AID_CODES = ("4K", "03", "9K", "4M", "ZZ")


def on(offset: int) -> Days:
    """The day so many days before `AS_OF`."""
    day = AS_OF - timedelta(days=offset)
    return Days(day, day)


def _within(day: Days) -> Days:
    """The month the day lies in: a date known in part."""
    first = day.first.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Days(first, following - timedelta(days=1))


def days_of(offsets: st.SearchStrategy[int], *, partial: bool) -> st.SearchStrategy[Days]:
    whole = offsets.map(on)
    return st.one_of(whole, whole.map(_within)) if partial else whole


def of(values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(values))


def some(one: st.SearchStrategy[Any], most: int = 6) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, max_size=most)


def visits(days: st.SearchStrategy[Days]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(
        of(["emergency", "emergency", "hospital", "snf", "observation"]),
        days,
        st.integers(0, 4),
        of([None, "x", "y"]),
        of(list(Outcome)),
        of(list(Outcome)),
    )


def visit(number: int, *drawn: Any) -> Visit:
    kind, start, length, provider, unplanned, behavioural = drawn
    end = start.first + timedelta(days=length)
    return Visit(
        ref=f"Encounter/v{number}",
        kind=kind,
        start=start,
        end=Days(end, end) if length else None,
        provider=provider,
        unplanned=unplanned,
        behavioural=behavioural,
        open=not length,
    )


@st.composite
def screenings(draw: st.DrawFn, days: st.SearchStrategy[Days], *, denials: bool) -> list[Screening]:
    found = of([(), ("housing-merged",), ("food-insecurity",), ("incarceration-screening",)])
    drawn = draw(some(st.tuples(of(["71802-3", "88122-7", "93028-9"]), found, days), 3))
    return [
        Screening(question=question, concepts=concepts, on=day, ref=f"Observation/s{number}")
        for number, (question, concepts, day) in enumerate(drawn)
        if concepts or denials
    ]


@st.composite
def enrolments(draw: st.DrawFn, days: st.SearchStrategy[Days], *, denials: bool) -> list[Enrolment]:
    ends = st.none() | days if denials else st.none()
    drawn = draw(some(st.tuples(of(PROGRAMMES), days, ends, of([None, "CA", "NV"])), 5))
    return [
        Enrolment(
            program=programme,
            span=Span(start if end is None or start.first <= end.last else None, end),
            state=state,
            ref=f"EpisodeOfCare/e{number}",
        )
        for number, (programme, start, end, state) in enumerate(drawn)
    ]


@st.composite
def coverages(draw: st.DrawFn, days: st.SearchStrategy[Days]) -> list[CoverageSpan]:
    names = ("Partnership HealthPlan of California", "Anthem Blue Cross", "Medi-Cal", "Medicaid")
    drawn = draw(
        some(st.tuples(of(names), st.none() | days, of([(), *((c,) for c in _AID_CODES)])), 3)
    )
    return [
        CoverageSpan(
            payors=(name,),
            type="public" if name == "Medi-Cal" else "managed-care",
            active=True,
            span=Span(start) if start else None,
            aid_codes=codes,
            ref=f"Coverage/k{number}",
        )
        for number, (name, start, codes) in enumerate(drawn)
    ]


def by_key(items: list[Any], key: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for item in items:
        found[getattr(item, key)] = (*found.get(getattr(item, key), ()), item)
    return found
