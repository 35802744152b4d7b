"""One question and its control: how it is worded, what can be chosen, what was entered.

Input contract, section 2: which value answers which question. `answers` and `amending` make FHIR of
the values that are offered here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from adapter.dates import in_words
from adapter.workbench.evaluate.questions import amending
from adapter.workbench.evaluate.questions.answers import AVOIDABLE, UnusableAnswer, attestation, day
from adapter.workbench.evaluate.questions.choices import (
    Choices,
    Control,
    all_there_is,
    control_of,
    with_value,
)
from eligibility.determination import Missing
from eligibility.facts import Visit
from eligibility.wording import ask, who_can_tell
from profiles.codes import attestations, programs

VISITS = {
    "emergency": "Emergency visit",
    "hospital": "Hospital stay",
    "snf": "Nursing facility stay",
    "observation": "Observation stay",
}


class OpenQuestion(Struct, frozen=True, kw_only=True):
    """One question as the page shows it."""

    #: The field is `answer.<key>`.
    key: str
    text: str
    #: What is asked about, where several stand below one question: a visit, a programme.
    about: str = ""
    #: `none`: nobody can answer it here; `note` says why and what to do.
    control: Control
    #: Value and label of what can be chosen; the last has the empty value: not known.
    choices: Choices = ()
    #: What was entered; empty: nothing.
    value: str = ""
    #: Who can answer, in words; empty: anybody who keeps the records.
    who: str = ""
    #: To be asked where nobody else listens.
    sensitive: bool = False
    #: What it would help to settle: titles of populations and exclusions.
    settles: tuple[str, ...] = ()
    note: str = ""
    #: What is wrong with what was entered, and what to do.
    fault: str = ""


class Shown(Struct, frozen=True, kw_only=True):
    """What a question is made for: the day, what was entered, the visits it may be about."""

    as_of: date
    answers: Mapping[str, str]
    visits: Mapping[str, Visit]
    #: By visit, why it took place, in words; visits of which nothing is said are absent.
    reasons: Mapping[str, str]
    #: Keys of what is still missing, whatever was answered.
    still_open: frozenset[str]


def key_of(missing: Missing) -> str:
    """The key of the answer that would settle something missing."""
    match missing.kind:
        case "encounters":
            return "complete.encounters"
        case "avoidability" if missing.reference is None:
            return f"attestation.{AVOIDABLE}"
        case "avoidability":
            return f"avoidability.{missing.reference}"
        case "data" if missing.code == "condition":
            return "complete.conditions"
        case "data" if missing.reference is not None:
            return f"data.{missing.code}.{missing.reference}"
        case kind:
            return f"{kind}.{missing.code}"


def missing_of(key: str, visits: Mapping[str, Visit]) -> Missing | None:
    """What an answer was given to, read off its key; None: no question has this key."""
    kind, _, code = key.partition(".")
    match kind:
        case "attestation" if code in attestations():
            return Missing("attestation", code)
        case "avoidability":
            return Missing("avoidability", AVOIDABLE, code, _day_of(visits.get(code)))
        case "programme" if code in programs():
            return Missing("programme", code)
        case "complete" if code == "encounters":
            return Missing("encounters", "visits")
        case "complete" if code == "conditions":
            return Missing("data", "condition")
        case "data":
            code, _, visit = code.partition(".")
            return Missing("data", code, visit or None, _day_of(visits.get(visit)))
    return None


def question_of(missing: Missing, shown: Shown, settles: tuple[str, ...] = ()) -> OpenQuestion:
    """The question that would settle it."""
    key, asked = key_of(missing), ask(missing)
    control, choices, note = control_of(missing, shown.as_of)
    value = shown.answers.get(key, "")
    fault = _fault(key, value) if value else ""
    if value and not fault and key in shown.still_open:
        note = "This answer alone does not settle it."
    return OpenQuestion(
        key=key,
        text=in_words(_text(missing, asked.text)),
        about=_about(missing, shown),
        control=control,
        choices=with_value(choices, value),
        value=value,
        who=who_can_tell(asked.who),
        sensitive=asked.sensitive,
        settles=settles,
        note=note,
        fault=fault,
    )


def no_other_programme(shown: Shown, settles: tuple[str, ...]) -> OpenQuestion:
    """Whether the programmes that are named are all; without it none is ever a no."""
    key = "complete.programs"
    value = shown.answers.get(key, "")
    return OpenQuestion(
        key=key,
        text="Is the member in any other program, one that neither these records nor the "
        "answers here name?",
        control="choice",
        choices=with_value(all_there_is(shown.as_of, "No, in none"), value),
        value=value,
        who="the plan or the county",
        settles=settles,
    )


def end_of(code: str, shown: Shown) -> OpenQuestion:
    """When the member left a programme."""
    key = f"ended.{code}"
    value = shown.answers.get(key, "")
    return OpenQuestion(
        key=key,
        text=f"On what date did this end: {programs()[code].display}?",
        control="date",
        value=value,
        sensitive=ask(Missing("programme", code)).sensitive,
        fault=_fault(key, value) if value else "",
    )


def _text(missing: Missing, text: str) -> str:
    if missing.kind == "avoidability" and missing.reference is not None:
        return "Could these visits have been avoided with outpatient care or better adherence?"
    if missing.kind == "encounters" and missing.code == "visits":
        return "Have there been visits or stays that are not in these records?"
    return text


def _about(missing: Missing, shown: Shown) -> str:
    if missing.kind == "programme":
        return programs()[missing.code].display if missing.code in programs() else missing.code
    if missing.reference is None:
        return ""
    visit = shown.visits.get(missing.reference)
    kind = VISITS[visit.kind] if visit is not None else "Visit"
    on = in_words(missing.on) if missing.on is not None else "without a date"
    reason = shown.reasons.get(missing.reference, "")
    return f"{kind}, {on}{f': {reason}' if reason else ''}"


def _fault(key: str, value: str) -> str:
    kind, _, code = key.partition(".")
    try:
        match kind:
            case "attestation":
                attestation(code, value)
            case "data":
                amending.check(code.partition(".")[0], value)
            case "ended":
                day(value)
    except UnusableAnswer as fault:
        return str(fault)
    except KeyError:
        return ""
    return ""


def _day_of(visit: Visit | None) -> date | None:
    return visit.start.first if visit is not None and visit.start is not None else None
