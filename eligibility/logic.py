"""Three-valued logic: `met`, `not-met`, `unknown`, with Kleene's and, or, not.

`unknown` is an answer of its own, never a weak "no": `bool(outcome)` raises, so that no code can
squeeze three values into two by accident.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Outcome(Enum):
    """What is known of a criterion. The value is its spelling on the wire."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"

    #: Enum's own is slow, and outcomes are keys of what is remembered.
    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an Outcome has three values and no truth value; compare it with `is Outcome.MET`"
        )


MET = Outcome.MET
NOT_MET = Outcome.NOT_MET
UNKNOWN = Outcome.UNKNOWN


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's and: one not-met decides; else one unknown leaves it open; nothing at all is met."""
    result = MET
    for outcome in outcomes:
        if outcome is NOT_MET:
            return NOT_MET
        if outcome is UNKNOWN:
            result = UNKNOWN
    return result


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's or: one met decides; else one unknown leaves it open; nothing at all is not-met."""
    result = NOT_MET
    for outcome in outcomes:
        if outcome is MET:
            return MET
        if outcome is UNKNOWN:
            result = UNKNOWN
    return result


def negate(outcome: Outcome) -> Outcome:
    """Kleene's not: met and not-met swap, unknown stays."""
    if outcome is MET:
        return NOT_MET
    if outcome is NOT_MET:
        return MET
    return UNKNOWN


def better(one: Outcome, other: Outcome) -> Outcome:
    """The member-favourable of two: met before unknown before not-met."""
    return any_of((one, other))
