"""Release from incarceration: by the end of an episode, or by what a person answers.

Input contract, section 5: a release before the window is a no; somebody under 21 who left an adult
facility fits neither text and is for a person to judge (flag `review`).
"""

from __future__ import annotations

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria.programmes import day_of_enrolment
from eligibility.criteria.windows import combined, fixed_days_before, in_window, window_readings
from eligibility.dates import Days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of

_ASKED = ("release-date", "facility-type", "transitioning-from-incarceration")
_PRISONS = ("incarceration-adult", "incarceration-youth")


class _Seen(Struct):
    """What speaks of a release, gathered from several places."""

    outcomes: list[Outcome] = []
    evidence: list[Evidence] = []
    #: The day of each release, and whether it was from a youth facility.
    releases: list[tuple[Days, Outcome]] = []
    review: bool = False


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
        seen = _Seen()
        self._episodes(context, seen)
        self._answers(context, seen)
        readings: list[tuple[Outcome, ...]] = [(found,) * 3 for found in seen.outcomes]
        fixed = fixed_days_before(as_of, since)
        for day, youth in seen.releases:
            found = self._counts(in_window(day, since, as_of), youth)
            seen.review = seen.review or (found is UNKNOWN and youth is NOT_MET)
            seen.outcomes.append(found)
            other = window_readings(day, since, as_of, fixed)
            readings.append(tuple(self._counts(inside, youth) for inside in other))
        for concept in self.suggests:
            seen.evidence += context.coded(concept).meets
        outcome = any_of(seen.outcomes)
        if not seen.outcomes and not context.is_complete("programs", since, as_of):
            outcome = UNKNOWN
        is_open = outcome is UNKNOWN
        return Finding(
            outcome=outcome,
            evidence=tuple(dict.fromkeys(seen.evidence)),
            missing=self._missing() if is_open else (),
            flags=("review",) if seen.review and is_open else (),
            window=Window(since, as_of),
            alternatives=combined(outcome, readings),
            indicated=outcome is not NOT_MET and bool(seen.evidence),
        )

    def _missing(self) -> tuple[Missing, ...]:
        """The type of facility is asked only where it matters."""
        asked = (code for code in _ASKED if code != "facility-type" or self.facility == "youth")
        return tuple(Missing("attestation", code) for code in asked)

    def _counts(self, inside: Outcome, youth: Outcome) -> Outcome:
        """A release inside the window, but perhaps not from the facility asked for, is unknown."""
        return UNKNOWN if inside is not NOT_MET and self._wrong_facility(youth) else inside

    def _wrong_facility(self, youth: Outcome) -> bool:
        return self.facility == "youth" and youth is not MET

    def _episodes(self, context: Context, seen: _Seen) -> None:
        for program in _PRISONS:
            for enrolment in context.enrolments(program):
                span = enrolment.span
                if span.start is not None and span.start.first > context.as_of:
                    continue
                seen.evidence.append(Evidence(enrolment.ref, day_of_enrolment(enrolment)))
                if span.end is None or span.end.first > context.as_of:
                    seen.outcomes.append(UNKNOWN)  # inside, as far as is known: leaving or not
                else:
                    youth = MET if program == "incarceration-youth" else NOT_MET
                    seen.releases.append((span.end, youth))

    def _answers(self, context: Context, seen: _Seen) -> None:
        facility = context.answer("facility-type")
        youth = _youth(facility.value if facility else None)
        dated = context.answer("release-date")
        if dated is not None:
            seen.evidence += dated.evidence
            if isinstance(dated.value, Days) and dated.value.first <= context.as_of:
                seen.releases.append((dated.value, youth))
            else:
                seen.outcomes.append(UNKNOWN)
        leaving = context.answer("transitioning-from-incarceration")
        if leaving is not None and leaving.value is not False:
            seen.evidence += leaving.evidence
            held_back = leaving.value is None or self._wrong_facility(youth)
            seen.outcomes.append(UNKNOWN if held_back else MET)
            seen.review = seen.review or (self.facility == "youth" and youth is NOT_MET)


def _youth(answer: object) -> Outcome:
    return MET if answer == "youth" else NOT_MET if answer == "adult" else UNKNOWN
