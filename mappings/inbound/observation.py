"""Observation → answers to attestation questions, social screenings, pregnancy status.

Input contract, section 2 (Observation) and 5 ("Answers", "Pregnancy"). Laboratory results and vital
signs are most of a record and of no interest: only their code is looked at.
"""

from __future__ import annotations

from functools import cache

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.dates import Days
from eligibility.facts import Answer
from mappings.inbound.answers import (
    Codes,
    Given,
    Nothing,
    Said,
    Valued,
    add_answer,
    given,
    meaning,
)
from mappings.inbound.codings import is_of
from mappings.inbound.elements import (
    ABSENT,
    CodeableConcept,
    Coding,
    Reference,
    present,
)
from mappings.inbound.encounter import Encounter
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.requirement import DataRequirement
from mappings.inbound.resources import Resource
from mappings.inbound.screening import add_screening
from profiles.canonicals import LOINC, SNOMED_CT
from profiles.screenings import questions

PREGNANCY_STATUS = "82810-3"

#: Code of the answer that a pregnancy status observation gives. Unlike the attestation `pregnant`
#: it speaks for ten months only, as the contract's "Pregnancy" says.
PREGNANT_OBSERVED = "pregnant-observed"

REQUIREMENTS = (
    DataRequirement(
        key="answers",
        resource_type="Observation",
        elements=(
            "status",
            "code",
            "subject",
            "encounter",
            "effective",
            "issued",
            "value",
            "dataAbsentReason",
            "component",
        ),
        search="Observation?patient={{context.patientId}}&category=survey&_sort=-date&_count=500",
        sources=("screenings",),
    ),
    DataRequirement(
        key="pregnancyStatus",
        resource_type="Observation",
        elements=("status", "code", "subject", "effective", "issued", "value", "dataAbsentReason"),
        search="Observation?patient={{context.patientId}}&code=http://loinc.org|82810-3&_count=50",
    ),
)

_NO_VALUE = Nothing(stated=False)
_FINAL = frozenset({"final", "amended", "corrected"})

_PREGNANCY = {
    (LOINC, "LA15173-0"): True,
    (LOINC, "LA26683-5"): False,
    (LOINC, "LA4489-6"): None,
    (SNOMED_CT, "77386006"): True,
    (SNOMED_CT, "60001007"): False,
    (SNOMED_CT, "261665006"): None,
}


class _Component(Valued):
    code: CodeableConcept | None = None


class Observation(Valued):
    """`Observation`, as far as it is read."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Raw = ABSENT
    effective_date_time: Raw = ABSENT
    effective_instant: Raw = ABSENT
    effective_period: Raw = ABSENT
    issued: Raw = ABSENT
    component: Raw = ABSENT


_OBSERVATION = Decoder(Observation)
_COMPONENTS = Decoder(list[_Component])
_TEXT = Decoder(str)
_REFERENCE = Decoder(Reference)


@cache
def _codes() -> frozenset[str]:
    return questions() | {PREGNANCY_STATUS}


def read_observations(reading: Reading, encounters: Directory[Encounter]) -> None:
    """Adds the answers and screenings."""
    mapper = _ObservationMapper(reading, encounters)
    read = reading.decode("Observation", _OBSERVATION, "screenings")
    for resource, observation in reading.of_member(read, "subject"):
        mapper.read(resource, observation)


class _ObservationMapper:
    def __init__(self, reading: Reading, encounters: Directory[Encounter]) -> None:
        self._reading = reading
        self._encounters = encounters
        self._attestation = reading.canonical.attestation

    def read(self, resource: Resource, observation: Observation) -> None:
        name = resource.called(observation.id)
        if self._reading.is_in_error(observation.status, name, "Observation.status"):
            return
        wanted: list[tuple[Observation | _Component, str, Coding]]
        wanted = [(observation, "value", coding) for coding in self._codings(observation)]
        components: list[_Component] = []
        if observation.component is not ABSENT:
            components = _components(self._reading, resource, observation)
            for index, component in enumerate(components):
                element = f"component[{index}].value"
                wanted += [(component, element, coding) for coding in self._codings(component)]
        if not wanted or not self._speaks(observation.status, name):
            return
        on = self._when(resource, observation, name)
        for part, element, coding in wanted:
            value = given(part, self._reading, resource, element)
            if part is observation and components and value == _NO_VALUE:
                continue  # a panel, whose components are the answers
            encounter = None
            if coding.system == self._attestation:
                encounter = self._encounter(resource, observation)
            expression = f"Observation.{element}"
            said = Said(ref=name, expression=expression, on=on, encounter=encounter)
            self._add(coding, value, said)

    def _codings(self, part: Observation | _Component) -> list[Coding]:
        """The codings that ask for something we read."""
        codings = part.code.coding if part.code is not None else None
        wanted = []
        for coding in codings or ():
            read = coding.code in _codes() and is_of(coding, LOINC)
            if read or coding.system == self._attestation:
                wanted.append(coding)
        return wanted

    def _speaks(self, status: str | None, name: str) -> bool:
        """Whether an observation of this status is read."""
        if status in _FINAL:
            return True
        read = status in (None, "preliminary")
        details = (
            "is not stated to be final; read all the same"
            if read
            else "has a status that does not let it speak; left out"
        )
        self._reading.tell("warning", "unclear-status", details, name, "Observation.status")
        return read

    def _add(self, coding: Coding, value: Given, said: Said) -> None:
        code = coding.code or ""
        if coding.system == self._attestation:
            add_answer(code, value, said, self._reading)
        elif code == PREGNANCY_STATUS:
            _add_pregnancy_status(value, said, self._reading)
        else:
            add_screening(code, [value], said, self._reading)

    def _when(self, resource: Resource, observation: Observation, name: str) -> Days | None:
        part = self._reading.part
        for raw in (observation.effective_date_time, observation.effective_instant):
            if present(raw):
                text = part(raw, _TEXT, resource, "effective")
                return self._reading.days(text, name, "Observation.effective")
        if present(observation.effective_period):
            return self._reading.when(
                None, observation.effective_period, resource, name, "effective"
            )
        issued = part(observation.issued, _TEXT, resource, "issued")
        return self._reading.days(issued, name, "Observation.issued")

    def _encounter(self, resource: Resource, observation: Observation) -> str | None:
        reference = self._reading.part(observation.encounter, _REFERENCE, resource, "encounter")
        return self._encounters.name(reference)


def _components(reading: Reading, resource: Resource, observation: Observation) -> list[_Component]:
    if not present(observation.component):
        return []
    return reading.part(observation.component, _COMPONENTS, resource, "component") or []


def _add_pregnancy_status(value: Given, said: Said, reading: Reading) -> None:
    known: set[bool | None] = set()
    if isinstance(value, Codes):
        for coding in value.codings:
            for system in (LOINC, SNOMED_CT):
                if is_of(coding, system) and (system, coding.code) in _PREGNANCY:
                    known.add(_PREGNANCY[system, coding.code or ""])
        if not known and meaning(value, reading.canonical.answer) in ("unknown", "declined"):
            known.add(None)
    if len(known) != 1:
        details = "is no known pregnancy status; left out"
        reading.tell("warning", "unknown-answer", details, said.ref, said.expression)
        return
    reading.add_answer(Answer(code=PREGNANT_OBSERVED, value=known.pop(), on=said.on, ref=said.ref))
