"""The referral questionnaire, a part of it that asks what is not known, and its answers.

FHIR R4 Questionnaire `<base>/Questionnaire/ecm-referral`: one item per attestation, whose `linkId`
is the attestation's code. It is made from the CodeSystem `ecm-attestation` and the questions of the
policies, so there is no second copy to keep. `mappings.inbound.questionnaire_response` reads the
answers back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from eligibility.registry import question
from mappings.outbound.elements import reference, without_empty
from profiles.canonicals import DEFAULT_BASE, Canonicals, canonicals
from profiles.codes import Attestation, answers, attestations

#: What answers a question: yes or no, a count, a day, or a code of `ecm-answer`.
Given = bool | int | date | str

_VERSION = "0.1.0"
_TYPES = {"boolean": "boolean", "integer": "integer", "date": "date", "code": "choice"}


def referral_questionnaire(base: str = DEFAULT_BASE) -> dict[str, Any]:
    """The whole questionnaire, in the order of the CodeSystem."""
    canonical = canonicals(base)
    return {
        "resourceType": "Questionnaire",
        "id": "ecm-referral",
        "url": canonical.referral_questionnaire,
        "version": _VERSION,
        "name": "EcmReferralQuestionnaire",
        **_heading("Everything that a person can attest to for Enhanced Care Management."),
        "item": list(_items(attestations(), canonical)),
    }


def questionnaire_of(codes: Iterable[str], base: str = DEFAULT_BASE) -> dict[str, Any]:
    """The part that asks these questions, in this order.

    It has no URL of its own: a response to it names the whole questionnaire.

    Raises:
        KeyError: a code that is no attestation.
    """
    canonical = canonicals(base)
    return {
        "resourceType": "Questionnaire",
        "derivedFrom": [f"{canonical.referral_questionnaire}|{_VERSION}"],
        **_heading("The questions whose answers would decide, as far as a person can be asked."),
        "item": list(_items(dict.fromkeys(codes), canonical)),
    }


def referral_response(
    given: Mapping[str, Given],
    *,
    authored: date,
    patient: str | None = None,
    base: str = DEFAULT_BASE,
) -> dict[str, Any]:
    """The QuestionnaireResponse with these answers, completed.

    Args:
        given: by attestation code. What is not known or was declined has no place here: it is as
            if it had not been asked.
        authored: when they were given.
        patient: reference to the member; None: said by whoever files the response.
        base: our canonical base.

    Raises:
        ValueError: a code that is no attestation, or an answer of another type than its question.
    """
    canonical = canonicals(base)
    items = []
    for code, value in given.items():
        answer = _value(code, value, canonical)
        items.append({"linkId": code, "text": _text(code), "answer": [answer]})
    resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{canonical.referral_questionnaire}|{_VERSION}",
        "status": "completed",
        "subject": reference(patient),
        "authored": authored.isoformat(),
        "item": items,
    }
    return without_empty(resource)


def _heading(description: str) -> dict[str, Any]:
    return {
        "title": "Questions for a referral to Enhanced Care Management",
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "date": "2026-11-22",
        "publisher": "ECM adapter project",
        "description": description,
    }


def _items(codes: Iterable[str], canonical: Canonicals) -> Iterator[dict[str, Any]]:
    for code in codes:
        asked = attestations()[code]
        item: dict[str, Any] = {
            "linkId": code,
            "code": [{"system": canonical.attestation, "code": code, "display": asked.display}],
            "text": _text(code),
            "type": _TYPES[asked.value],
            "required": False,
        }
        if asked.value == "code":
            item["answerOption"] = [
                {"valueCoding": _coding(one, canonical)} for one in asked.answers
            ]
        yield item


def _text(code: str) -> str:
    asked = question(code)
    return asked.question if asked is not None else attestations()[code].display


def _coding(code: str, canonical: Canonicals) -> dict[str, str]:
    return {"system": canonical.answer, "code": code, "display": answers()[code]}


def _value(code: str, value: Given, canonical: Canonicals) -> dict[str, Any]:
    asked = attestations().get(code)
    if asked is None or not _fits(asked, value):
        raise ValueError(f"the answer to {code!r} is of another type than its question takes")
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, date):
        return {"valueDate": value.isoformat()}
    return {"valueCoding": _coding(value, canonical)}


def _fits(asked: Attestation, value: Given) -> bool:
    match asked.value:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "date":
            return isinstance(value, date)
        case _:
            return value in asked.answers
