"""The elements of each FHIR type: their order, type and number, and whether a summary shows them.

Read from the metadata of fhir.resources (R4B, which for the resources we serve is R4). For what
works on any resource: XML, `_summary`, `_elements`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from fhir.resources.R4B import get_fhir_model_class
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase
from msgspec import Struct
from pydantic.fields import FieldInfo

#: The others are written as strings.
_NUMBERS = {
    "Decimal",
    "Integer",
    "PositiveInt",
    "UnsignedInt",
}


class Element(Struct, frozen=True, kw_only=True):
    """One element of a type."""

    #: As in JSON: `value[x]` is `valueString`, `valueBoolean` …
    name: str
    #: How it is written: a JSON boolean, number or string, XHTML, an object, or a resource.
    kind: Literal["boolean", "number", "string", "xhtml", "complex", "resource"]
    #: Of a complex element, the name by which `elements_of` knows its type; else empty.
    type: str
    repeats: bool
    #: Whether `_summary=true` shows it.
    summary: bool
    #: Whether every resource of the type has it, or one element of its choice.
    mandatory: bool


@lru_cache(maxsize=4096)  # a name may be anybody's invention
def elements_of(type: str) -> dict[str, Element]:
    """The elements of a resource type, data type or part (`TaskRestriction`), in FHIR's order.

    Empty: there is no such type.
    """
    try:
        model = _MODELS.get(type) or get_fhir_model_class(type)
    except (KeyError, ValueError):
        return {}
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    return {name: _element(name, fields[name]) for name in model.elements_sequence()}


def attributes_of(type: str) -> tuple[str, ...]:
    """What of a data type or part XML writes as attributes, not as elements."""
    return ("id", "url") if type == "Extension" else ("id",)


#: Parts of resources, as they are met.
_MODELS: dict[str, type[FHIRAbstractModel]] = {}


def _element(name: str, field: FieldInfo) -> Element:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind, type_, repeats = _typed(field.annotation)
    return Element(
        name=name,
        kind=kind,
        type=type_,
        repeats=repeats,
        summary=bool(extra.get("summary_element_property")),
        mandatory=field.is_required()
        or bool(extra.get("element_required") or extra.get("one_of_many_required")),
    )


def _typed(annotation: Any) -> tuple[Any, str, bool]:
    """How an element is written, its type, and whether it repeats."""
    if get_origin(annotation) is list:
        kind, type_, _ = _typed(get_args(annotation)[0])
        return kind, type_, True
    if hasattr(annotation, "__metadata__"):
        primitive = type(annotation.__metadata__[0]).__name__
        kind = "xhtml" if primitive == "Xhtml" else "number" if primitive in _NUMBERS else "string"
        return kind, "", False
    if annotation is bool:
        return "boolean", "", False
    if isinstance(annotation, type) and issubclass(annotation, FhirBase):
        model = annotation.get_model_klass()
        if model.__name__ == "Resource":
            return "resource", "", False
        _MODELS.setdefault(model.__name__, model)
        return "complex", model.__name__, False
    found = [_typed(one) for one in get_args(annotation) if one is not type(None)]
    return found[0]
