"""Answers as FHIR: what was entered beside a chart becomes documents that are read with it.

Nothing is decided here. An attestation is a QuestionnaireResponse (one more for each visit that was
judged), a programme an EpisodeOfCare (input contract, section 2). What is said of the person or of
a visit itself is written into the chart's own resource: see `amending`.

Keys of answers: `attestation.in-shelter`, `avoidability.Encounter/e1`, `programme.hospice`,
`ended.foster-care`, `complete.encounters`, `data.birth-date`, `data.admission-type.Encounter/e1`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from adapter.errors import UnusableInput
from adapter.question import read_completeness, read_day
from adapter.screening_form import FormQuestion, questions_asked, read_answers
from eligibility.facts import Completeness
from mappings.outbound.elements import reference, without_empty
from mappings.outbound.questionnaire import Given, referral_response
from profiles.canonicals import DEFAULT_BASE, canonicals
from profiles.codes import attestations, programs

AVOIDABLE = "avoidable-encounter"
#: How ids of the documents begin; by it a trace shows that something was answered here.
ANSWERED_HERE = "answered-here"
#: Values of `programme.<code>`.
ENROLLED, ELSEWHERE, ENDED = "enrolled", "elsewhere", "ended"
#: Programmes of which it matters in which state they are run.
BY_STATE = frozenset({"foster-care"})

_AGENCY = {"resourceType": "Organization", "id": "agency", "address": [{"state": "CA"}]}


class UnusableAnswer(ValueError):
    """What was entered is no answer; the message says what to do."""


def documents_of(
    answers: Mapping[str, str],
    *,
    patient: str | None,
    authored: date,
    base: str = DEFAULT_BASE,
) -> tuple[bytes, ...]:
    """The answers as FHIR resources, JSON each; to be read beside the chart (`read_member(more=)`).

    Args:
        answers: what was entered, by key; what cannot be used is left out (its question says so).
        patient: `MemberFacts.member` of the chart.
        authored: the day that is asked about, so that they speak on it.
        base: our canonical base.
    """
    subject = reference(patient, ("Patient",))
    resources = [
        *_responses(answers, patient if subject else None, authored, base),
        *_enrolments(answers, subject, base),
    ]
    return tuple(msgspec.json.encode(one) for one in resources)


def completeness_of(answers: Mapping[str, str]) -> tuple[Completeness, ...]:
    """What was declared to be all there is; what cannot be used is left out."""
    return tuple(
        declared
        for key, text in answers.items()
        if key.startswith("complete.") and (declared := _declared(key, text)) is not None
    )


def attestation(code: str, text: str) -> Given | None:
    """An answer to an attestation question; None: not known.

    Raises:
        UnusableAnswer: it is none, or nobody asks for this code.
    """
    if code not in attestations():
        raise UnusableAnswer("There is no such question.")
    filled = read_answers(questions_asked(code), {code: text})
    if filled.faults:
        raise UnusableAnswer(filled.faults[code])
    return filled.given.get(code)


def asked_as(code: str) -> FormQuestion:
    """How the question of an attestation is shown: its control and choices."""
    return questions_asked(code)[0]


def day(text: str) -> date:
    """A day as it was entered.

    Raises:
        UnusableAnswer: it is none.
    """
    try:
        return read_day(text)
    except UnusableInput:
        raise UnusableAnswer("Write the date as year-month-day, such as 2026-01-31.") from None


def _declared(key: str, text: str) -> Completeness | None:
    try:
        return read_completeness(f"{key.removeprefix('complete.')}={text}")
    except UnusableInput:
        return None


def _responses(
    answers: Mapping[str, str], patient: str | None, authored: date, base: str
) -> Iterator[dict[str, Any]]:
    given: dict[str, Given] = {}
    visits: dict[str, Given] = {}
    for key, text in answers.items():
        kind, _, rest = key.partition(".")
        if kind not in ("attestation", "avoidability"):
            continue
        try:
            value = attestation(rest if kind == "attestation" else AVOIDABLE, text)
        except UnusableAnswer:
            continue
        if value is not None:
            (given if kind == "attestation" else visits)[rest] = value
    if given:
        answered = referral_response(given, authored=authored, patient=patient, base=base)
        yield {**answered, "id": ANSWERED_HERE}
    for number, (visit, value) in enumerate(visits.items(), 1):
        answered = referral_response(
            {AVOIDABLE: value}, authored=authored, patient=patient, base=base
        )
        yield {
            **answered,
            "id": f"{ANSWERED_HERE}-visit-{number}",
            "encounter": {"reference": visit},
        }


def _enrolments(
    answers: Mapping[str, str], subject: dict[str, str] | None, base: str
) -> Iterator[dict[str, Any]]:
    for key, text in answers.items():
        kind, _, code = key.partition(".")
        if kind != "programme" or code not in programs():
            continue
        period = None
        if text == ENDED:
            try:
                period = {"end": day(answers.get(f"ended.{code}", "")).isoformat()}
            except UnusableAnswer:
                continue
        elif text not in (ENROLLED, ELSEWHERE):
            continue
        here = code in BY_STATE and text != ELSEWHERE
        yield without_empty(
            {
                "resourceType": "EpisodeOfCare",
                "id": f"{ANSWERED_HERE}-{code}",
                "contained": [_AGENCY] if here else None,
                "status": "active" if period is None else "finished",
                "type": [
                    {"coding": [_coding(canonicals(base).program, code, programs()[code].display)]}
                ],
                "patient": subject,
                "managingOrganization": {"reference": "#agency"} if here else None,
                "period": period,
            }
        )


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}
