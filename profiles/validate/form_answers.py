"""Whether the answers of a QuestionnaireResponse fit the form of ours that it names.

Each linkId is one of the form's and stands in its group, and each answer is of its question's type.
FHIRPath could not say it without the form, so this rule of `ecm-referral-response` is code
(`ecm-form-3`). Which coded answers there are is not held: a form may be answered in other codes
that mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from profiles.questionnaires import Question, questionnaire_ids, questions
from profiles.validate.fault import Fault

_RULE = "ecm-referral-response ecm-form-3"
#: Type of an item → the elements that may answer it. A coded answer to a yes-or-no question tells
#: what is not known or was declined.
_ANSWERS = {
    "boolean": ("valueBoolean", "valueCoding"),
    "integer": ("valueInteger", "valueDecimal"),
    "date": ("valueDate", "valueDateTime"),
    "string": ("valueString",),
    "text": ("valueString",),
    "choice": ("valueCoding",),
}


def form_faults(response: dict[str, Any], path: str, base: str) -> Iterator[Fault]:
    """What does not fit; nothing where the response names no form of ours.

    Args:
        response: a QuestionnaireResponse that is valid in its structure.
        path: its FHIRPath.
        base: our canonical base in this deployment.
    """
    url = str(response.get("questionnaire", "")).partition("|")[0]
    form = url.removeprefix(f"{base}/Questionnaire/")
    if form == url or form not in questionnaire_ids():
        return
    yield from _below(response.get("item"), questions(form, base), (), f"{path}.item")


def _below(
    items: object, form: Mapping[str, Question], groups: tuple[str, ...], path: str
) -> Iterator[Fault]:
    for index, item in enumerate(items if isinstance(items, list) else []):
        place = f"{path}[{index}]"
        asked = form.get(item.get("linkId", "")) if isinstance(item, dict) else None
        if asked is None:
            remedy = "Use a linkId of the form, or leave the item out."
            yield Fault(f"{place}.linkId", _RULE, "is no linkId of the form", remedy)
            continue
        if asked.groups != groups:
            where = f"in the group {asked.groups[-1]}" if asked.groups else "at the top"
            remedy = f"Put it {where}, as the form does."
            yield Fault(place, _RULE, "stands in another group than in the form", remedy)
        yield from _answers(item.get("answer"), asked, f"{place}.answer")
        yield from _below(item.get("item"), form, (*asked.groups, asked.link_id), f"{place}.item")


def _answers(answers: object, asked: Question, path: str) -> Iterator[Fault]:
    given = answers if isinstance(answers, list) else []
    if len(given) > 1 and not asked.repeats:
        yield Fault(path, _RULE, "answers once too often", "Give one answer.")
    for index, answer in enumerate(given):
        values = [name for name in answer if name.startswith("value")]
        allowed = _ANSWERS.get(asked.type, ())
        if values and not set(values) <= set(allowed):
            remedy = f"Answer by {allowed[0]}." if allowed else "A group has no answer of its own."
            yield Fault(f"{path}[{index}]", _RULE, "is of another type than its question", remedy)
