"""The kinds of test a criterion may have, and the options of each.

This table is the language policies are written in; `eligibility.criteria` gives each kind its
meaning. A number in a test is always a parameter, so that it has dates and a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from eligibility.load.vocabulary import AnswerType
from eligibility.model import POPULATIONS

Shape = Literal[
    "number", "text", "word", "words", "switch", "answer", "concepts", "programs", "populations"
]


class Option(Struct, frozen=True, kw_only=True):
    """What an option of a test may be."""

    shape: Shape
    required: bool = False
    #: Must be given as `$name`, so that its value is dated and has a source.
    parameter: bool = False
    #: For `word` and `words`: the only ones allowed (empty: any).
    allowed: tuple[str, ...] = ()
    #: For `answer`: the types its code may have.
    types: tuple[AnswerType, ...] = ()


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of test."""

    options: Mapping[str, Option]
    #: At least one of these is needed, if there are any.
    one_of: tuple[str, ...] = ()


_NUMBER = Option(shape="number", parameter=True)
_NUMBER_REQUIRED = Option(shape="number", parameter=True, required=True)
_SWITCH = Option(shape="switch")
_CONCEPTS = Option(shape="concepts")
_ABSENT = Option(shape="word", allowed=("conditions", "screenings"))
_OUTCOMES = ("met", "unknown", "not-met")
_VISITS = ("emergency", "hospital", "snf")
_FLAGS = ("ambiguous", "boundary", "observation-stay", "outside-look-back", "review")


def _answer(kind: AnswerType) -> Option:
    return Option(shape="answer", types=(kind,), required=kind != "boolean")


KINDS: Mapping[str, Kind] = {
    "fact": Kind(
        options={
            "answer": _answer("boolean"),
            "meets": _CONCEPTS,
            "suggests": _CONCEPTS,
            "absent": _ABSENT,
            "review_suggested": _SWITCH,
        },
        one_of=("answer", "meets"),
    ),
    "number": Kind(
        options={
            "answer": _answer("integer"),
            "at_least": _NUMBER_REQUIRED,
            "meets": _CONCEPTS,
            "suggests": _CONCEPTS,
            "absent": _ABSENT,
            "review_suggested": _SWITCH,
        }
    ),
    "date_ahead": Kind(options={"answer": _answer("date"), "days": _NUMBER_REQUIRED}),
    "visits": Kind(
        options={
            "kinds": Option(shape="words", required=True, allowed=_VISITS),
            "at_least": _NUMBER_REQUIRED,
            "look_back_months": _NUMBER,
            "within_months": _NUMBER,
            "avoidable": _SWITCH,
            "unplanned": _SWITCH,
            "behavioural": _SWITCH,
            "short_term_days": _NUMBER,
            "signal": _NUMBER,
            "below": Option(shape="word", allowed=("unknown",)),
            "flags": Option(shape="words", allowed=_FLAGS),
        },
        one_of=("look_back_months", "within_months"),
    ),
    "enrolled": Kind(
        options={
            "programs": Option(shape="programs", required=True),
            "within_months": _NUMBER,
            "state": Option(shape="text", parameter=True),
            "counts_as": Option(shape="word", parameter=True, allowed=_OUTCOMES),
            "suggests": _CONCEPTS,
            "suggests_within_months": _NUMBER,
        }
    ),
    "released": Kind(
        options={
            "within_months": _NUMBER_REQUIRED,
            "facility": Option(shape="word", required=True, allowed=("any", "youth")),
            "suggests": _CONCEPTS,
        }
    ),
    "pregnant": Kind(options={"within_months": _NUMBER_REQUIRED}),
    "postpartum": Kind(options={"within_months": _NUMBER_REQUIRED}),
    "resident": Kind(options={}),
    "race": Kind(options={"groups": Option(shape="words", parameter=True, required=True)}),
    "age": Kind(options={"at_least": _NUMBER, "under": _NUMBER}, one_of=("at_least", "under")),
    "population": Kind(
        options={"any_of": Option(shape="populations", required=True, allowed=tuple(POPULATIONS))}
    ),
}
