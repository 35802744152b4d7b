"""The structure of FHIR R4: which elements there are, how many, and of which type.

`fhir.resources` knows it, as R4B, which for the resources we write is R4. Its complaints become
faults here without the values they quote. What it lets pass is found in `elements`.
"""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from pydantic import ValidationError

from profiles.validate.fault import FHIR, Fault

#: Kind of complaint → what was found, what to do.
_WORDS = {
    "missing": ("is required and is missing", "Give it."),
    "model_field_validation.missing": ("is required and is missing", "Give it."),
    "extra_forbidden": ("is no element of FHIR R4 in this place", "Leave it out."),
    "list_type": ("may repeat, so it has to be a list without null", "Write a JSON array."),
    "model_type": ("is no JSON object", "Write an object of the element's type."),
}
_OTHERWISE = ("does not have the form of its FHIR type", "Write it as the type asks.")


def is_resource_type(name: object) -> bool:
    """Whether FHIR has a resource of this type."""
    if not isinstance(name, str):
        return False
    try:
        model = get_fhir_model_class(name)
    except (KeyError, ValueError):
        return False
    return "meta" in model.model_fields  # a data type, such as HumanName, has none


def read(resource: dict[str, Any], path: str) -> tuple[FHIRAbstractModel | None, list[Fault]]:
    """The resource as the library's model, and what it complains of; one of the two is empty."""
    model = get_fhir_model_class(resource["resourceType"])
    try:
        return model.model_validate(resource), []
    except ValidationError as error:
        return None, [_fault(one, path) for one in error.errors(include_url=False)]
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        found = "cannot be read as a resource of its type"
        return None, [Fault(path, FHIR, found, "Compare it with the resource's definition.")]


def _fault(complaint: Any, path: str) -> Fault:
    found, remedy = _WORDS.get(complaint["type"], _OTHERWISE)
    said = str(complaint["msg"])
    if "but got multiple" in said:
        found, remedy = "has a choice of types answered twice", "Keep one of the two."
    elif "Expect any of field value" in said:
        found, remedy = "lacks a value", "Give one of the types it may have."
    for part in complaint["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return Fault(path, FHIR, found, remedy)
