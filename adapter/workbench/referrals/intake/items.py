"""The intake form as a page shows it: the items of the Questionnaire `ecm-referral`, in a language.

Groups, types, choices and translations are the Questionnaire's; which blocks are for an age group
is known by their linkIds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE
from profiles.codes import answers, programs
from profiles.questionnaires import questionnaire

Language = Literal["en", "es"]
Group = Literal["adult", "child"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
GROUPS: tuple[Group, ...] = get_args(Group)

FORM = "ecm-referral"

#: Blocks that are shown for one age group only.
_OF_GROUP: Mapping[str, Group] = {
    "populations-adult": "adult",
    "needs-adult": "adult",
    "populations-child": "child",
    "needs-child": "child",
}
#: What the page has a control of its own for.
_OURS = frozenset({"preferred-provider"})
_SPANISH = {"yes": "Sí", "no": "No"}

Values = Mapping[str, tuple[str, ...]]


class Item(Struct, frozen=True, kw_only=True):
    """One item, with what was entered."""

    link_id: str
    #: As FHIR names the types of items.
    type: str
    text: str
    #: Whether several answers may be given.
    repeats: bool = False
    #: Value and label of what can be chosen.
    options: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    fault: str = ""
    items: tuple[Item, ...] = ()

    @property
    def value(self) -> str:
        """The answer; empty: none."""
        return self.values[0] if self.values else ""


def shown(
    language: Language,
    group: Group,
    values: Values,
    faults: Mapping[str, str],
    base: str = DEFAULT_BASE,
) -> tuple[Item, ...]:
    """The blocks of the form for an age group, with what was entered and what is wrong with it."""
    whole = questionnaire(FORM, base)["item"]
    return tuple(
        _item(one, language, values, faults)
        for one in whole
        if one["linkId"] not in _OURS and _OF_GROUP.get(one["linkId"], group) == group
    )


def questions_of(group: Group, base: str = DEFAULT_BASE) -> tuple[Item, ...]:
    """Every question of the form for an age group, without its groups; in English."""
    return tuple(_flat(shown("en", group, {}, {}, base)))


def response_items(values: Values, group: Group, base: str = DEFAULT_BASE) -> list[dict[str, Any]]:
    """What was entered as items of a QuestionnaireResponse, grouped as the form groups them.

    Args:
        values: by linkId; each fits its question. Those of the other age group are left out.
        group: the age group.
        base: our canonical base.
    """
    whole = questionnaire(FORM, base)["item"]
    kept = [one for one in whole if _OF_GROUP.get(one["linkId"], group) == group]
    return _answered(kept, values)


def _answered(items: Iterable[dict[str, Any]], values: Values) -> list[dict[str, Any]]:
    found = []
    for one in items:
        head = {"linkId": one["linkId"], "text": one["text"]}
        given = values.get(one["linkId"], ())
        if given and one["type"] != "group":
            found.append({**head, "answer": [_answer(one, value) for value in given]})
        elif below := _answered(one.get("item", ()), values):
            found.append({**head, "item": below})
    return found


def _answer(item: dict[str, Any], value: str) -> dict[str, Any]:
    match item["type"]:
        case "boolean":
            return {"valueBoolean": value == "yes"}
        case "integer":
            return {"valueInteger": int(value)}
        case "date":
            return {"valueDate": value}
        case "choice":
            return {"valueCoding": _coding(item, value)}
    return {"valueString": value}


def _coding(item: dict[str, Any], value: str) -> dict[str, str]:
    for one in item.get("answerOption", ()):
        coding = one["valueCoding"]
        if coding["code"] == value:
            return {name: coding[name] for name in ("system", "code", "display")}
    system = item["answerValueSet"].replace("/ValueSet/", "/CodeSystem/")
    return {"system": system, "code": value, "display": programs()[value].display}


def _item(
    one: dict[str, Any], language: Language, values: Values, faults: Mapping[str, str]
) -> Item:
    link_id = one["linkId"]
    return Item(
        link_id=link_id,
        type=one["type"],
        text=_in(language, one["text"], one.get("_text")),
        repeats=one.get("repeats", False),
        options=_options(one, language),
        values=values.get(link_id, ()),
        fault=faults.get(link_id, ""),
        items=tuple(_item(below, language, values, faults) for below in one.get("item", ())),
    )


def _options(one: dict[str, Any], language: Language) -> tuple[tuple[str, str], ...]:
    if one["type"] == "boolean":
        return tuple(
            (code, _SPANISH[code] if language == "es" else answers()[code])
            for code in ("yes", "no")
        )
    if "answerOption" in one:
        codings = [each["valueCoding"] for each in one["answerOption"]]
        return tuple(
            (coding["code"], _in(language, coding["display"], coding.get("_display")))
            for coding in codings
        )
    if one["type"] == "choice":
        return tuple((each.code, each.display) for each in programs().values() if each.enrolment)
    return ()


def _in(language: Language, text: str, beside: dict[str, Any] | None) -> str:
    """A text in a language, by HL7's extension `translation`; as it is where there is none."""
    for extension in (beside or {}).get("extension", ()):
        parts = {one["url"]: one for one in extension.get("extension", ())}
        if parts.get("lang", {}).get("valueCode") == language:
            return str(parts["content"]["valueString"])
    return text


def _flat(items: Iterable[Item]) -> Iterable[Item]:
    for one in items:
        if one.type == "group":
            yield from _flat(one.items)
        else:
            yield one
