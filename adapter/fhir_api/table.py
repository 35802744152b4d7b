"""What can be done with which resources: the one source of the routes and the CapabilityStatement.

Names of interactions are FHIR's (value set restful-interaction); conditional ones come with the
plain ones, but for reading, which is conditional by its headers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

Interaction = Literal[
    "read", "vread", "history-instance", "history-type", "create", "update", "patch", "delete",
    "search-type",
]  # fmt: skip

_READ: tuple[Interaction, ...] = ("read", "search-type")
_KEEP: tuple[Interaction, ...] = (
    "read",
    "vread",
    "history-instance",
    "history-type",
    "search-type",
)
_ALL: tuple[Interaction, ...] = (*_KEEP, "create", "update", "patch", "delete")


class Row(Struct, frozen=True, kw_only=True):
    """One resource type."""

    type: str
    interactions: tuple[Interaction, ...] = _ALL
    #: Search parameters, where not all of `adapter.search.parameters`; None: all.
    parameters: tuple[str, ...] | None = None
    #: What a reader of the CapabilityStatement has to know of it.
    documentation: str = ""


_ROWS = (
    Row(type="AllergyIntolerance"),
    Row(
        type="AuditEvent",
        interactions=_READ,
        parameters=(
            "_id",
            "_lastUpdated",
            "action",
            "agent",
            "date",
            "entity",
            "outcome",
            "patient",
            "subtype",
        ),
        documentation="Read from the record of accesses; for clients of the operator.",
    ),
    Row(
        type="Basic",
        interactions=_READ,
        documentation="The SubscriptionTopics of this server (code SubscriptionTopic).",
    ),
    Row(type="CarePlan"),
    Row(type="CareTeam"),
    Row(type="Communication"),
    Row(type="Condition"),
    Row(
        type="Consent",
        documentation="An active Consent takes effect as it is written, its revocation too.",
    ),
    Row(type="Coverage"),
    Row(type="Device"),
    Row(type="DiagnosticReport"),
    Row(type="DocumentReference"),
    Row(type="Encounter"),
    Row(type="Endpoint"),
    Row(type="EpisodeOfCare"),
    Row(type="FamilyMemberHistory"),
    Row(type="Goal"),
    Row(type="Group"),
    Row(type="HealthcareService"),
    Row(type="ImagingStudy"),
    Row(type="Immunization"),
    Row(type="Location"),
    Row(type="Medication"),
    Row(type="MedicationAdministration"),
    Row(type="MedicationDispense"),
    Row(type="MedicationRequest"),
    Row(type="Observation"),
    Row(
        type="Organization",
        documentation="Registered organizations are here from the start; find them by identifier.",
    ),
    Row(type="Patient"),
    Row(type="Practitioner"),
    Row(type="PractitionerRole"),
    Row(type="Procedure"),
    Row(
        type="Provenance",
        interactions=(*_KEEP, "create"),
        documentation="Written by the server for each transition of a referral.",
    ),
    Row(type="Questionnaire"),
    Row(type="QuestionnaireResponse"),
    Row(type="RelatedPerson"),
    Row(
        type="ServiceRequest",
        documentation="status is the requester's; its Tasks follow it and it follows them.",
    ),
    Row(type="Specimen"),
    Row(
        type="Subscription",
        documentation="criteria is the URL of a topic (Subscriptions R5 Backport for R4, 1.1.0).",
    ),
    Row(
        type="Task",
        documentation="Transitions of status are guarded by who asks and what is known; a refusal "
        "names the present status and those allowed next.",
    ),
)

#: By type, in alphabetical order.
TABLE: Mapping[str, Row] = {row.type: row for row in _ROWS}


class Definition(Struct, frozen=True, kw_only=True):
    """Where an operation may be called."""

    #: Without the dollar sign.
    name: str
    #: Canonical URL of its OperationDefinition.
    definition: str = ""
    #: Whether `[base]/$name` is there.
    system: bool = False
    #: Types of `[base]/Type/$name`.
    types: frozenset[str] = frozenset()
    #: Types of `[base]/Type/id/$name`.
    instances: frozenset[str] = frozenset()
    #: Whether it may write, and so is called by POST only.
    writes: bool = False


def level_of(definition: Definition, type: str, id: str) -> bool:
    """Whether an operation may be called there; without type or id, on the level above."""
    if not type:
        return definition.system
    return type in (definition.instances if id else definition.types)


def by_name(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """Operations by name."""
    return {one.name: one for one in definitions}
