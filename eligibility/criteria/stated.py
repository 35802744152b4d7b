"""Criteria that a person answers: yes or no, a number, a date (input contract, section 5).

An answer outweighs a code; a code may meet only what the policy says data alone can meet; what
is neither answered nor coded is unknown, unless the source that would show it is complete.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from eligibility.context import Context
from eligibility.dates import Days, add_days
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.facts import Source
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.standing import Spoken


class Fact(Struct, frozen=True, kw_only=True):
    """Answered yes, or coded with one of `meets`; `suggests` is only shown as evidence."""

    answer: str | None = None
    meets: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    absent: Source | None = None
    review_suggested: bool = False

    def find(self, context: Context) -> Finding:
        """Answer first, then codes, then absence."""
        spoken = context.answer(self.answer) if self.answer is not None else None
        if spoken is not None and isinstance(spoken.value, bool):
            return _by_answer(MET if spoken.value else NOT_MET, spoken)
        return _by_code(self, context, self.answer, spoken)


class Number(Struct, frozen=True, kw_only=True):
    """A number answered, at least `at_least`; or coded with one of `meets`."""

    answer: str
    at_least: int
    meets: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    absent: Source | None = None
    review_suggested: bool = False

    def find(self, context: Context) -> Finding:
        """Answer first, then codes, then absence."""
        spoken = context.answer(self.answer)
        if (
            spoken is not None
            and isinstance(spoken.value, int)
            and not isinstance(spoken.value, bool)
        ):
            return _by_answer(MET if spoken.value >= self.at_least else NOT_MET, spoken)
        return _by_code(self, context, self.answer, spoken)


class DateAhead(Struct, frozen=True, kw_only=True):
    """A date answered that lies from `as_of` to `days` later; further away is a no."""

    answer: str
    days: int

    def find(self, context: Context) -> Finding:
        """A date that has passed leaves the question open: what it foretold may not have come."""
        spoken = context.answer(self.answer)
        until = add_days(context.as_of, self.days)
        window = Window(context.as_of, until)
        if spoken is None or not isinstance(spoken.value, Days):
            return Finding(
                outcome=UNKNOWN,
                evidence=spoken.evidence if spoken else (),
                missing=(Missing("attestation", self.answer),),
                window=window,
            )
        day = spoken.value
        if day.first > until:
            return Finding(outcome=NOT_MET, evidence=spoken.evidence, window=window)
        if day.first >= context.as_of and day.last <= until:
            first, last = day.first == context.as_of, day.last == until
            half_open = (MET, NOT_MET if first else MET, NOT_MET if last else MET)
            return Finding(
                outcome=MET,
                evidence=spoken.evidence,
                window=window,
                alternatives=half_open if first or last else (),
                indicated=True,
            )
        return Finding(
            outcome=UNKNOWN,
            evidence=spoken.evidence,
            missing=(Missing("attestation", self.answer),),
            window=window,
            indicated=day.last >= context.as_of,
            reason="The date given has passed." if day.last < context.as_of else None,
        )


def _by_answer(outcome: Outcome, spoken: Spoken) -> Finding:
    return Finding(outcome=outcome, evidence=spoken.evidence, indicated=outcome is MET)


def _by_code(
    test: Fact | Number, context: Context, question: str | None, spoken: Spoken | None
) -> Finding:
    asked = spoken.evidence if spoken is not None else ()
    disputed = spoken is not None and spoken.disputed
    suggested: list[Evidence] = []
    missing = Missing("attestation", question) if question else Missing("data", "condition")
    for concept in test.meets:
        coded = context.coded(concept)
        if coded.meets and not disputed:
            return Finding(outcome=MET, evidence=coded.meets, indicated=True)
        suggested += coded.meets
        suggested += coded.suggests
    for concept in test.suggests:
        suggested += pointing_to(concept, context)
    if (
        test.absent is not None
        and not suggested
        and spoken is None
        and not any(context.coded(one).left_open for one in (*test.meets, *test.suggests))
        and context.is_complete(test.absent, context.as_of, context.as_of)
    ):
        return Finding(outcome=NOT_MET, reason=f"None among the {test.absent}, which are complete.")
    return Finding(
        outcome=UNKNOWN,
        evidence=(*asked, *_unique(suggested)),
        missing=(missing,),
        flags=("review",) if suggested and test.review_suggested else (),
        indicated=bool(suggested),
    )


def pointing_to(concept: str, context: Context) -> Sequence[Evidence]:
    """What suggests a concept: a person's answer where the concept is asked for, else codes."""
    spoken = context.answer(concept)
    if spoken is not None and isinstance(spoken.value, bool):
        return spoken.evidence if spoken.value else ()
    coded = context.coded(concept)
    return (*coded.meets, *coded.suggests)


def _unique(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))
