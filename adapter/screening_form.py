"""The screening form: a few questions on a page, and their answers as a QuestionnaireResponse.

Pure: the web application gives the query and the fields of the form, and shows or sends what comes
of it. Neither the link nor the form names a member, and nothing is stored: whoever fills it in
files the response in the member's chart. Implements the link of a card that has open questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from adapter.errors import UnusableInput
from eligibility.registry import question
from eligibility.wording import who_can_tell
from mappings.outbound.questionnaire import Given, referral_response
from profiles.canonicals import DEFAULT_BASE
from profiles.codes import ValueType, answers, attestations

#: Cards ask fewer; a longer link was not made by one.
MOST_QUESTIONS = 60

_MOST_COUNT = 9999


class FormQuestion(Struct, frozen=True, kw_only=True):
    """One question as the page shows it; its code names the field."""

    code: str
    text: str
    kind: ValueType
    #: Who can answer, in words; empty: anybody.
    who: str = ""
    #: To be asked where nobody else listens.
    sensitive: bool = False
    #: Value and label of what can be chosen; empty: a number or a date is written.
    choices: tuple[tuple[str, str], ...] = ()


class Filled(Struct, frozen=True, kw_only=True):
    """A form as it was sent."""

    #: By code, the answers that can be used.
    given: Mapping[str, Given]
    #: By code, what is wrong with an answer and what to do. Empty: nothing.
    faults: Mapping[str, str]
    #: By code, what was entered, to show it again. Never for a log.
    entered: Mapping[str, str]


def questions_asked(ask: str) -> tuple[FormQuestion, ...]:
    """The questions of a link, in its order and each once.

    Args:
        ask: attestation codes, joined by commas.

    Raises:
        UnusableInput: no question, too many, or one there is not.
    """
    codes = tuple(dict.fromkeys(one.strip() for one in ask.split(",") if one.strip()))
    if not codes:
        raise UnusableInput(
            "the link asks no question; it needs codes of attestations: /screening?ask=in-shelter"
        )
    if len(codes) > MOST_QUESTIONS:
        raise UnusableInput(f"the link asks more than {MOST_QUESTIONS} questions; ask fewer")
    unknown = sum(code not in attestations() for code in codes)
    if unknown:
        raise UnusableInput(
            f"{unknown} of the {len(codes)} codes in the link are no attestations; use codes of "
            "the CodeSystem ecm-attestation"
        )
    return tuple(map(_question, codes))


def read_answers(questions: Sequence[FormQuestion], form: Mapping[str, str]) -> Filled:
    """What was entered, as answers; fields of other names are not looked at."""
    given: dict[str, Given] = {}
    faults: dict[str, str] = {}
    entered: dict[str, str] = {}
    for one in questions:
        text = form.get(one.code, "").strip()[:40]
        if text:
            entered[one.code] = text
            try:
                given[one.code] = _READ[one.kind](one, text)
            except ValueError as fault:
                faults[one.code] = str(fault)
    return Filled(given=given, faults=faults, entered=entered)


def response_to(filled: Filled, *, authored: date, base: str = DEFAULT_BASE) -> dict[str, Any]:
    """The QuestionnaireResponse of a form.

    Raises:
        UnusableInput: nothing was answered, or an answer cannot be used.
    """
    if filled.faults:
        raise UnusableInput("some answers cannot be used; the form says which, and what to do")
    if not filled.given:
        raise UnusableInput("no question was answered; answer at least one, or close the page")
    return referral_response(filled.given, authored=authored, base=base)


def _question(code: str) -> FormQuestion:
    attestation, asked = attestations()[code], question(code)
    choices: tuple[tuple[str, str], ...] = ()
    if attestation.value in ("boolean", "code"):
        known = ("yes", "no") if attestation.value == "boolean" else attestation.answers
        choices = (*((one, answers()[one]) for one in known), ("", "Not known or not answered"))
    return FormQuestion(
        code=code,
        text=asked.question if asked is not None else attestation.display,
        kind=attestation.value,
        who=who_can_tell(asked.who) if asked is not None else "",
        sensitive=asked is not None and asked.sensitive,
        choices=choices,
    )


def _chosen(asked: FormQuestion, text: str) -> Given:
    if text not in (value for value, _ in asked.choices):
        raise ValueError("Choose one of the answers.")
    return text


def _yes_or_no(asked: FormQuestion, text: str) -> Given:
    return _chosen(asked, text) == "yes"


def _count(asked: FormQuestion, text: str) -> Given:
    del asked
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST_COUNT:
        raise ValueError(f"Write a whole number from 0 to {_MOST_COUNT}.")
    return int(text)


def _day(asked: FormQuestion, text: str) -> Given:
    del asked
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Other spellings that ISO 8601 knows, such as 2026-W05-6, are none of FHIR's.
    if day is None or day.isoformat() != text or not 1900 <= day.year <= 2100:
        raise ValueError("Write the date as year-month-day, such as 2026-01-31.")
    return day


_READ = {"boolean": _yes_or_no, "code": _chosen, "integer": _count, "date": _day}
