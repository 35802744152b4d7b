"""The rules of FHIR R4 on single elements that the structure alone does not hold.

JSON without empty values (and without nulls: FHIR has them only beside extensions of a repeating
primitive, which we do not write), ids, codes of required value sets, the form of a reference and
the type of what it points at. The value sets and the types come from the library's own metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

from fhir_core.fhirabstractmodel import FHIRAbstractModel
from pydantic.fields import FieldInfo

from profiles.validate.fault import FHIR, Fault

#: A resource nested deeper than this is refused before anything reads it.
MOST_DEPTH = 64

#: Required value sets that the library's metadata abridges, by its model and element; from R4.
_WHOLE = {
    ("Task", "status"): [
        "draft",
        "requested",
        "received",
        "accepted",
        "rejected",
        "ready",
        "cancelled",
        "in-progress",
        "on-hold",
        "failed",
        "completed",
        "entered-in-error",
    ],
    ("QuestionnaireItem", "type"): [
        "group",
        "display",
        "boolean",
        "decimal",
        "integer",
        "date",
        "dateTime",
        "time",
        "string",
        "text",
        "url",
        "choice",
        "open-choice",
        "attachment",
        "reference",
        "quantity",
    ],
}

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_RELATIVE = re.compile(
    r"([A-Z][A-Za-z]{1,63})/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?"
)
_ABSOLUTE = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?/" + _RELATIVE.pattern)
_URN = re.compile(
    r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:oid:[012](\.(0|[1-9][0-9]*))+"
)


def json_faults(value: object, path: str, depth: int = 0) -> Iterator[Fault]:
    """Nulls and empty values, which FHIR's JSON does not know, and too much depth."""
    if depth > MOST_DEPTH:
        yield Fault(path, FHIR, f"is nested more than {MOST_DEPTH} deep", "Make it flatter.")
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from json_faults(child, f"{path}.{name}", depth + 1)
        if not value:
            yield Fault(path, FHIR, "is an empty object", "Leave the element out.")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from json_faults(child, f"{path}[{index}]", depth + 1)
        if not value:
            yield Fault(path, FHIR, "is an empty list", "Leave the element out.")
    elif value is None:
        yield Fault(path, FHIR, "is null", "Leave the element out.")
    elif isinstance(value, str) and not value.strip():
        yield Fault(path, FHIR, "is an empty string", "Leave the element out.")


def element_faults(model: FHIRAbstractModel, raw: dict[str, Any], path: str) -> Iterator[Fault]:
    """Faults of a structurally valid resource or element, and of all below it.

    Args:
        model: it, as the library reads it.
        raw: it, as it was given.
        path: its FHIRPath.
    """
    contained = {f"#{one.get('id')}" for one in raw.get("contained", []) if isinstance(one, dict)}
    yield from _faults(model, raw, path, contained)


def _faults(
    model: FHIRAbstractModel, raw: dict[str, Any], path: str, contained: set[str]
) -> Iterator[Fault]:
    for attribute, field in type(model).model_fields.items():
        name = field.alias or attribute
        given = raw.get(name)
        if given is None or name.startswith("_"):
            continue
        for value, one, place in _each(getattr(model, attribute), given, f"{path}.{name}"):
            if isinstance(value, FHIRAbstractModel):
                yield from _reference_faults(field, one, place, contained)
                yield from _faults(value, one, place, contained)
            else:
                codes = _WHOLE.get((type(model).__name__, name)) or _extra(field, "enum_values")
                yield from _primitive_faults(field, codes, one, place)
    if "resourceType" in raw and not _ID.fullmatch(str(raw.get("id", "none"))):
        found = "is no id: 1 to 64 letters, digits, hyphens and dots"
        yield Fault(f"{path}.id", FHIR, found, "Give another id, or none for a new resource.")


def _each(value: object, given: object, path: str) -> Iterator[tuple[object, Any, str]]:
    if isinstance(value, list) and isinstance(given, list):
        for index, (one, raw) in enumerate(zip(value, given, strict=True)):
            if raw is not None:
                yield one, raw, f"{path}[{index}]"
    else:
        yield value, given, path


def _extra(field: FieldInfo, name: str) -> list[Any]:
    """A list in the library's metadata of an element; empty: it has none."""
    extra = field.json_schema_extra
    found = extra.get(name) if isinstance(extra, dict) else None
    return found if isinstance(found, list) else []


def _primitive_faults(
    field: FieldInfo, codes: list[Any], given: object, path: str
) -> Iterator[Fault]:
    if codes and "+" not in codes and given not in codes:
        known = ", ".join(map(str, codes)) if len(codes) <= 15 else f"{len(codes)} codes"
        yield Fault(
            path,
            FHIR,
            "has a code that its required value set does not hold",
            f"Use one of: {known}.",
        )
    kind = _json_kind(field)
    if not _is_of(given, kind):
        yield Fault(path, FHIR, f"is not a JSON {kind}", f"Write it as a {kind}.")


def _reference_faults(
    field: FieldInfo, given: Any, path: str, contained: set[str]
) -> Iterator[Fault]:
    """The form of `Reference.reference`, and whether its type may stand here."""
    if not isinstance(given, dict):
        return
    allowed = _extra(field, "enum_reference_types")
    stated, type_ = given.get("reference"), given.get("type")
    target = None
    if isinstance(stated, str):
        path_of_it = f"{path}.reference"
        match = _RELATIVE.fullmatch(stated)
        target = match[1] if match else None
        if match is None and (absolute := _ABSOLUTE.fullmatch(stated)) is not None:
            target = absolute[2]
        elif stated.startswith("#"):
            if stated not in contained:
                found = "points at nothing contained in the resource"
                yield Fault(path_of_it, FHIR, found, "Contain the resource, or refer to another.")
        elif match is None and not _URN.fullmatch(stated):
            found = "has no form of a reference: Type/id, an absolute URL of that form, urn, #id"
            yield Fault(path_of_it, FHIR, found, "Write it in one of these forms.")
    for where, name in (("reference", target), ("type", type_)):
        if isinstance(name, str) and allowed and "Resource" not in allowed and name not in allowed:
            remedy = f"Refer to one of: {', '.join(map(str, allowed))}."
            yield Fault(f"{path}.{where}", FHIR, "points at a type that may not stand here", remedy)
    if target is not None and type_ is not None and target != type_:
        yield Fault(f"{path}.type", FHIR, "is not the type of the reference", "Make the two agree.")


def _json_kind(field: FieldInfo) -> str:
    """How a primitive is written in JSON."""
    found = set(_types(field.annotation))
    if bool in found:
        return "boolean"
    return "number" if found & {int, float, Decimal} else "string"


def _types(annotation: Any) -> Iterator[Any]:
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
    elif hasattr(annotation, "__metadata__"):
        yield from _types(arguments[0])
    else:
        for each in arguments:
            yield from _types(each)


def _is_of(given: object, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(given, bool)
    if kind == "number":
        return isinstance(given, int | float) and not isinstance(given, bool)
    return isinstance(given, str)
