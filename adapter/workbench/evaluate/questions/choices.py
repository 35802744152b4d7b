"""What an open question may be answered with: its control, its choices, and what to do else.

Input contract, section 2: which value answers which question, and section 1 for declarations that
these are all there is.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from adapter.dates import in_words
from adapter.workbench.evaluate.questions import amending
from adapter.workbench.evaluate.questions.answers import (
    BY_STATE,
    ELSEWHERE,
    ENDED,
    ENROLLED,
    UnusableAnswer,
    asked_as,
    day,
)
from eligibility.dates import add_months
from eligibility.determination import Missing
from eligibility.wording import ask

Control = Literal["choice", "number", "date", "text", "none"]
#: Value and label; the last has the empty value: not known.
Choices = tuple[tuple[str, str], ...]

#: How far back any policy looks; what is declared complete reaches that far.
LOOK_BACK_MONTHS = 12

_OPEN = "Not known"
_ADD_VISITS = "If there were, add them to the record and evaluate again."


def control_of(missing: Missing, as_of: date) -> tuple[Control, Choices, str]:
    """The control, what can be chosen, and a note; `none` where nobody can answer it here."""
    if missing.reference is not None and not _can_be_named(missing.reference):
        return "none", (), "The visit has no id in the record, so that nothing can be said of it."
    match missing.kind:
        case "attestation":
            asked = asked_as(missing.code)
            kind: Control = "choice" if asked.choices else "number"
            if asked.kind == "date":
                kind = "date"
            return kind, (*asked.choices[:-1], ("", _OPEN)) if asked.choices else (), ""
        case "avoidability":
            return "choice", (("yes", "Yes"), ("no", "No"), ("", _OPEN)), ""
        case "programme":
            return "choice", _enrolment(missing.code), ""
        case "encounters":
            return "choice", all_there_is(as_of, "No, these are all"), _ADD_VISITS
        case "data":
            return _data(missing.code, as_of)
        case "policy":
            return "none", (), "Only the plan can say; no answer about the member decides it."
        case _:
            return "none", (), "The questions of that population decide it."


def _data(code: str, as_of: date) -> tuple[Control, Choices, str]:
    match code:
        case "condition":
            note = "If so, add the diagnosis with its code to the record and evaluate again."
            return "choice", all_there_is(as_of, "No, the record names all"), note
        case "race":
            return "choice", (*amending.RACES.items(), ("", _OPEN)), ""
        case "admission-type":
            return "choice", (("planned", "Planned"), ("unplanned", "Unplanned"), ("", _OPEN)), ""
        case "birth-date" | "encounter-date" | "snf-end":
            return "date", (), ""
        case "county":
            return "text", (), "For example Sonoma."
        case "principal-diagnosis":
            return "text", (), "As a code of ICD-10-CM, such as F20.9 or J44.1."
        case _:
            return "none", (), "Add it to the record and evaluate again."


def _enrolment(code: str) -> Choices:
    otherwise = ("", "No, or not known")
    recently = (ENDED, "No longer, it ended on …")
    if code in BY_STATE:
        return (
            (ENROLLED, "Yes, in California"),
            (ELSEWHERE, "Yes, in another state"),
            recently,
            otherwise,
        )
    if "within the last" in ask(Missing("programme", code)).text:
        return ((ENROLLED, "Yes, now"), recently, otherwise)
    return ((ENROLLED, "Yes"), otherwise)


def all_there_is(as_of: date, words: str) -> Choices:
    """The declaration that the records hold everything policies look back on."""
    first = add_months(as_of, -LOOK_BACK_MONTHS)
    label = f"{words} from {in_words(first)} to {in_words(as_of)}"
    return ((f"{first}..{as_of}", label), ("", "Yes, or not known"))


def with_value(choices: Choices, value: str) -> Choices:
    """The choices with one that was made for another day, so that it stays visible."""
    if not choices or not value or value in dict(choices):
        return choices
    first, dots, last = value.partition("..")
    if not dots:
        return choices
    try:
        label = f"No, from {in_words(day(first))} to {in_words(day(last))}"
    except UnusableAnswer:
        return choices
    return ((value, label), *choices)


def _can_be_named(reference: str) -> bool:
    return reference.startswith(("urn:", "http://", "https://", "Encounter/"))
