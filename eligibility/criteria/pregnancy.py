"""Pregnancy and the months after it (input contract, section 5, "Pregnancy").

Records leave pregnancies open for years, so coded evidence counts for some months only and never
past a recorded end. Losses and terminations end a pregnancy too; they start the same months, are
flagged for review, and are never shown as evidence (Civil Code 56.108, "AB 352").
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from eligibility.context import Context, latest
from eligibility.criteria.windows import fixed_days_before, in_window, window_readings
from eligibility.dates import Days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.facts import Sign
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of

#: The answer a pregnancy status observation (LOINC 82810-3) gives.
_OBSERVED = "pregnant-observed"


class _End(Struct, frozen=True, gc=False):
    day: Days
    evidence: Evidence
    loss: bool = False


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
        outcomes: list[Outcome] = []
        evidence: list[Evidence] = []
        if observed is not None and observed.value is True and observed.on is not None:
            _add(outcomes, evidence, observed.on, observed.evidence, since, as_of, last_end)
        for sign in context.facts.signs.get("pregnancy", ()):
            if sign.kind == "condition" and sign.active and sign.ended is None:
                _add_condition(outcomes, evidence, sign, since, as_of, last_end)
        outcome = any_of(outcomes)
        if outcome is NOT_MET and denied_on is None:
            if not context.is_complete("conditions", since, as_of):
                outcome = UNKNOWN
        elif outcome is NOT_MET and observed is not None:
            evidence += observed.evidence
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
        if outcome is NOT_MET and not (answered is not None and ends):
            if not context.is_complete("conditions", since, as_of):
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
    for sign in signs.get("pregnancy", ()):
        if sign.ended is not None and sign.ended.first <= context.as_of and sign.ref not in lost:
            found.append(_End(sign.ended, Evidence(sign.ref, sign.ended.first)))
    return tuple(found)


def _add(
    outcomes: list[Outcome],
    evidence: list[Evidence],
    day: Days,
    shown: tuple[Evidence, ...],
    since: date,
    as_of: date,
    last_end: date,
) -> None:
    if day.first <= last_end or day.first > as_of:
        return
    found = in_window(day, since, as_of)
    outcomes.append(found)
    if found is not NOT_MET:
        evidence += shown


def _add_condition(
    outcomes: list[Outcome],
    evidence: list[Evidence],
    sign: Sign,
    since: date,
    as_of: date,
    last_end: date,
) -> None:
    days = [day for day in (sign.on, sign.recorded) if day is not None]
    if not days:
        outcomes.append(UNKNOWN)
        evidence.append(Evidence(sign.ref))
        return
    for day in days:
        _add(outcomes, evidence, day, (Evidence(sign.ref, day.first),), since, as_of, last_end)
