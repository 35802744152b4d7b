"""Criteria on which a member's facts have no bearing are weighed once for everybody."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eligibility.evaluate
from eligibility.baseline import pack_on
from eligibility.compiled import CompiledPack, compiled_pack
from eligibility.dates import Days, Span
from eligibility.facts import (
    Answer,
    Completeness,
    CoverageSpan,
    Enrolment,
    MemberFacts,
    Screening,
    Sign,
    Visit,
)
from eligibility.logic import Outcome

AS_OF = date(2025, 2, 1)
PLANS = ("partnership", "anthem", "health-net", "dhcs")
COMPLETE = tuple(
    Completeness(source=source, first=date(2023, 1, 1), last=AS_OF)
    for source in ("encounters", "conditions", "programs", "screenings")
)
#: Everything any criterion asks for.
NAMES = sorted(
    {
        name
        for plan in PLANS
        for variants in pack_on(plan, AS_OF, AS_OF, ()).variants.values()
        for variant in variants
        if variant.root is not None
        for name in variant.root.asks
    }
)

days = st.integers(-500, 60).map(lambda number: AS_OF + timedelta(number)).map(lambda d: Days(d, d))
names = st.just(["foster-care"]) | st.lists(st.sampled_from(NAMES), max_size=4, unique=True)
birthdays = st.integers(1934, 2024).map(lambda year: Days(date(year, 5, 5), date(year, 5, 5)))
outcomes = st.sampled_from(Outcome)
visits = st.builds(
    Visit,
    kind=st.sampled_from(("emergency", "hospital", "snf", "observation")),
    start=days,
    unplanned=outcomes,
    behavioural=outcomes,
    open=st.booleans(),
    ref=st.integers(0, 999).map("Encounter/{}".format),
)
coverages = st.builds(
    CoverageSpan,
    payors=st.just(("Medi-Cal",)),
    type=st.none(),
    active=st.booleans(),
    span=st.none(),
    aid_codes=st.sampled_from(((), ("4M",), ("42",), ("9K",))),
    ref=st.just("Coverage/c"),
)


@st.composite
def members(draw: Any) -> MemberFacts:
    def table(record: Any) -> dict[str, tuple[Any, ...]]:
        return {name: (record(name),) for name in draw(names)}

    return MemberFacts(
        member="Patient/p",
        born=draw(
            st.none() | st.integers(0, 90).map(lambda age: Days(*[date(2024 - age, 5, 5)] * 2))
        ),
        county=draw(st.sampled_from((None, "Solano", "Kern"))),
        races=draw(st.sampled_from(((), ("2054-5",), ("2106-3",)))),
        answers=table(
            lambda code: Answer(
                code=code,
                value=draw(st.sampled_from((True, False, None, 4, "youth"))),
                on=draw(days),
                ref="Observation/a",
            )
        ),
        signs=table(
            lambda concept: Sign(
                concept=concept, kind="condition", on=draw(days), ref="Condition/c"
            )
        ),
        screenings={
            "93033-9": (
                Screening(
                    question="93033-9",
                    concepts=tuple(draw(names)),
                    on=draw(days),
                    ref="Observation/s",
                ),
            )
        },
        enrolments=table(
            lambda program: Enrolment(
                program=program,
                span=Span(draw(days), draw(st.none() | days)),
                ref="EpisodeOfCare/e",
            )
        ),
        visits=tuple(draw(st.lists(visits, max_size=6))),
        coverages=tuple(draw(st.lists(coverages, max_size=1))),
    )


@given(facts=members(), plan=st.sampled_from(PLANS), complete=st.sampled_from(((), COMPLETE)))
def test_the_answer_is_that_of_weighing_every_criterion(
    facts: MemberFacts, plan: str, complete: tuple[Completeness, ...]
) -> None:
    """Whatever is known of a member, trace included."""

    def without_baseline(plan: str, policy_date: date, *_: object) -> CompiledPack:
        return compiled_pack(plan, policy_date)

    answer = eligibility.evaluate.evaluate(facts, plan=plan, as_of=AS_OF, complete=complete)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eligibility.evaluate, "pack_on", without_baseline)
        assert answer == eligibility.evaluate.evaluate(
            facts, plan=plan, as_of=AS_OF, complete=complete
        )


def test_a_criterion_names_what_it_asks_for() -> None:
    """So that a member who has it is weighed."""
    assert {"emergency", "homeless-sheltered", "foster-care", "complex-need", "born"} <= set(NAMES)
