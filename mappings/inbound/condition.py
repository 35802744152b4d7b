"""Condition → signs: diagnoses and social findings, each for the concepts it stands for.

Input contract, section 2 (Condition). Conditions that are over are kept too: a delivery or the end
of a pregnancy is a fact long after it has resolved.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.facts import Sign
from mappings.inbound.codings import concepts_in
from mappings.inbound.elements import (
    ABSENT,
    AnyResource,
    CodeableConcept,
    Reference,
    present,
)
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from profiles.value_sets import concept_ids

REQUIREMENTS = (
    DataRequirement(
        key="conditions",
        resource_type="Condition",
        elements=(
            "clinicalStatus",
            "verificationStatus",
            "code",
            "subject",
            "onset",
            "abatement",
            "recordedDate",
        ),
        value_sets=tuple(sorted(concept_ids())),
        search="Condition?patient={{context.patientId}}&_count=500",
        sources=("conditions",),
    ),
)

_RULED_OUT = frozenset({"refuted", "entered-in-error"})
_CURRENT = frozenset({"active", "recurrence", "relapse"})
_OVER = frozenset({"inactive", "remission", "resolved"})


class Condition(AnyResource):
    """`Condition`, as far as it is read."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Raw = ABSENT
    abatement_date_time: str | None = None
    abatement_period: Raw = ABSENT
    abatement_age: Raw = ABSENT
    abatement_range: Raw = ABSENT
    abatement_string: Raw = ABSENT
    recorded_date: str | None = None


CONDITION = Decoder(Condition)


def read_conditions(reading: Reading) -> Directory[Condition]:
    """Adds the signs; returns the conditions by reference, for the encounters they explain."""
    read = reading.decode("Condition", CONDITION, "conditions")
    for resource, condition in reading.of_member(read, "subject"):
        if is_ruled_out(condition):
            _tell_error(reading, resource, condition)
            continue
        concepts = concepts_in(condition.code)
        if concepts:
            _add_signs(reading, resource, condition, concepts)
    return Directory("Condition", read)


def is_ruled_out(condition: Condition) -> bool:
    """Whether it was refuted or entered in error: then it says nothing about the member."""
    status = condition.verification_status
    return status is not None and not _RULED_OUT.isdisjoint(_codes(status))


def _tell_error(reading: Reading, resource: Resource, condition: Condition) -> None:
    for code in _codes(condition.verification_status or CodeableConcept()):
        expression = "Condition.verificationStatus"
        reading.is_in_error(code, resource.called(condition.id), expression)


def _codes(status: CodeableConcept) -> Sequence[str]:
    """The codes of a status; some senders write it as text alone."""
    codes = [coding.code for coding in status.coding or () if coding.code]
    if not codes and status.text:
        return (status.text.strip().casefold().replace(" ", "-"),)
    return codes


def _add_signs(
    reading: Reading, resource: Resource, condition: Condition, concepts: tuple[str, ...]
) -> None:
    name = resource.called(condition.id)
    started = reading.when(
        condition.onset_date_time, condition.onset_period, resource, name, "onset"
    )
    ended = reading.when(
        condition.abatement_date_time, condition.abatement_period, resource, name, "abatement"
    )
    recorded = reading.days(condition.recorded_date, name, "Condition.recordedDate")
    active = _is_active(reading, condition, name)
    for concept in concepts:
        reading.add_sign(
            Sign(
                concept=concept,
                kind="condition",
                active=active,
                on=started,
                recorded=recorded,
                ended=ended,
                ref=name,
            )
        )


def _is_active(reading: Reading, condition: Condition, name: str) -> bool:
    codes = _codes(condition.clinical_status) if condition.clinical_status is not None else ()
    if codes and _CURRENT.isdisjoint(codes):
        if not _OVER.isdisjoint(codes):
            return False
        details = "has a clinical status that R4 does not know; read as if none were stated"
        reading.tell("warning", "unclear-status", details, name, "Condition.clinicalStatus")
    # An abatement in words or years of age has no date, but says that it is over.
    return not (
        present(condition.abatement_string)
        or present(condition.abatement_age)
        or present(condition.abatement_range)
    )
