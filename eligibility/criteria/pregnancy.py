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
from eligibility.dates import Days, add_days, add_months
from eligibility.determination import Evidence, Finding, Missing, Window
from eligibility.facts import Sign
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of
from eligibility.standing import Spoken, latest

#: The reading chosen, by fixed days, and half-open at one end or the other.
_READINGS = 4
#: The answer a pregnancy status observation (LOINC 82810-3) gives.
_OBSERVED = "pregnant-observed"


class _End(Struct, frozen=True, gc=False):
    day: Days
    evidence: Evidence
    loss: bool = False
    #: False: nobody wrote down when, so `day` is any day up to the one asked about.
    dated: bool = True


class _Sign(Struct, frozen=True, gc=False):
    day: Days | None
    evidence: Evidence


class Pregnant(Struct, frozen=True, kw_only=True):
    """Pregnant now; evidence older than `within_months` no longer speaks."""

    within_months: int

    def find(self, context: Context) -> Finding:
        """The member's answer, else observations and conditions that no later end contradicts."""
        as_of = context.as_of
        window = Window(add_months(as_of, -self.within_months), as_of)
        spoken = context.answer("pregnant")
        if spoken is not None and spoken.value is False:
            return Finding(outcome=NOT_MET, evidence=spoken.evidence, window=window)
        if spoken is not None and spoken.value is True:
            return _said_yes(spoken, window)
        observed = latest(context.facts.answers.get(_OBSERVED, ()), as_of)
        signs = list(_current(context))
        last_end = max((end.day.last for end in _ends(context) if end.dated), default=date.min)
        denied: tuple[Evidence, ...] = ()
        if observed is not None and observed.value is True:
            signs += [_Sign(observed.on, one) for one in observed.evidence]
        elif observed is not None and observed.value is False and observed.on is not None:
            denied = observed.evidence
            last_end = max(last_end, observed.on.last)
        # The first of each is the reading chosen, the others those that would be flagged.
        weighed = [(sign, _pregnant_by(sign, window, last_end)) for sign in signs]
        settled = denied or context.is_complete("conditions", window.first, as_of)
        silence = (NOT_MET if settled else UNKNOWN,) * _READINGS
        outcome, *other = map(any_of, zip(silence, *(found for _, found in weighed), strict=True))
        evidence = [sign.evidence for sign, found in weighed if found[0] is not NOT_MET]
        if outcome is NOT_MET:
            evidence += denied
        return Finding(
            outcome=outcome,
            evidence=tuple(dict.fromkeys(evidence)),
            missing=(Missing("attestation", "pregnant"),) if outcome is UNKNOWN else (),
            window=window,
            alternatives=tuple(other) if any(one is not outcome for one in other) else (),
            indicated=outcome is not NOT_MET and bool(evidence),
        )


def _said_yes(spoken: Spoken, window: Window) -> Finding:
    """A yes speaks as long as a record does; an older one is for a person to review."""

    def since(first: date) -> Outcome:
        return UNKNOWN if spoken.on is not None and spoken.on.last < first else MET

    outcome = since(window.first)
    stale = outcome is UNKNOWN
    fixed = fixed_days_before(window.last, window.first)
    other = (since(fixed), since(add_days(window.first, 1)), outcome)
    return Finding(
        outcome=outcome,
        evidence=spoken.evidence,
        missing=(Missing("attestation", "pregnant"),) if stale else (),
        flags=("review",) if stale else (),
        window=window,
        alternatives=other if any(one is not outcome for one in other) else (),
        indicated=not stale,
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
        spoken_for = False
        if answered is not None and isinstance(answered.value, Days):
            spoken_for = answered.value.first <= as_of
            if spoken_for:
                ends = (_End(answered.value, answered.evidence[0]),)
        inside = [(end, in_window(end.day, since, as_of)) for end in ends]
        outcome = any_of(found for _, found in inside)
        speaking = [end for end, found in inside if found is outcome]
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
            if day is None or day.first <= context.as_of:
                found.append(
                    _End(
                        day or Days(date.min, context.as_of),
                        Evidence(sign.ref, day.first if day else None),
                        concept == "pregnancy-loss",
                        day is not None,
                    )
                )
    losses = [end for end in found if end.loss]
    for sign in signs.get("pregnancy", ()):
        if sign.ended is not None and sign.ended.first <= context.as_of:
            lost = any(_is_of(end, sign) for end in losses)
            found.append(_End(sign.ended, Evidence(sign.ref, sign.ended.first), lost))
    return tuple(found)


def _is_of(loss: _End, pregnancy: Sign) -> bool:
    """Whether a pregnancy abated by this loss: one record says both, or both ended on a day."""
    if loss.evidence.reference == pregnancy.ref:
        return True
    ended = pregnancy.ended
    if ended is None or not loss.dated:
        return False
    return loss.day.first <= ended.last and ended.first <= loss.day.last


def _current(context: Context) -> Iterator[_Sign]:
    """Onset and record of every pregnancy on the problem list that had not abated by the day."""
    for sign in context.facts.signs.get("pregnancy", ()):
        going_on = sign.active if sign.ended is None else sign.ended.first > context.as_of
        if sign.kind == "condition" and going_on:
            if sign.on is None and sign.recorded is None:
                yield _Sign(None, Evidence(sign.ref))
            for day in (sign.on, sign.recorded):
                if day is not None:
                    yield _Sign(day, Evidence(sign.ref, day.first))


def _pregnant_by(sign: _Sign, window: Window, last_end: date) -> tuple[Outcome, ...]:
    """What one sign says on its own: an undated one leaves it open, a later end undoes it."""
    first, last = window.first, window.last
    if sign.day is None:
        return (UNKNOWN,) * _READINGS
    if sign.day.first <= last_end or sign.day.first > last:
        return (NOT_MET,) * _READINGS
    other = window_readings(sign.day, first, last, fixed_days_before(last, first))
    return (in_window(sign.day, first, last), *other)
