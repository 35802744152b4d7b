"""Flag → signs: a warning on the chart that stands for a concept or a programme.

A programme's flag becomes the concept `prog:<code>`: evidence of an enrolment, never one.
"""

from __future__ import annotations

from msgspec.json import Decoder

from eligibility.facts import Sign
from mappings.inbound.codings import codes_in, concepts_in
from mappings.inbound.elements import AnyResource, CodeableConcept, Period, Reference
from mappings.inbound.reading import Reading
from mappings.inbound.requirement import DataRequirement
from profiles.codes import programs

REQUIREMENTS = (
    DataRequirement(
        key="flags",
        resource_type="Flag",
        elements=("status", "code", "subject", "period"),
        search="Flag?patient={{context.patientId}}&_count=100",
    ),
)

#: Concepts that stand for a programme begin so.
PROGRAM = "prog:"


class Flag(AnyResource):
    """`Flag`, as far as it is read."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    period: Period | None = None


_FLAG = Decoder(Flag)


def read_flags(reading: Reading) -> None:
    """Adds the signs."""
    read = reading.decode("Flag", _FLAG)
    for resource, flag in reading.of_member(read, "subject"):
        name = resource.called(flag.id)
        if reading.is_in_error(flag.status, name, "Flag.status"):
            continue
        stated = codes_in(flag.code, reading.canonical.program)
        concepts = [*concepts_in(flag.code), *(f"{PROGRAM}{c}" for c in stated if c in programs())]
        if not concepts:
            continue
        span = reading.span(flag.period, name, "Flag.period")
        for concept in concepts:
            reading.add_sign(
                Sign(
                    concept=concept,
                    kind="flag",
                    active=flag.status == "active",
                    on=span.start,
                    ended=span.end,
                    ref=name,
                )
            )
