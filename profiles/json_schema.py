"""JSON Schema (2020-12), for what is not FHIR: hook requests and cards.

The one home of jsonschema. Faults are told by place and rule, never with the value that broke it:
it may be patient data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from msgspec import Struct


class SchemaFault(Struct, frozen=True):
    """One place where a value is not as its schema has it."""

    #: `context.patientId`, `prefetch`; empty for the value as a whole.
    path: str
    #: The keyword of JSON Schema that failed: `required`, `type`, `pattern`, …
    rule: str
    #: What the schema says belongs there (`description`), or the rule in words.
    expected: str


class Shape:
    """A schema, compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        Draft202012Validator.check_schema(schema)
        self._validator = Draft202012Validator(schema)

    def faults(self, value: object) -> tuple[SchemaFault, ...]:
        """Where the value is not as the schema has it; empty: nowhere."""
        return tuple(dict.fromkeys(_told(self._validator.iter_errors(value))))


def _told(errors: Iterator[ValidationError]) -> Iterator[SchemaFault]:
    for error in errors:
        path = ".".join(str(part) for part in error.absolute_path)
        rule, schema = str(error.validator), error.schema
        assert isinstance(schema, Mapping), "only a schema with rules can have one fail"
        if rule != "required":
            yield SchemaFault(path, rule, _expected(schema, rule))
            continue
        # jsonschema names what is missing in its message only.
        properties = schema.get("properties", {})
        for name in schema["required"]:
            if name not in _object(error.instance):
                missing = f"{path}.{name}" if path else str(name)
                yield SchemaFault(missing, rule, _expected(properties.get(name, {}), rule))


def _expected(schema: Mapping[str, Any], rule: str) -> str:
    return str(schema.get("description") or f"what satisfies {rule!r}")


def _object(value: object) -> Mapping[str, Any]:
    """`required` is only looked at for objects."""
    assert isinstance(value, Mapping), "`required` fails for objects only"
    return value
