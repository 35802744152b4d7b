"""Answers to social screening questions → screenings, by LOINC code of question and answer."""

from __future__ import annotations

from collections.abc import Iterable

from eligibility.facts import Screening
from mappings.concepts import screening_answer
from mappings.inbound.answers import Codes, Given, Nothing, Said, meaning
from mappings.inbound.reading import Reading

#: Answers as `screening_answer` knows them in the systems for yes and no.
_YES_NO = {"yes": "Y", "no": "N"}
_UNANSWERED = frozenset({"unknown", "declined"})


def add_screening(question: str, values: Iterable[Given], said: Said, reading: Reading) -> None:
    """Adds what the answers to one question (a LOINC code) stand for.

    An answer that nobody knows may have been a yes: it is left out, and screenings are incomplete.
    """
    concepts: set[str] = set()
    answered = understood = False
    for value in values:
        for code in _codes(value, reading.canonical.answer):
            if code in _UNANSWERED:
                understood = True
            elif (found := screening_answer(question, code)) is not None:
                understood = True
                answered = answered or found.answered
                concepts.update(found.concepts)
    if not understood:
        details = "is no known answer to this screening question; left out"
        reading.tell("warning", "unknown-answer", details, said.ref, said.expression)
        reading.incomplete.add("screenings")
        return
    reading.add_screening(
        Screening(
            question=question,
            concepts=tuple(sorted(concepts)),
            answered=answered,
            on=said.on,
            ref=said.ref,
        )
    )


def _codes(value: Given, answer_system: str) -> Iterable[str]:
    if isinstance(value, bool):
        yield "Y" if value else "N"
    elif isinstance(value, Nothing):
        # Asked, and nothing said; text and values of other types may have said anything.
        if not value.stated:
            yield "unknown"
    elif isinstance(value, Codes):
        said = meaning(value, answer_system)
        if said is not None:
            yield _YES_NO.get(said, said)
        yield from (coding.code for coding in value.codings if coding.code)
