"""One thing that is wrong with a resource, told so that it can be put right."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Fault(Struct, frozen=True):
    """What is wrong, where, by which rule, and what to do. Repeats no value of the resource."""

    #: FHIRPath of the element, e.g. `ServiceRequest.identifier[0].use`.
    expression: str
    #: The rule that is broken: `FHIR R4`, a profile's id, or a short name of ours.
    rule: str
    #: What was found.
    found: str
    #: What to do.
    remedy: str
    #: A warning is advice: the resource is valid.
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.expression}: {self.found} ({self.rule}). {self.remedy}"


FHIR = "FHIR R4"
