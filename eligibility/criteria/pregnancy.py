"""Pregnancy and the months after it (input contract, section 5, "Pregnancy").

Records leave pregnancies open for years, so coded evidence counts for some months only and never
past a recorded end. Losses and terminations end a pregnancy too; they start the same months, are
flagged for review, and are never shown as evidence (Civil Code 56.108, "AB 352").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria.windows import fixed_days_before, in_window, window_readings
from eligibility.dates import Days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of
from eligibility.standing import latest

#: The answer a pregnancy status observation (LOINC 82810-3) gives.
_OBSERVED = "pregnant-observed"


class _End(Struct, frozen=True, gc=False):
    day: Days
    evidence: Evidence
    loss: bool = False


class _Sign(Struct, frozen=True, gc=False):
    day: Days | None
    evidence: Evidence


class Pregnant(Struct, frozen=True, kw_only=True):
    """Pregnant now; evidence older than `within_months` no longer speaks."""

    within_months: int

    def find(self, context: Context) -> Finding:
        """The member's answer, else observations and conditions that no later end contradicts."""
        as_of = context.as_of
        since = add_months(as_of, -self.within_months)
        window = Window(since, as_of)
        spoken = context.answer("pregnant")
        if spoken is not None and spoken.value is False:
            return Finding(outcome=NOT_MET, evidence=spoken.evidence, window=window)
        if spoken is not None and spoken.value is True:
            stale = spoken.on is not None and spoken.on.last < since
            return Finding(
                outcome=UNKNOWN if stale else MET,
                evidence=spoken.evidence,
                missing=(Missing("attestation", "pregnant"),) if stale else (),
                flags=("review",) if stale else (),
                window=window,
                indicated=not stale,
            )
        observed = latest(context.facts.answers.get(_OBSERVED, ()), as_of)
        denied_on = observed.on if observed is not None and observed.value is False else None
        last_end = max((end.day.last for end in _ends(context)), default=date.min)
        if denied_on is not None:
            last_end = max(last_end, denied_on.last)
        signs = list(_current(context))
        if observed is not None and observed.value is True:
            signs += [_Sign(observed.on, one) for one in observed.evidence]
        weighed = [(sign, _pregnant_by(sign, since, as_of, last_end)) for sign in signs]
        outcome = any_of(found for _, found in weighed)
        evidence = [sign.evidence for sign, found in weighed if found is not NOT_MET]
        if outcome is NOT_MET and denied_on is not None and observed is not None:
            evidence += observed.evidence
        elif outcome is NOT_MET and not context.is_complete("conditions", since, as_of):
            outcome = UNKNOWN
        return Finding(
            outcome=outcome,
            evidence=tuple(dict.fromkeys(evidence)),
            missing=(Missing("attestation", "pregnant"),) if outcome is UNKNOWN else (),
            window=window,
            indicated=outcome is not NOT_MET and bool(evidence),
        )


class Postpartum(Struct, frozen=True, kw_only=True):
    """A pregnancy ended within the last `within_months`."""

    within_months: int

    def find(self, context: Context) -> Finding:
        """The date answered outweighs; else deliveries, abatements, and losses (for review)."""
        as_of = context.as_of
        since = add_months(as_of, -self.within_months)
        window = Window(since, as_of)
        fixed = fixed_days_before(as_of, since)
        answered = context.answer("pregnancy-end-date")
        ends = _ends(context)
        if answered is not None and isinstance(answered.value, Days):
            day = answered.value
            if day.first <= as_of:
                ends = (_End(day, answered.evidence[0]),)
        inside = [(end, in_window(end.day, since, as_of)) for end in ends]
        outcome = any_of(found for _, found in inside)
        speaking = [end for end, found in inside if found is outcome]
        spoken_for = answered is not None and bool(ends)
        if (
            outcome is NOT_MET
            and not spoken_for
            and not context.is_complete("conditions", since, as_of)
        ):
            outcome = UNKNOWN
            speaking = []
        review = bool(speaking) and outcome is not NOT_MET and all(end.loss for end in speaking)
        readings = [window_readings(end.day, since, as_of, fixed) for end in speaking]
        other = tuple(any_of(reading) for reading in zip(*readings, strict=True))
        return Finding(
            outcome=outcome,
            evidence=tuple(dict.fromkeys(end.evidence for end in speaking if not end.loss)),
            missing=(Missing("attestation", "pregnancy-end-date"),) if outcome is UNKNOWN else (),
            flags=("review",) if review else (),
            window=window,
            alternatives=other if any(one is not outcome for one in other) else (),
            indicated=outcome is not NOT_MET and bool(speaking),
        )


def _ends(context: Context) -> tuple[_End, ...]:
    """Every recorded end of a pregnancy up to the day, however it ended."""
    found: list[_End] = []
    signs = context.facts.signs
    for concept in ("delivery", "pregnancy-loss"):
        for sign in signs.get(concept, ()):
            day = sign.on or sign.recorded
            if day is not None and day.first <= context.as_of:
                found.append(_End(day, Evidence(sign.ref, day.first), concept == "pregnancy-loss"))
    lost = {end.evidence.reference for end in found if end.loss}
    abated = (
        (sign.ref, sign.ended)
        for sign in signs.get("pregnancy", ())
        if sign.ended is not None and sign.ended.first <= context.as_of and sign.ref not in lost
    )
    return (*found, *(_End(day, Evidence(ref, day.first)) for ref, day in abated))


def _current(context: Context) -> Iterator[_Sign]:
    """Onset and record of every pregnancy that is on the problem list and not abated."""
    for sign in context.facts.signs.get("pregnancy", ()):
        if sign.kind == "condition" and sign.active and sign.ended is None:
            if sign.on is None and sign.recorded is None:
                yield _Sign(None, Evidence(sign.ref))
            for day in (sign.on, sign.recorded):
                if day is not None:
                    yield _Sign(day, Evidence(sign.ref, day.first))


def _pregnant_by(sign: _Sign, since: date, as_of: date, last_end: date) -> Outcome:
    """What one sign says on its own: an undated one leaves it open, a later end undoes it."""
    if sign.day is None:
        return UNKNOWN
    if sign.day.first <= last_end or sign.day.first > as_of:
        return NOT_MET
    return in_window(sign.day, since, as_of)
