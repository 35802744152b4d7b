"""Encounter → visits that may count as utilization, and hospice or palliative care.

Input contract, section 2 (Encounter) and 5 (observation stays are seen and not counted). Whether
two records are one visit, and which visits lie in a window, is for the evaluation to say.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Raw, field
from msgspec.json import Decoder

from eligibility.facts import Sign, Visit, VisitKind
from eligibility.logic import Outcome
from mappings.inbound.codings import concepts_in_all, is_of
from mappings.inbound.condition import Condition
from mappings.inbound.elements import (
    ABSENT,
    AnyResource,
    CodeableConcept,
    Coding,
    Period,
    Reference,
)
from mappings.inbound.hospitalization import HOSPITALIZATION, end_of_life, unplanned
from mappings.inbound.location import SkilledNursing
from mappings.inbound.organization import Organizations
from mappings.inbound.reading import Reading
from mappings.inbound.reasons import Reasons, Stated
from mappings.inbound.references import Directory
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from profiles.canonicals import ACT_CODE

REQUIREMENTS = (
    DataRequirement(
        key="encounters",
        resource_type="Encounter",
        elements=(
            "status",
            "class",
            "type",
            "priority",
            "subject",
            "period",
            "reasonCode",
            "reasonReference",
            "diagnosis",
            "hospitalization.admitSource",
            "hospitalization.dischargeDisposition",
            "location.location",
            "serviceProvider",
            "partOf",
        ),
        value_sets=(
            "ed-visit",
            "nursing-facility",
            "planned-admission",
            "serious-mental-illness",
            "substance-use-disorder",
            "hospice-care",
            "palliative-care",
        ),
        search="Encounter?patient={{context.patientId}}&_sort=-date&_count=200",
        sources=("encounters",),
    ),
)

COUNTED = frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"})
_ONGOING = COUNTED - {"finished"}
_NEVER_BEGAN = frozenset({"planned", "cancelled"})

#: Classes that say what an encounter was, though it is none of the visits that count.
_OTHER_CLASSES = frozenset({"AMB", "FLD", "HH", "NONAC", "PRENC", "SS", "VR"})
_CLASS_SYSTEMS = (ACT_CODE, None)  # some servers leave the system out
_STAYS = frozenset({"IMP", "ACUTE"})
_NURSING_STAYS = frozenset({"IMP", "NONAC"})


class Encounter(AnyResource):
    """`Encounter`, as far as it is read; most are of no interest, so the rest stays undecoded."""

    status: str | None = None
    class_: Coding | None = field(default=None, name="class")
    type: list[CodeableConcept] | None = None
    subject: Reference | None = None
    period: Period | None = None
    service_provider: Reference | None = None
    part_of: Reference | None = None
    priority: Raw = ABSENT
    hospitalization: Raw = ABSENT
    diagnosis: Raw = ABSENT
    reason_code: Raw = ABSENT
    reason_reference: Raw = ABSENT
    location: Raw = ABSENT
    contained: Raw = ABSENT


ENCOUNTER = Decoder(Encounter)
_CONCEPT = Decoder(CodeableConcept)


def read_encounters(
    reading: Reading, diagnoses: Directory[Condition], organizations: Organizations
) -> Directory[Encounter]:
    """Adds the visits; returns the encounters by reference, for what refers to them."""
    read = reading.decode("Encounter", ENCOUNTER, "encounters")
    encounters = Directory("Encounter", read)
    mapper = _EncounterMapper(reading, encounters, Reasons(reading, diagnoses), organizations)
    for resource, encounter in reading.of_member(read, "subject"):
        mapper.read(resource, encounter)
    return encounters


class _EncounterMapper:
    def __init__(
        self,
        reading: Reading,
        encounters: Directory[Encounter],
        reasons: Reasons,
        organizations: Organizations,
    ) -> None:
        self._reading = reading
        self._part = reading.part
        self._encounters = encounters
        self._reasons = reasons
        self._organizations = organizations
        self._skilled_nursing = SkilledNursing(reading)

    def read(self, resource: Resource, encounter: Encounter) -> None:
        name = resource.called(encounter.id)
        if self._reading.is_in_error(encounter.status, name, "Encounter.status"):
            return
        types = concepts_in_all(encounter.type)
        kind = self._kind(resource, encounter, types, name)
        stay = None
        if encounter.hospitalization is not ABSENT:
            stay = self._part(
                encounter.hospitalization, HOSPITALIZATION, resource, "hospitalization"
            )
        ends_life = end_of_life(types, stay) if types or stay is not None else ()
        if (kind is None and not ends_life) or not self._took_place(encounter, name):
            return
        period = encounter.period or Period()
        start, starts_at = self._reading.moment(period.start, name, "Encounter.period.start")
        end, ends_at = self._reading.moment(period.end, name, "Encounter.period.end")
        for concept in ends_life:
            self._reading.add_sign(Sign(concept=concept, kind="encounter", on=start, ref=name))
        if kind is None:
            return
        if start is None and period.start is None:
            details = "is undated, so it may lie in any window: the count it belongs to stays open"
            self._reading.tell("warning", "undated", details, name, "Encounter.period.start")
        self._reading.visits.append(
            Visit(
                kind=kind,
                start=start,
                starts_at=starts_at,
                ends_at=ends_at,
                end=end,
                provider=self._organizations.name(encounter.service_provider),
                part_of=self._encounters.name(encounter.part_of),
                unplanned=unplanned(types, self._priority(resource, encounter), stay),
                behavioural=self._behavioural(resource, encounter),
                open=encounter.status in _ONGOING and period.end is None,
                ref=name,
            )
        )

    def _kind(
        self, resource: Resource, encounter: Encounter, types: Collection[str], name: str
    ) -> VisitKind | None:
        stated = encounter.class_
        code = None
        if stated is not None and (stated.system in _CLASS_SYSTEMS or is_of(stated, ACT_CODE)):
            code = stated.code
        nursing = "nursing-facility" in types and code in _NURSING_STAYS
        if nursing or (code != "EMER" and self._is_in_nursing_facility(resource, encounter)):
            return "snf"
        # A stay that began in the emergency department is the stay.
        if code in _STAYS:
            return "hospital"
        if code == "EMER" or "ed-visit" in types:
            return "emergency"
        if code == "OBSENC":
            return "observation"
        if code not in _OTHER_CLASSES:
            self._unclear(encounter, name)
        return None

    def _is_in_nursing_facility(self, resource: Resource, encounter: Encounter) -> bool:
        return self._skilled_nursing.is_at(resource, encounter.location, encounter.contained)

    def _unclear(self, encounter: Encounter, name: str) -> None:
        if encounter.status in _NEVER_BEGAN:
            return
        if encounter.class_ is not None and encounter.class_.code:
            details = "has a class that is no code of v3-ActCode for encounters; left out"
            code = "unknown-class"
        else:
            details = "has no class and no type that tells what it was; left out"
            code = "no-class"
            self._reading.incomplete.add("encounters")
        self._reading.tell("warning", code, details, name, "Encounter.class")

    def _took_place(self, encounter: Encounter, name: str) -> bool:
        status = encounter.status
        if status in COUNTED:
            return True
        if status not in _NEVER_BEGAN:
            details = "has a status that does not say whether it took place; left out"
            self._reading.tell("warning", "unclear-status", details, name, "Encounter.status")
            self._reading.incomplete.add("encounters")
        return False

    def _priority(self, resource: Resource, encounter: Encounter) -> CodeableConcept | None:
        return self._part(encounter.priority, _CONCEPT, resource, "priority")

    def _behavioural(self, resource: Resource, encounter: Encounter) -> Outcome:
        return self._reasons.behavioural(
            resource,
            Stated(
                encounter.diagnosis,
                encounter.reason_code,
                encounter.reason_reference,
                encounter.contained,
            ),
        )
