"""What JSON tells of the type of a value: the name of a choice, or `resourceType`."""

from __future__ import annotations

from typing import Any

#: Types that a choice may be of, as they end its name: `valueReference`, but not `countMax`.
CHOICES = frozenset(
    [
        "Address",
        "Age",
        "Annotation",
        "Attachment",
        "Base64Binary",
        "Boolean",
        "Canonical",
        "Code",
        "CodeableConcept",
        "Coding",
        "ContactDetail",
        "ContactPoint",
        "Contributor",
        "Count",
        "DataRequirement",
        "Date",
        "DateTime",
        "Decimal",
        "Distance",
        "Dosage",
        "Duration",
        "Expression",
        "HumanName",
        "Id",
        "Identifier",
        "Instant",
        "Integer",
        "Markdown",
        "Meta",
        "Money",
        "Oid",
        "ParameterDefinition",
        "Period",
        "PositiveInt",
        "Quantity",
        "Range",
        "Ratio",
        "Reference",
        "RelatedArtifact",
        "SampledData",
        "Signature",
        "String",
        "Time",
        "Timing",
        "TriggerDefinition",
        "UnsignedInt",
        "Uri",
        "Url",
        "UsageContext",
        "Uuid",
    ]
)


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
