"""Enrolments, and living in a nursing facility.

Input contract, section 5: an enrolment that ended before the window is a no; an absent one is a no
only when the programmes are declared complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria.stated import pointing_to
from eligibility.criteria.windows import combined, fixed_days_before
from eligibility.dates import add_days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.facts import Enrolment
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of

_BY_WORD = {outcome.value: outcome for outcome in Outcome}


class Enrolled(Struct, frozen=True, kw_only=True):
    """In one of `programs` now, or within the last `within_months`."""

    programs: tuple[str, ...]
    within_months: int | None = None
    state: str | None = None
    #: What being enrolled is worth, in words; default `met`.
    counts_as: str = "met"
    suggests: tuple[str, ...] = ()
    suggests_within_months: int | None = None

    def find(self, context: Context) -> Finding:
        """The best of the programmes."""
        as_of = context.as_of
        since = as_of if self.within_months is None else add_months(as_of, -self.within_months)
        begun = list(self._begun(context))
        if not begun:
            return self._absent(context, since)
        outcomes: list[Outcome] = []
        readings: list[tuple[Outcome, ...]] = []
        evidence: list[Evidence] = []
        elsewhere = False
        for enrolment in begun:
            now = _enrolled(enrolment, as_of, as_of)
            inside = _enrolled(enrolment, since, as_of)
            found = self._counts(inside, enrolment)
            elsewhere = elsewhere or (
                found is not inside and enrolment.state is not None and now is MET
            )
            outcomes.append(found)
            if found is not NOT_MET or since != as_of:
                evidence.append(Evidence(enrolment.ref, day_of_enrolment(enrolment)))
            if since != as_of:
                other = (inside,) * 3 if now is MET else _readings(enrolment, since, as_of)
                readings.append(tuple(self._counts(one, enrolment) for one in other))
        best = any_of(outcomes)
        if best is NOT_MET and self._suggested_since(begun, context):
            return self._absent(context, since)
        outcome = _BY_WORD[self.counts_as] if best is MET else best
        is_open = outcome is UNKNOWN
        return Finding(
            outcome=outcome,
            evidence=tuple(evidence),
            missing=_ask(self.programs) if is_open else (),
            flags=("review",) if elsewhere and is_open else (),
            window=None if since == as_of else Window(since, as_of),
            alternatives=combined(outcome, readings),
            indicated=best is not NOT_MET,
            reason=_enrolled_reason(best, outcome),
        )

    def _counts(self, inside: Outcome, enrolment: Enrolment) -> Outcome:
        """An enrolment perhaps run by another state than the one asked for is unknown."""
        if inside is NOT_MET or self.state is None or self.state == enrolment.state:
            return inside
        return UNKNOWN

    def _absent(self, context: Context, since: date) -> Finding:
        if context.is_complete("programs", since, context.as_of):
            return _NONE_OF_ALL
        suggested = self._suggested(context)
        return Finding(
            outcome=UNKNOWN,
            evidence=suggested,
            missing=_ask(self.programs),
            indicated=bool(suggested),
        )

    def _suggested_since(self, ended: Sequence[Enrolment], context: Context) -> bool:
        """Whether something points to a new enrolment after all that are known had ended."""
        last = max(one.span.end.last for one in ended if one.span.end is not None)
        return any(one.on is not None and one.on > last for one in self._suggested(context))

    def _begun(self, context: Context) -> Iterator[Enrolment]:
        for program in self.programs:
            for enrolment in context.enrolments(program):
                start = enrolment.span.start
                if start is None or start.first <= context.as_of:
                    yield enrolment

    def _suggested(self, context: Context) -> tuple[Evidence, ...]:
        found: list[Evidence] = []
        for concept in (*self.suggests, *(f"prog:{program}" for program in self.programs)):
            found += pointing_to(concept, context)
        if self.suggests_within_months is not None:
            since = add_months(context.as_of, -self.suggests_within_months)
            found = [one for one in found if one.on is None or one.on >= since]
        return tuple(dict.fromkeys(found))


_NONE_OF_ALL = Finding(outcome=NOT_MET, reason="None among the enrolments, which are complete.")


def _ask(programs: tuple[str, ...]) -> tuple[Missing, ...]:
    return tuple(Missing("programme", program) for program in programs)


def _enrolled_reason(best: Outcome, outcome: Outcome) -> str | None:
    if outcome is UNKNOWN and best is MET:
        return "Enrolled, but of which kind, or for which purpose, is not stated."
    if outcome is NOT_MET and best is MET:
        return "Enrolled, which does not count on the policy date."
    return None


class Resident(Struct, frozen=True, kw_only=True):
    """Lives in a nursing facility now: by answer, by programme, or by an open stay."""

    def find(self, context: Context) -> Finding:
        """An answer outweighs; else an enrolment or an open stay meets; a no needs both sources."""
        as_of = context.as_of
        spoken = context.answer("nf-resident")
        if spoken is not None and isinstance(spoken.value, bool):
            outcome = MET if spoken.value else NOT_MET
            return Finding(outcome=outcome, evidence=spoken.evidence, indicated=outcome is MET)
        evidence = [
            Evidence(one.ref, day_of_enrolment(one))
            for one in context.enrolments("nursing-facility")
            if _enrolled(one, as_of, as_of) is MET
            and (one.span.start is None or one.span.start.last <= as_of)
        ]
        evidence += [
            Evidence(stay.refs[0], stay.start.first)
            for stay in context.events("snf")
            if stay.start is not None
            and (stay.open if stay.end is None else stay.end.first >= as_of)
        ]
        if evidence:
            return Finding(outcome=MET, evidence=tuple(evidence), indicated=True)
        if context.is_complete("programs", as_of, as_of) and context.is_complete(
            "encounters", as_of, as_of
        ):
            return Finding(
                outcome=NOT_MET, reason="Neither an enrolment nor an open stay; both are complete."
            )
        return Finding(
            outcome=UNKNOWN,
            evidence=spoken.evidence if spoken else (),
            missing=(Missing("attestation", "nf-resident"),),
        )


def _enrolled(enrolment: Enrolment, since: date, as_of: date) -> Outcome:
    """Whether the enrolment touches `[since, as_of]`; it began on or before `as_of`, perhaps."""
    start, end = enrolment.span.start, enrolment.span.end
    if end is not None and end.last < since:
        return NOT_MET
    begun = MET if start is None or start.last <= as_of else UNKNOWN
    if start is not None and start.first >= since:
        return begun
    lasted = not enrolment.ended if end is None else end.first >= since
    return begun if lasted else UNKNOWN


def _readings(enrolment: Enrolment, since: date, as_of: date) -> tuple[Outcome, ...]:
    """By fixed days, without the first day, without the last."""
    return (
        _enrolled(enrolment, fixed_days_before(as_of, since), as_of),
        _enrolled(enrolment, add_days(since, 1), as_of),
        _enrolled(enrolment, since, add_days(as_of, -1)),
    )


def day_of_enrolment(enrolment: Enrolment) -> date | None:
    """The day to show for an enrolment: when it ended, else when it began."""
    edge = enrolment.span.end or enrolment.span.start
    return edge.first if edge else None
