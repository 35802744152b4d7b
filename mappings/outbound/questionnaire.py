"""The referral questionnaire, a part of it that asks what is not known, and its answers.

FHIR R4 Questionnaire `<base>/Questionnaire/ecm-referral`: one item per attestation, whose `linkId`
is the attestation's code, in groups, beside the blocks on member and source. It is shipped with the
profiles; a test holds its questions to those of the policies. Responses group their answers as it
does. `mappings.inbound.questionnaire_response` reads them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from mappings.outbound.elements import reference, without_empty
from profiles.canonicals import DEFAULT_BASE, Canonicals, canonicals
from profiles.codes import Attestation, answers, attestations
from profiles.questionnaires import questionnaire, questions

#: What answers a question: yes or no, a count, a day, or a code of `ecm-answer`.
Given = bool | int | date | str

_FORM = "ecm-referral"


def referral_questionnaire(base: str = DEFAULT_BASE) -> dict[str, Any]:
    """The whole questionnaire, as it is shipped."""
    return questionnaire(_FORM, base)


def questionnaire_of(codes: Iterable[str], base: str = DEFAULT_BASE) -> dict[str, Any]:
    """The part that asks these questions, in this order and without their groups.

    It has no URL of its own: a response to it names the whole questionnaire.

    Raises:
        KeyError: a code that is no attestation.
    """
    whole = questionnaire(_FORM, base)
    asked = dict.fromkeys(codes)
    if unknown := asked.keys() - attestations().keys():
        raise KeyError(f"{min(unknown)!r} is no attestation")
    kept = ("resourceType", "language", "title", "_title", "subjectType", "date", "publisher")
    return {
        **{name: whole[name] for name in kept},
        "status": "active",
        "experimental": False,
        "derivedFrom": [f"{whole['url']}|{whole['version']}"],
        "description": "The questions whose answers would decide, as far as a person can be asked.",
        "item": [dict(questions(_FORM, base)[code].item) for code in asked],
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
    answered = {code: _value(code, value, canonical) for code, value in given.items()}
    whole = questionnaire(_FORM, base)
    resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{whole['url']}|{whole['version']}",
        "status": "completed",
        "subject": reference(patient),
        "authored": authored.isoformat(),
        "item": _grouped(whole["item"], answered),
    }
    return without_empty(resource)


def _grouped(asked: Iterable[dict[str, Any]], answered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answers as the questionnaire groups and orders its questions."""
    items = []
    for item in asked:
        head = {"linkId": item["linkId"], "text": item["text"]}
        if item["linkId"] in answered:
            items.append({**head, "answer": [answered[item["linkId"]]]})
        elif below := _grouped(item.get("item", ()), answered):
            items.append({**head, "item": below})
    return items


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
