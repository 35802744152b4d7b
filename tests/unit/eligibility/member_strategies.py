"""Members nobody thought of: any mixture of answers, codes, visits and programmes, for hypothesis.

Days are offsets before `AS_OF`. `SAFE` offsets lie so far from each other and from every window's
edge that a shift of the calendar by some days puts none of them on another side.
"""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from hypothesis import strategies as st

from eligibility.facts import Answer, Completeness, MemberFacts, Sign, Source
from tests.unit.eligibility.record_strategies import (
    AS_OF,
    by_key,
    coverages,
    days_of,
    enrolments,
    of,
    on,
    screenings,
    some,
    visit,
    visits,
)

PLANS = ("partnership", "anthem", "health-net", "dhcs")
SAFE = (5, 20, 45, 90, 120, 250, 280, 400, 700)

QUESTIONS = (
    "complex-need",
    "cannot-self-manage",
    "coordination-would-help",
    "in-shelter",
    "no-adequate-nighttime-residence",
    "homeless-family",
    "unaccompanied-youth",
    "doubled-up",
    "social-factor-food",
    "social-factor-housing",
    "smhs-criteria-met",
    "high-risk-suicide",
    "crisis-service-user",
    "snf-level-of-care",
    "environmental-factor",
    "can-reside-in-community",
    "wants-to-leave-facility",
    "likely-transition-success",
    "aged-out-of-foster-care",
    "in-foster-care-at-18",
    "adoption-assistance-eligible",
    "transitioning-from-incarceration",
    "idd",
    "hiv",
    "pregnant",
)
#: Questions whose yes may speak against a criterion.
DOUBLE_EDGED = ("dependent-child-in-home", "nf-resident", "well-managed")
CONCEPTS = (
    "homeless-sheltered",
    "homeless-unspecified",
    "housing-merged",
    "food-insecurity",
    "serious-mental-illness",
    "substance-use-disorder",
    "chronic-condition",
    "hiv",
    "idd",
    "suicide-risk",
    "functional-need",
    "foster-coded",
)
_RACES = ("2054-5", "1002-5", "2106-3")


@st.composite
def members(
    draw: st.DrawFn,
    *,
    offsets: st.SearchStrategy[int] | None = None,
    denials: bool = True,
    coverage: bool = True,
) -> MemberFacts:
    """One member. Without `denials` nothing says no: no answer, no end, no date too far away."""
    partial = offsets is None
    days = days_of(st.integers(-10, 800) if offsets is None else offsets, partial=partial)
    said = [True, True, True, None, *([False] if denials else [])]
    number = draw(st.integers(0, 16))
    asked = st.tuples(of((*QUESTIONS, *DOUBLE_EDGED)), of(said), days)
    drawn = draw(st.lists(asked, min_size=number, max_size=number))
    answers = [
        Answer(code=code, value=value, on=day, ref=f"Observation/a{index}")
        for index, (code, value, day) in enumerate(drawn)
    ]
    seen = [
        visit(index, *traits)
        for index, traits in enumerate(draw(some(visits(days), most=9)), start=1)
    ]
    answers += [
        Answer(
            code="avoidable-encounter",
            value=value,
            on=on(0),
            encounter=one.ref,
            ref=f"{one.ref}-a",
        )
        for one in seen
        if (value := draw(of(said)))
    ]
    signs = [
        Sign(concept=concept, kind=kind, on=day, ref=f"Condition/c{index}")
        for index, (concept, kind, day) in enumerate(
            draw(some(st.tuples(of(CONCEPTS), of(["condition", "flag"]), days)))
        )
    ]
    if denials:
        signs += [
            Sign(concept=concept, kind="condition", on=day, ref=f"Condition/p{number}")
            for number, (concept, day) in enumerate(
                draw(some(st.tuples(of(["pregnancy", "delivery", "pregnancy-loss"]), days), 2))
            )
        ]
    return MemberFacts(
        member="Patient/p1",
        born=draw(st.none() | of([on(4000), on(5600), on(8200), on(15000), on(30000)])),
        county=draw(of([None, "Los Angeles", "Solano"])),
        races=draw(of([(), *((race,) for race in _RACES)])),
        answers=by_key(answers, "code"),
        signs=by_key(signs, "concept"),
        screenings=by_key(draw(screenings(days, denials=denials)), "question"),
        enrolments=by_key(draw(enrolments(days, denials=denials)), "program"),
        visits=tuple(seen),
        coverages=tuple(draw(coverages(days))) if coverage else (),
    )


def completeness() -> st.SearchStrategy[tuple[Completeness, ...]]:
    """Declarations of some sources, for enough days, too few, or none."""
    ever, lately = AS_OF - timedelta(days=900), AS_OF - timedelta(days=100)
    one = st.builds(
        lambda source, first: Completeness(source=source, first=first, last=AS_OF),
        of(get_args(Source)),
        of([ever, ever, lately]),
    )
    return st.lists(one, max_size=5).map(tuple)
