"""Answers to social screening questions → screenings, by LOINC code of question and answer."""

from __future__ import annotations

from collections.abc import Iterable

from eligibility.facts import Screening
from mappings.concepts import ScreeningMeaning, concepts_of, screening_answer
from mappings.inbound.answers import Codes, Given, Nothing, Said, meaning
from mappings.inbound.reading import Reading
from profiles.screenings import could_find

_UNANSWERED = ScreeningMeaning(answered=False)


def add_screening(question: str, values: Iterable[Given], said: Said, reading: Reading) -> None:
    """Adds what the answers to one question (a LOINC code) stand for.

    An answer that nobody knows may have been a yes: it is left out, and screenings are incomplete.
    """
    meanings = [_meaning(question, value, reading.canonical.answer) for value in values]
    known = [each for each in meanings if each is not None]
    if len(known) < len(meanings):
        details = "is no known answer to this screening question; left out"
        reading.tell("warning", "unknown-answer", details, said.ref, said.expression)
        reading.incomplete.add("screenings")
    if known:
        answered = any(each.answered for each in known)
        reading.add_screening(
            Screening(
                question=question,
                concepts=tuple(sorted({name for each in known for name in each.concepts})),
                answered=answered,
                left_open=() if answered else could_find(question),
                on=said.on,
                ref=said.ref,
            )
        )


def _meaning(question: str, value: Given, answer_system: str) -> ScreeningMeaning | None:
    """What one answer stands for; None: nobody knows."""
    if isinstance(value, bool):
        return screening_answer(question, "Y" if value else "N")
    if isinstance(value, Nothing):
        # Asked, and nothing said. Text and values of other types may have said anything.
        return None if value.stated else _UNANSWERED
    if not isinstance(value, Codes):
        return None
    for coding in value.codings:
        if (found := screening_answer(question, coding.code)) is not None:
            return found
    match meaning(value, answer_system):
        case "yes":
            return screening_answer(question, "Y")
        case "no":
            return screening_answer(question, "N")
        case "unknown" | "declined":
            return _UNANSWERED
    # A finding in SNOMED CT or ICD-10-CM in the place of an answer says what was found.
    concepts = {name for each in value.codings for name in concepts_of(each.system, each.code)}
    return ScreeningMeaning(concepts=tuple(sorted(concepts))) if concepts else None
