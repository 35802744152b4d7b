"""Where an answer of a CDS service departs from the specification, rule by rule.

A JSON Schema of what any service may answer (CDS Hooks 2.0, CDS Service Response), wider than what
this service writes. What 3.0 adds and what nobody knows is let pass, as clients are to ignore it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from profiles.json_schema import Shape

Schema = dict[str, Any]


def answer_faults(answer: object) -> tuple[str, ...]:
    """What is wrong with the body of a 200, e.g. `cards.0.summary: a text shorter than ...`."""
    return tuple(
        f"{fault.path or 'the answer'}: {fault.expected}" for fault in _shape().faults(answer)
    )


def answer_rules(answer: object) -> frozenset[str]:
    """The rules of the specification that the body of a 200 has something to do with.

    A rule on suggestions is not among them where no card has one.
    """
    return frozenset(_rules(_schema(), answer))


def rules_named(words: str) -> tuple[str, ...]:
    """The ids of rules in a text."""
    return tuple(re.findall(r"cds-hooks_2\.0@\d+", words))


@cache
def _shape() -> Shape:
    return Shape(_schema())


@cache
def _schema() -> Schema:
    return _object(
        "an object with cards (cds-hooks_2.0@74)",
        {
            "cards": _list(_CARD, "an array of cards, if need be an empty one", "@74", least=0),
            "systemActions": _list(_ACTION, "an array of actions", "@75", least=1),
        },
        required=("cards",),
    )


def _rules(schema: Schema, value: object) -> Iterator[str]:
    yield from rules_named(schema.get("description", ""))
    if isinstance(value, list):
        for one in value:
            yield from _rules(schema.get("items", {}), one)
    if not isinstance(value, dict):
        return
    then = schema.get("then", {}) if _holds(schema.get("if"), value) else {}
    required = {*schema.get("required", ()), *then.get("required", ())}
    for properties in (schema.get("properties", {}), then.get("properties", {})):
        for name, below in properties.items():
            if name in value:
                yield from _rules(below, value[name])
            elif name in required or "not" in below:
                yield from rules_named(below.get("description", ""))


def _holds(condition: Schema | None, value: dict[str, Any]) -> bool:
    """Whether the `if` of a schema holds, of the two kinds there are here."""
    if condition is None:
        return False
    return all(name in value for name in condition.get("required", ())) and all(
        value.get(name) in one.get("enum", [one.get("const")])
        for name, one in condition.get("properties", {}).items()
    )


def _text(words: str, rule: str, **more: Any) -> Schema:
    return {"type": "string", "minLength": 1, "description": _told(words, rule)} | more


def _url(words: str, rule: str) -> Schema:
    return _text(words, rule, pattern=r"^[a-z][a-z0-9+.-]*://\S+$")


def _choice(words: str, rule: str, *values: str) -> Schema:
    return {"enum": list(values), "description": _told(words, rule)}


def _list(items: Schema, words: str, rule: str, *, least: int) -> Schema:
    return {
        "type": "array",
        "minItems": least,
        "items": items,
        "description": _told(words, rule),
    }


def _object(words: str, properties: Schema, *, required: tuple[str, ...], **more: Any) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "description": words,
    } | more


def _told(words: str, rule: str) -> str:
    return f"{words} (cds-hooks_2.0{rule})"


def _coding(words: str, *, display: bool) -> Schema:
    return _object(
        words,
        {
            "system": _text("a code system", "@217"),
            "code": _text("a code", "@216"),
            "display": _text("words people read", "@219"),
        },
        required=("system", "code", *(("display",) if display else ())),
    )


_ACTION: Schema = _object(
    "an action",
    {
        "type": _choice("create, update or delete", "@127", "create", "update", "delete"),
        "description": _text("what it does, in words", "@128"),
        "resourceId": _text("a relative reference", "@135"),
    },
    required=("type", "description"),
    # A delete names its resource, anything else holds it.
    **{
        "if": {"properties": {"type": {"enum": ["create", "update"]}}},
        "then": {
            "required": ["resource"],
            "properties": {
                "resource": _object(
                    "a FHIR resource (cds-hooks_2.0@130)",
                    {"resourceType": _text("its type", "@130")},
                    required=("resourceType",),
                )
            },
        },
    },
)

_SUGGESTION: Schema = _object(
    "a suggestion",
    {
        "label": _text("a text", "@117"),
        "uuid": _text("a text", "@119"),
        "isRecommended": {"type": "boolean", "description": _told("true or false", "@121")},
        "actions": _list(_ACTION, "an array of actions", "@124", least=1),
    },
    required=("label",),
)

_LINK: Schema = _object(
    "a link",
    {
        "label": _text("a text", "@138"),
        "url": _url("an absolute URL", "@139"),
        "type": _choice("absolute or smart", "@142", "absolute", "smart"),
        "appContext": _text("a text", "@144"),
    },
    required=("label", "url", "type"),
    **{
        "if": {"properties": {"type": {"const": "absolute"}}},
        "then": {
            "properties": {
                "appContext": {
                    "not": {},
                    "description": _told("nothing, as the link is absolute", "@147"),
                }
            }
        },
    },
)

_CARD: Schema = _object(
    "a card",
    {
        "uuid": _text("a text", "@80"),
        "summary": _text("a text shorter than 140 characters", "@83", maxLength=139),
        "detail": _text("a text", "@85"),
        "indicator": _choice("info, warning or critical", "@88", "info", "warning", "critical"),
        "source": _object(
            "an object that says whose guidance it is (cds-hooks_2.0@90)",
            {
                "label": _text("a text", "@105"),
                "url": _url("an absolute URL", "@107"),
                "icon": _url("an absolute URL", "@111"),
                "topic": _coding("a coding (cds-hooks_2.0@115)", display=False),
            },
            required=("label",),
        ),
        "suggestions": _list(_SUGGESTION, "an array of suggestions", "@92", least=1),
        "selectionBehavior": _choice("at-most-one or any", "@95", "at-most-one", "any"),
        "overrideReasons": _list(
            _coding("a coding with display", display=True), "an array of codings", "@98", least=1
        ),
        "links": _list(_LINK, "an array of links", "@103", least=1),
    },
    required=("summary", "indicator", "source"),
    **{
        "if": {"required": ["suggestions"]},
        "then": {
            "required": ["selectionBehavior"],
            "properties": {
                "selectionBehavior": {
                    "description": _told("at-most-one or any, as there are suggestions", "@93")
                }
            },
        },
    },
)
