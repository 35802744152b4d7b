"""The door: FHIR R4 bytes → what is known of one member.

    read_member(data)  =  map_member(collect(data))

The member is the only Patient given, or the one the caller names, or the one a CDS Hooks request is
about. Everything else that was given is read as the record of that member.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.json import Decoder

from eligibility.facts import (
    Answer,
    CoverageSpan,
    Enrolment,
    Issue,
    MemberFacts,
    Screening,
    Sign,
    Visit,
)
from mappings.errors import NoPatient, PatientNotFound, SeveralPatients
from mappings.inbound.clearing import cleared, cleared_lines
from mappings.inbound.collect import collect
from mappings.inbound.condition import read_conditions
from mappings.inbound.coverage import read_coverages
from mappings.inbound.decoding import decode_all
from mappings.inbound.elements import AnyResource, Reference
from mappings.inbound.encounter import read_encounters
from mappings.inbound.episode_of_care import read_episodes_of_care
from mappings.inbound.flag import read_flags
from mappings.inbound.observation import read_observations
from mappings.inbound.organization import Organizations
from mappings.inbound.patient import PATIENT, Patient, Person, read_patient
from mappings.inbound.procedure import read_procedures
from mappings.inbound.questionnaire_response import read_questionnaire_responses
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.related_person import read_related_persons
from mappings.inbound.resources import Resource, Resources
from mappings.requirements import sources_by_key
from profiles.canonicals import DEFAULT_BASE, canonicals

#: Issues of one kind beyond this many are counted, not listed.
_MOST_OF_ONE_CODE = 20

_ANY = Decoder(AnyResource)


def read_member(
    data: bytes | Iterable[bytes],
    *,
    patient: str | None = None,
    base: str = DEFAULT_BASE,
    more: Sequence[tuple[str, bytes]] = (),
    clearance: frozenset[str] | None = None,
) -> MemberFacts:
    """Reads a FHIR Bundle, resource, NDJSON, CDS Hooks request or Parameters.

    Args:
        data: one document, or lines that hold one resource or Bundle each.
        patient: `Patient/p1` or a fullUrl: whom to read, where several Patients are given.
        base: canonical base of our own code systems.
        more: prefetch keys, each with a document (a resource, a Bundle, an array) that is read as
            if it had been prefetched under that key too: what was fetched or drafted since.
        clearance: the security labels the reader is cleared for; what is labelled otherwise is left
            out as if it had not been given (see `clearing`). None: nothing is left out.

    Raises:
        MappingError: the input as a whole cannot be used; see `mappings.errors`.
    """
    seen: bytes | Iterable[bytes]
    if isinstance(data, bytes | bytearray | memoryview):
        seen = cleared(bytes(data), clearance)
    else:
        seen = cleared_lines(data, clearance)
    beside = [(key, cleared(document, clearance)) for key, document in more]
    return map_member(collect(seen, sources_by_key(), beside), patient, base=base)


def map_member(
    resources: Resources, patient: str | None = None, *, base: str = DEFAULT_BASE
) -> MemberFacts:
    """Reads one member out of collected resources; see `read_member`."""
    reading, member = begin(resources, patient, base)
    person = Person()
    if member is not None:
        person = read_patient(*member, reading)
    organizations = Organizations(reading)
    conditions = read_conditions(reading)
    encounters = read_encounters(reading, conditions, organizations)
    read_observations(reading, encounters)
    read_questionnaire_responses(reading, encounters)
    read_episodes_of_care(reading, organizations)
    read_procedures(reading)
    read_flags(reading)
    read_related_persons(reading, person)
    read_coverages(reading, organizations)
    return _facts(reading, person)


def begin(
    resources: Resources, wanted: str | None, base: str
) -> tuple[Reading, tuple[Resource, Patient] | None]:
    """Finds the member among the Patients: where the reading begins, and the Patient, if readable.

    Raises:
        NoPatient, SeveralPatients, PatientNotFound: see `mappings.errors`.
    """
    found, _ = decode_all(resources.of("Patient"), _ANY, resources.issues)
    patients = Directory("Patient", found)
    names = [resource.called(patient.id) for resource, patient in found]
    if not found:
        raise NoPatient("the data holds no Patient resource that can be read: add the member's")
    wanted = wanted or resources.patient
    if wanted is not None:
        target = patients.find(Reference(reference=wanted)) or patients.find(
            Reference(reference=f"Patient/{wanted}")
        )
        if target is None:
            raise PatientNotFound(wanted, names)
        resource, member = target.resource, target.name
    elif len(found) > 1:
        raise SeveralPatients(names)
    else:
        resource, member = found[0][0], names[0]
    reading = Reading(resources, member, patients, canonicals(base))
    read, _ = decode_all([resource], PATIENT, reading.issues)
    return reading, (read[0] if read else None)


def _facts(reading: Reading, person: Person) -> MemberFacts:
    return MemberFacts(
        member=reading.member,
        born=person.born,
        deceased=person.deceased,
        died=person.died,
        county=person.county,
        races=person.races,
        answers=_by_key(reading.answers),
        signs=_by_key(reading.signs),
        screenings=_by_key(reading.screenings),
        enrolments=_by_key(reading.enrolments),
        visits=_in_order(reading.visits),
        coverages=_in_order(reading.coverages),
        incomplete=frozenset(reading.incomplete),
        issues=_shown(reading),
    )


F = TypeVar("F", Answer, Sign, Screening, Enrolment, Visit, CoverageSpan)


def _by_key(facts: dict[str, list[F]]) -> dict[str, tuple[F, ...]]:
    return {key: _in_order(facts[key]) for key in sorted(facts)}


def _in_order(facts: list[F]) -> tuple[F, ...]:
    """By reference, so that one content in any order gives one result."""
    return tuple(sorted(facts, key=lambda fact: fact.ref))


def _shown(reading: Reading) -> tuple[Issue, ...]:
    """The issues, by kind; of many of one kind the first ones and how many more there are."""
    by_code: dict[str, list[Issue]] = {}
    for issue in reading.issues:
        by_code.setdefault(issue.code, []).append(issue)
    shown: list[Issue] = []
    for code, issues in sorted(by_code.items()):
        issues.sort(key=lambda issue: (issue.resource or "", issue.expression or ""))
        shown += issues[:_MOST_OF_ONE_CODE]
        more = len(issues) - _MOST_OF_ONE_CODE
        if more > 0:
            details = f"{more} more issues of this kind are not listed"
            shown.append(Issue(severity=issues[0].severity, code=code, details=details))
    if reading.about_others:
        details = (
            f"{reading.about_others} resources are about other patients that were given, and were"
            " left out"
        )
        shown.append(Issue(severity="information", code="other-patient", details=details))
    return tuple(shown)
