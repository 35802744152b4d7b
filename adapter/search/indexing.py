"""What a resource is found by, and whom it is about, read from its decoded JSON.

Runs with every write, so the parameters of a type are compiled once to a plan: for each top-level
element, what to take from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from adapter.search import coded, extraction
from adapter.search.extraction import Rows, Take
from adapter.search.parameters import (
    CONTACTS,
    OF_THE_ROW,
    implied_system,
    parameter,
    parameters,
    places,
)
from adapter.search.query import Parameter
from adapter.search.references import target
from adapter.store.records import IndexRows

_STEP = re.compile(r"(\w+)(?:\[(\w+)=([^\]]+)\])?(?:\.|\Z)")


def index(type: str, resource: Mapping[str, Any], bases: tuple[str, ...] = ()) -> IndexRows:
    """The rows that searches find a resource by.

    Args:
        type: its type; one that cannot be searched has no rows.
        resource: decoded; whatever has another shape than FHIR gives it makes no row.
        bases: URLs of this server, so that absolute references to it are local ones.
    """
    rows = Rows(bases)
    plan = _plan(type)
    for name, value in resource.items():
        for take in plan.get(name, ()):
            take(value, rows)
    if type == "Patient":
        rows.tokens.append(("Patient.deceased", "", "true" if _is_deceased(resource) else "false"))
    return IndexRows(
        tokens=tuple(dict.fromkeys(rows.tokens)),
        references=tuple(dict.fromkeys(rows.references)),
        dates=tuple(dict.fromkeys(rows.dates)),
        strings=tuple(dict.fromkeys(rows.strings)),
        numbers=tuple(dict.fromkeys(rows.numbers)),
    )


def _is_deceased(resource: Mapping[str, Any]) -> bool:
    return resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource


def about(resource: Mapping[str, Any], bases: tuple[str, ...] = ()) -> str | None:
    """Id of the Patient a resource is about; None: it is about nobody.

    Where it is about somebody who is no Patient here (an absolute URL, an identifier alone, a
    contained resource, a Group), a text that is the id of nobody: no consent covers it.
    """
    type = str(resource.get("resourceType"))
    if type == "Patient":
        id = resource.get("id")
        return id if isinstance(id, str) else None
    if type == "Group":
        return "|members"
    subject = parameter(type, "patient")
    if subject is None:
        return None
    of = parameter(type, subject.stored) or subject
    found: str | None = None
    for place in places(of):
        for value in _members(resource.get(place)):
            someone = _patient(value, bases)
            if someone is not None and not someone.startswith("|"):
                return someone
            found = found or someone
    return found


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _patient(value: Any, bases: tuple[str, ...]) -> str | None:
    if not isinstance(value, dict):
        return None
    text, identifier = value.get("reference"), value.get("identifier")
    if isinstance(text, str):
        type, id, _ = target(text, bases)
        if type == "Patient" and id:
            return id
        if type not in ("", "Patient", "Group"):
            return None
        return f"|{text}"[:200]
    if isinstance(identifier, dict) and value.get("type") in (None, "Patient", "Group"):
        return "|identifier"
    return None


@cache
def _plan(type: str) -> dict[str, tuple[Take, ...]]:
    """By top-level element what is taken from it."""
    plan: dict[str, tuple[Take, ...]] = {}
    for each in parameters(type).values():
        if each.name in OF_THE_ROW:
            continue
        for place in places(each):
            name, take = _compiled(place, _leaf(each))
            plan[name] = (*plan.get(name, ()), take)
    return plan


def _compiled(place: str, leaf: Take) -> tuple[str, Take]:
    steps = [match.groups() for match in _STEP.finditer(place)]
    take = leaf
    for name, _, _ in reversed(steps[1:]):
        take = _within(name, take)
    # A condition stands on the first step alone.
    name, key, wanted = steps[0]
    return name, take if key is None else _where(key, wanted, take)


def _within(name: str, take: Take) -> Take:
    def inner(value: Any, rows: Rows) -> None:
        if value.__class__ is dict and name in value:
            take(value[name], rows)

    return extraction.each(inner)


def _where(key: str, wanted: str, take: Take) -> Take:
    def matching(value: Any, rows: Rows) -> None:
        if value.__class__ is dict and value.get(key) == wanted:
            take(value, rows)

    return extraction.each(matching)


def _leaf(of: Parameter) -> Take:
    match of.kind:
        case "token":
            return coded.token(of, implied_system(of), is_contact=of.name in CONTACTS)
        case "reference":
            return extraction.reference(of)
        case "uri":
            return extraction.uri(of)
        case "date":
            return extraction.date(of)
        case "string":
            return extraction.string(of)
        case _:
            return extraction.quantity(of)
