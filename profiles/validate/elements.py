"""The rules of FHIR R4 on single elements that the structure alone does not hold.

JSON without empty values (and without nulls: FHIR has them only beside extensions of a repeating
primitive, which we do not write), ids, codes of required value sets, invariants, the form of a
reference and the type of what it points at. Types come from the library's own metadata, value sets
and invariants from `standard`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args

from fhir_core.fhirabstractmodel import FHIRAbstractModel
from msgspec import Struct
from pydantic.fields import FieldInfo

from profiles.validate.fault import FHIR, Fault
from profiles.validate.references import reference_faults
from profiles.validate.standard import Codes, Invariant, invariants, required_codes

#: A resource nested deeper than this is refused before anything reads it.
MOST_DEPTH = 64

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = "Reference"

Kind = Literal["string", "boolean", "number"]
_WRITE = {kind: f"Write it as a {kind}." for kind in ("string", "boolean", "number")}


class _Field(Struct, frozen=True):
    """One element of a model, as it is checked."""

    attribute: str
    #: How a primitive is written in JSON.
    kind: Kind
    #: Codes of a required value set; None: not bound, or to one without a list.
    codes: Codes | None
    #: What a reference may point at; empty: anything.
    targets: tuple[str, ...]


class _Shape(Struct, frozen=True):
    """A model, as its instances are checked; made once for each."""

    #: By the name in JSON.
    fields: dict[str, _Field]
    invariants: tuple[Invariant, ...]
    is_reference: bool


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
    contained = raw.get("contained") or []
    known = frozenset(f"#{one.get('id')}" for one in contained if isinstance(one, dict))
    yield from _faults(model, raw, path, _Around(raw, known))


class _Around(Struct, frozen=True):
    """The resource that an element stands in, and what that contains."""

    resource: dict[str, Any]
    contained: frozenset[str]


def _faults(
    model: FHIRAbstractModel, raw: dict[str, Any], path: str, around: _Around
) -> Iterator[Fault]:
    shape = _shape(type(model))
    if "resourceType" in raw:
        around = _Around(raw, around.contained)
        yield from _id_faults(raw, path)
    for rule in shape.invariants:
        if not rule.expression.holds(raw, around.resource):
            yield Fault(path, f"{FHIR} {rule.key}", f"breaks the rule: {rule.human}", rule.remedy)
    for name, given in raw.items():
        field = shape.fields.get(name)
        if field is None or given is None:
            continue
        for value, one, place in _each(getattr(model, field.attribute), given, f"{path}.{name}"):
            yield from _code_faults(field.codes, one, place)
            if isinstance(value, FHIRAbstractModel):
                if _shape(type(value)).is_reference:
                    yield from reference_faults(one, field.targets, place, around.contained)
                yield from _faults(value, one, place, around)
            elif not _is_of(one, field.kind):
                yield Fault(place, FHIR, f"is not a JSON {field.kind}", _WRITE[field.kind])


def _id_faults(resource: dict[str, Any], path: str) -> Iterator[Fault]:
    if not _ID.fullmatch(str(resource.get("id", "none"))):
        found = "is no id: 1 to 64 letters, digits, hyphens and dots"
        yield Fault(f"{path}.id", FHIR, found, "Give another id, or none for a new resource.")


def _each(value: object, given: object, path: str) -> Iterator[tuple[object, Any, str]]:
    if isinstance(value, list) and isinstance(given, list):
        for index, (one, raw) in enumerate(zip(value, given, strict=True)):
            if raw is not None:
                yield one, raw, f"{path}[{index}]"
    else:
        yield value, given, path


def _code_faults(codes: Codes | None, given: object, path: str) -> Iterator[Fault]:
    """A code outside of its required value set, bare or as the coding of a concept."""
    if codes is None or _is_member(codes, given):
        return
    known = [code for of_one in codes.values() for code in of_one]
    told = ", ".join(known) if len(known) <= 15 else f"{len(known)} codes"
    found = "has a code that its required value set does not hold"
    yield Fault(path, FHIR, found, f"Use one of: {told}.")


def _is_member(codes: Codes, given: object) -> bool:
    if isinstance(given, str):
        return any(given in of_one for of_one in codes.values())
    if not isinstance(given, dict):
        return True  # of another type, which is told elsewhere
    return any(
        coding.get("code") in codes.get(coding.get("system", ""), ())
        for coding in given.get("coding", ())
    )


@cache
def _shape(model: type[FHIRAbstractModel]) -> _Shape:
    names = [one.__name__ for one in model.__mro__]  # a Duration is a Quantity
    return _Shape(
        fields={
            field.alias or attribute: _Field(
                attribute=attribute,
                kind=_json_kind(field),
                codes=_codes(names, field.alias or attribute),
                targets=_targets(field),
            )
            for attribute, field in model.model_fields.items()
            if not (field.alias or attribute).startswith("_")
        },
        invariants=tuple(rule for name in names for rule in invariants().get(name, ())),
        is_reference=_REFERENCE in names,
    )


def _codes(models: list[str], element: str) -> Codes | None:
    bound = (required_codes().get((model, element)) for model in models)
    return next((one for one in bound if one is not None), None)


def _targets(field: FieldInfo) -> tuple[str, ...]:
    extra = field.json_schema_extra
    found = extra.get("enum_reference_types") if isinstance(extra, dict) else None
    named = tuple(map(str, found)) if isinstance(found, list) else ()
    return () if "Resource" in named else named


def _json_kind(field: FieldInfo) -> Kind:
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


def _is_of(given: object, kind: Kind) -> bool:
    if kind == "boolean":
        return isinstance(given, bool)
    if kind == "number":
        return isinstance(given, int | float) and not isinstance(given, bool)
    return isinstance(given, str)
