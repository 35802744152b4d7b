"""What an answer to a social screening stands for: PRAPARE, AHC-HRSN, Hunger Vital Sign.

`definitions/screenings.json` is the source. Unlike a ValueSet it knows the negative answers too:
"I have housing" is an answer that found nothing, which is more than no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_FILE = Path(__file__).parent / "definitions" / "screenings.json"


class ScreeningMeaning(Struct, frozen=True, kw_only=True, gc=False):
    """What one answer to one question stands for."""

    #: Concepts it is evidence of; empty: nothing found, or not answered.
    concepts: tuple[str, ...] = ()
    #: False where the person declined, could not say or was unsure.
    answered: bool = True


@cache
def meanings() -> Mapping[tuple[str, str], ScreeningMeaning]:
    """Give the meaning of every known (LOINC code of the question, code of the answer)."""
    table = msgspec.json.decode(_FILE.read_bytes(), type=_Table)
    unanswered = ScreeningMeaning(answered=False)
    result: dict[tuple[str, str], ScreeningMeaning] = {}
    for row in table.questions:
        for answer in table.not_answered:
            result[row.question, answer] = unanswered
        for answer, concepts in row.answers.items():
            result[row.question, answer] = ScreeningMeaning(concepts=concepts)
        for other, answer in table.same_as.items():
            if (row.question, answer) in result:
                result[row.question, other] = result[row.question, answer]
    return result


@cache
def questions() -> frozenset[str]:
    """Name the LOINC codes of the questions that are read."""
    return frozenset(question for question, _ in meanings())


@cache
def could_find(question: str) -> tuple[str, ...]:
    """Name the concepts that some answer to the question stands for, in alphabetical order."""
    answers = (meaning for (asked, _), meaning in meanings().items() if asked == question)
    return tuple(sorted({concept for meaning in answers for concept in meaning.concepts}))


class _Row(Struct, gc=False):
    question: str
    answers: dict[str, tuple[str, ...]]


class _Table(Struct, gc=False):
    questions: list[_Row]
    #: Answers that are none, to any question.
    not_answered: dict[str, str]
    #: Codes of other systems for yes and no.
    same_as: dict[str, str]
