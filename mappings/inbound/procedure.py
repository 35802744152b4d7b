"""Procedure → signs: deliveries, hospice and palliative care, a high ACE score.

Input contract, section 2 and 5 ("Pregnancy", "Exclusions", ACE score by HCPCS G9919).
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.facts import Sign
from mappings.inbound.codings import concepts_in
from mappings.inbound.elements import ABSENT, AnyResource, CodeableConcept, Reference
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement

#: The concepts a procedure can stand for: having had it says nothing of any other.
CONCEPTS = ("ace-high", "delivery", "hospice-care", "palliative-care", "pregnancy-loss")

REQUIREMENTS = (
    DataRequirement(
        key="procedures",
        resource_type="Procedure",
        elements=("status", "code", "subject", "performed"),
        value_sets=CONCEPTS,
        search="Procedure?patient={{context.patientId}}&_sort=-date&_count=200",
        sources=("conditions",),
    ),
)

_DONE = frozenset({"completed", "in-progress"})


class Procedure(AnyResource):
    """`Procedure`, as far as it is read."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Raw = ABSENT


_PROCEDURE = Decoder(Procedure)


def read_procedures(reading: Reading) -> None:
    """Adds the signs."""
    read = reading.decode("Procedure", _PROCEDURE, "conditions")
    for resource, procedure in reading.of_member(read, "subject"):
        name = resource.called(procedure.id)
        if reading.is_in_error(procedure.status, name, "Procedure.status"):
            continue
        concepts = [each for each in concepts_in(procedure.code) if each in CONCEPTS]
        if not concepts or procedure.status not in _DONE:
            continue
        performed = reading.when(
            procedure.performed_date_time, procedure.performed_period, resource, name, "performed"
        )
        for concept in concepts:
            reading.add_sign(Sign(concept=concept, kind="procedure", on=performed, ref=name))
