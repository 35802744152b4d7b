"""Members built by hand, and the card of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from cds_hooks.cards import Reader, cards_for
from cds_hooks.protocol import Card
from eligibility.dates import Days, Span
from eligibility.evaluate import evaluate
from eligibility.facts import Answer, CoverageSpan, Enrolment, MemberFacts, Sign, Visit

AS_OF = date(2026, 3, 18)
PARTNERSHIP = "Partnership HealthPlan of California"
READER = Reader(
    hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    canonical_base="https://ecm.example.org/fhir",
)
HOMELESS: dict[str, bool | None] = {
    "place-not-for-habitation": True,
    "complex-need": True,
    "cannot-self-manage": True,
    "coordination-would-help": True,
    "dependent-child-in-home": False,
}


def days(ago: int) -> Days:
    day = AS_OF - timedelta(days=ago)
    return Days(day, day)


def answers(given: Mapping[str, bool | None]) -> dict[str, tuple[Answer, ...]]:
    return {
        code: (Answer(code=code, value=value, on=days(9), ref=f"Observation/{code}"),)
        for code, value in given.items()
    }


def covered(payor: str = PARTNERSHIP) -> tuple[CoverageSpan, ...]:
    return (
        CoverageSpan(
            payors=(payor,),
            type="managed-care",
            active=True,
            span=Span(start=days(800)),
            ref="Coverage/c",
        ),
    )


def member(
    given: Mapping[str, bool | None] | None = None,
    *,
    programs: tuple[str, ...] = (),
    visits: tuple[Visit, ...] = (),
    signs: dict[str, tuple[Sign, ...]] | None = None,
    coverages: tuple[CoverageSpan, ...] | None = None,
    ref: str = "EpisodeOfCare/",
) -> MemberFacts:
    return MemberFacts(
        member="Patient/p",
        born=Days(date(1980, 5, 1), date(1980, 5, 1)),
        county="Solano",
        answers=answers(given or {}),
        visits=visits,
        signs=signs or {},
        coverages=covered() if coverages is None else coverages,
        enrolments={
            code: (
                Enrolment(program=code, span=Span(start=days(60)), state="CA", ref=f"{ref}{code}"),
            )
            for code in programs
        },
    )


def card_of(facts: MemberFacts, reader: Reader = READER) -> Card:
    (card,) = cards_for(evaluate(facts, as_of=AS_OF), reader)
    return card
