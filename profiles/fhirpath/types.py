"""What JSON tells of the type of a value."""

from __future__ import annotations

from typing import Any


def is_of(value: Any, type_: str) -> bool:
    """Whether a value is of a FHIR type, as far as JSON tells: a resource, or a boolean, number."""
    if isinstance(value, dict):
        return value.get("resourceType") == type_
    if isinstance(value, bool):
        return type_ in ("boolean", "Boolean")
    if isinstance(value, int):
        return type_ in ("integer", "Integer", "decimal", "Decimal")
    if isinstance(value, float):
        return type_ in ("decimal", "Decimal")
    return isinstance(value, str) and type_ in ("string", "String")
