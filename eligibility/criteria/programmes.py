"""Enrolments, release from incarceration, and living in a nursing facility.

Input contract, section 5: an enrolment that ended before the window is a no; an absent one is a no
only when the programmes are declared complete.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria.windows import fixed_days_before, in_window, window_readings
from eligibility.dates import Days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.facts import Enrolment
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of, any_of

_BY_WORD = {outcome.value: outcome for outcome in Outcome}
_PRISONS = ("incarceration-adult", "incarceration-youth")


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
        outcomes: list[Outcome] = []
        readings: list[tuple[Outcome, ...]] = []
        evidence: list[Evidence] = []
        elsewhere = False
        for program in self.programs:
            for enrolment in context.enrolments(program):
                span = enrolment.span
                if span.start is not None and span.start.first > as_of:
                    continue
                now = _enrolled(enrolment, as_of, as_of)
                found = now if since == as_of else _enrolled(enrolment, since, as_of)
                if self.state is not None and enrolment.state != self.state and found is not NOT_MET:
                    elsewhere = elsewhere or (enrolment.state is not None and now is MET)
                    found = UNKNOWN if self.within_months is None else found
                outcomes.append(found)
                if found is not NOT_MET or since != as_of:
                    evidence.append(Evidence(enrolment.ref, _day(enrolment)))
                if since != as_of and now is not MET and span.end is not None:
                    readings.append(
                        window_readings(span.end, since, as_of, fixed_days_before(as_of, since))
                    )
        complete = context.is_complete("programs", since, as_of)
        outcome = any_of(outcomes)
        if outcome is MET:
            outcome = _BY_WORD[self.counts_as]
        elif not outcomes and not complete:
            outcome = UNKNOWN
        suggested = () if outcomes or complete else self._suggested(context)
        enrolled = bool(outcomes) and any_of(outcomes) is not NOT_MET
        return Finding(
            outcome=outcome,
            evidence=(*evidence, *suggested),
            missing=self._missing(outcome),
            flags=("review",) if elsewhere and outcome is UNKNOWN else (),
            window=None if since == as_of else Window(since, as_of),
            alternatives=_combined(outcome, outcomes, readings),
            indicated=enrolled or bool(suggested),
            reason=self._reason(outcomes, outcome, complete),
        )

    def _suggested(self, context: Context) -> tuple[Evidence, ...]:
        found: list[Evidence] = []
        for concept in (*self.suggests, *(f"prog:{program}" for program in self.programs)):
            coded = context.coded(concept)
            found += coded.meets
            found += coded.suggests
        if self.suggests_within_months is not None:
            since = add_months(context.as_of, -self.suggests_within_months)
            found = [one for one in found if one.on is None or one.on >= since]
        return tuple(dict.fromkeys(found))

    def _missing(self, outcome: Outcome) -> tuple[Missing, ...]:
        if outcome is not UNKNOWN:
            return ()
        return tuple(Missing("programme", program) for program in self.programs)

    def _reason(self, outcomes: list[Outcome], outcome: Outcome, complete: bool) -> str | None:
        if outcome is NOT_MET and not outcomes and complete:
            return "None among the enrolments, which are complete."
        if outcome is UNKNOWN and self.counts_as == "unknown" and any_of(outcomes) is MET:
            return "Enrolled, but which kind, or for which purpose, is not stated."
        return None


class Released(Struct, frozen=True, kw_only=True):
    """Left a correctional facility within `within_months`, or is leaving one now."""

    within_months: int
    #: `any`, or `youth`: only a youth correctional facility.
    facility: str
    suggests: tuple[str, ...] = ()

    def find(self, context: Context) -> Finding:
        """Releases by episode and by answer, and the answer that the member is in transition."""
        as_of = context.as_of
        since = add_months(as_of, -self.within_months)
        window = Window(since, as_of)
        outcomes: list[Outcome] = []
        readings: list[tuple[Outcome, ...]] = []
        evidence: list[Evidence] = []
        review = False
        kind = context.answer("facility-type")
        attested_youth = _youth(kind.value if kind else None)
        releases: list[tuple[Days, Outcome]] = []
        for program in _PRISONS:
            for enrolment in context.enrolments(program):
                if enrolment.span.start is not None and enrolment.span.start.first > as_of:
                    continue
                evidence.append(Evidence(enrolment.ref, _day(enrolment)))
                youth = MET if program == "incarceration-youth" else NOT_MET
                if enrolment.span.end is None or enrolment.span.end.first > as_of:
                    outcomes.append(UNKNOWN)  # still inside, as far as is known: leaving or not
                else:
                    releases.append((enrolment.span.end, youth))
        dated = context.answer("release-date")
        if dated is not None:
            evidence += dated.evidence
            if isinstance(dated.value, Days) and dated.value.first <= as_of:
                releases.append((dated.value, attested_youth))
            else:
                outcomes.append(UNKNOWN)
        for day, youth in releases:
            found = in_window(day, since, as_of)
            if self.facility == "youth" and found is not NOT_MET and youth is not MET:
                review = review or youth is NOT_MET
                found = UNKNOWN
            outcomes.append(found)
            if found is not UNKNOWN:
                readings.append(window_readings(day, since, as_of, fixed_days_before(as_of, since)))
        leaving = context.answer("transitioning-from-incarceration")
        if leaving is not None:
            evidence += leaving.evidence
            if leaving.value is True:
                named = self.facility == "any" or attested_youth is MET
                outcomes.append(MET if named else UNKNOWN)
                review = review or (not named and attested_youth is NOT_MET)
        suggested: list[Evidence] = []
        for concept in self.suggests:
            suggested += context.coded(concept).meets
        outcome = any_of(outcomes)
        if not outcomes and not context.is_complete("programs", since, as_of):
            outcome = UNKNOWN
        if outcome is NOT_MET and leaving is not None and leaving.value is None:
            outcome = UNKNOWN
        open_answers = ("release-date", "facility-type", "transitioning-from-incarceration")
        return Finding(
            outcome=outcome,
            evidence=tuple(dict.fromkeys((*evidence, *suggested))),
            missing=tuple(Missing("attestation", code) for code in open_answers)
            if outcome is UNKNOWN
            else (),
            flags=("review",) if review and outcome is UNKNOWN else (),
            window=window,
            alternatives=_combined(outcome, outcomes, readings),
            indicated=outcome is not NOT_MET and bool(evidence or suggested),
        )


class Resident(Struct, frozen=True, kw_only=True):
    """Lives in a nursing facility now: by answer, by programme, or by an open stay."""

    def find(self, context: Context) -> Finding:
        """An answer outweighs; else an enrolment or an open stay meets; absence needs both sources."""
        as_of = context.as_of
        spoken = context.answer("nf-resident")
        if spoken is not None and isinstance(spoken.value, bool):
            outcome = MET if spoken.value else NOT_MET
            return Finding(outcome=outcome, evidence=spoken.evidence, indicated=outcome is MET)
        evidence = [
            Evidence(one.ref, _day(one))
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
    span = enrolment.span
    begun = MET if span.start is None or span.start.last <= as_of else UNKNOWN
    if span.end is None:
        return all_of((begun, UNKNOWN if enrolment.ended else MET))
    if span.end.first >= since:
        return begun
    return NOT_MET if span.end.last < since else UNKNOWN


def _day(enrolment: Enrolment) -> date | None:
    edge = enrolment.span.end or enrolment.span.start
    return edge.first if edge else None


def _youth(answer: object) -> Outcome:
    return MET if answer == "youth" else NOT_MET if answer == "adult" else UNKNOWN



def _combined(
    outcome: Outcome, outcomes: list[Outcome], readings: list[tuple[Outcome, ...]]
) -> tuple[Outcome, ...]:
    """The outcomes under the other readings of the window, where the edge decides."""
    if not readings or outcome is UNKNOWN or len(outcomes) != len(readings):
        return ()
    found = tuple(any_of(reading) for reading in zip(*readings, strict=True))
    return found if any(one is not outcome for one in found) else ()

