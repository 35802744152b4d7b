"""What a record refers to and does not hold, where an answer may turn on it.

A prefetch brings resources of the member. The Organization that pays, the Location of a stay and a
diagnosis kept elsewhere are read one by one, by the reference that names them. No reference is
followed that would change no answer, and only a few are named at all: each costs a request while
somebody waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Raw
from msgspec.json import Decoder

from eligibility.registry import registry
from mappings.errors import MappingError
from mappings.inbound.bundle import begin
from mappings.inbound.codings import codes_in
from mappings.inbound.collect import collect
from mappings.inbound.coverage import COVERAGE
from mappings.inbound.decoding import Read
from mappings.inbound.elements import AnyResource, Reference
from mappings.inbound.encounter import COUNTED, ENCOUNTER, Encounter
from mappings.inbound.episode_of_care import EPISODE
from mappings.inbound.location import STAYS
from mappings.inbound.reading import Reading
from mappings.inbound.reasons import DIAGNOSES, REFERENCES, principal
from mappings.inbound.references import Directory, without_version
from mappings.inbound.resources import Resource
from mappings.requirements import sources_by_key
from profiles.canonicals import DEFAULT_BASE

#: Prefetch key the fetched resource is read under, its type, and the reference as it was written.
Needed = tuple[str, str, str]

_MOST = 20
_LITERAL = re.compile(r"(https?://[^\s?#]+/)?([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}")
#: Stays of these classes may have been in a nursing facility; the location says.
_STAY_CLASSES = frozenset({"IMP", "ACUTE", "NONAC"})
#: Of visits of these classes it is asked why they took place.
_REASON_CLASSES = frozenset({"EMER", "IMP", "ACUTE"})
_NOT_IN_FORCE = frozenset({"draft", "entered-in-error"})
#: The programme whose state is that of the organization that runs it.
_RUN_BY_A_STATE = "foster-care"

_ANY = Decoder(AnyResource)
R = TypeVar("R", bound=AnyResource)
T = TypeVar("T")


def needed_references(
    data: bytes, more: Sequence[tuple[str, bytes]] = (), *, base: str = DEFAULT_BASE
) -> tuple[Needed, ...]:
    """The references worth fetching, relative or absolute as written, at most 20.

    Who pays comes first, then who runs a foster-care programme, then what is said of the visits,
    the newest first. Empty for data that cannot be used as a whole.

    Args:
        data: a document as for `bundle.read_member`, whose door this stands beside, `cleared`.
        more: as for `read_member`, cleared as well.
        base: as for `read_member`.
    """
    try:
        reading, _ = begin(collect(data, sources_by_key(), more), None, base)
    except MappingError:
        return ()
    # A dict keeps the order and each once.
    return tuple(dict.fromkeys(_Search(reading).all()))[:_MOST]


class _Search:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._directories: dict[str, Directory[AnyResource]] = {}

    def all(self) -> Iterator[Needed]:
        """What is missing, what matters most first."""
        yield from self._payors()
        yield from self._managing_organizations()
        yield from self._of_encounters()

    def _payors(self) -> Iterator[Needed]:
        coverages = [one for _, one in self._mine("Coverage", COVERAGE, "beneficiary")]
        for coverage in sorted(coverages, key=lambda one: one.status != "active"):
            if coverage.status not in _NOT_IN_FORCE:
                unknown = [payor for payor in coverage.payor or () if not _names_a_plan(payor)]
                yield from self._missing("coverages", "Organization", unknown)

    def _managing_organizations(self) -> Iterator[Needed]:
        program = self._reading.canonical.program
        for _, episode in self._mine("EpisodeOfCare", EPISODE, "patient"):
            if any(_RUN_BY_A_STATE in codes_in(each, program) for each in episode.type or ()):
                yield from self._missing(
                    "programs", "Organization", [episode.managing_organization]
                )

    def _of_encounters(self) -> Iterator[Needed]:
        encounters = [
            (resource, encounter)
            for resource, encounter in self._mine("Encounter", ENCOUNTER, "subject")
            if encounter.status in COUNTED
        ]
        for resource, encounter in sorted(encounters, key=_began, reverse=True):
            kind = encounter.class_.code if encounter.class_ is not None else None
            if kind in _REASON_CLASSES:
                reasons = self._reasons(resource, encounter)
                yield from self._missing("conditions", "Condition", reasons)
            if kind in _STAY_CLASSES:
                stays = self._part(encounter.location, STAYS, resource, "location")
                places = [stay.location for stay in stays]
                yield from self._missing("encounters", "Location", places)

    def _reasons(self, resource: Resource, encounter: Encounter) -> list[Reference | None]:
        """What says why a visit took place, as `reasons.Reasons` looks at it."""
        diagnoses = self._part(encounter.diagnosis, DIAGNOSES, resource, "diagnosis")
        if diagnoses:
            return [diagnosis.condition for diagnosis in principal(diagnoses)]
        references = encounter.reason_reference
        return [*self._part(references, REFERENCES, resource, "reasonReference")]

    def _missing(
        self, key: str, type: str, references: Iterable[Reference | None]
    ) -> Iterator[Needed]:
        """Those that lead to a resource of the type that is not here, on some server."""
        for reference in references:
            literal = without_version((reference and reference.reference) or "")
            match = _LITERAL.fullmatch(literal)
            if match is not None and match[2] == type and self._here(type).find(reference) is None:
                yield key, type, literal

    def _here(self, type: str) -> Directory[AnyResource]:
        # Decoded when first asked for: a chart may hold hundreds of conditions.
        if type not in self._directories:
            self._directories[type] = Directory(type, self._reading.decode(type, _ANY))
        return self._directories[type]

    def _mine(self, type: str, decoder: Decoder[R], element: str) -> Iterator[Read[R]]:
        return self._reading.of_member(self._reading.decode(type, decoder), element)

    def _part(
        self, raw: Raw, decoder: Decoder[list[T]], resource: Resource, element: str
    ) -> list[T]:
        return self._reading.part(raw, decoder, resource, element) or []


def _began(read: Read[Encounter]) -> tuple[str, str]:
    """When, as written: near enough to put the newest first."""
    resource, encounter = read
    period = encounter.period
    return (period.start if period is not None else None) or "", resource.called(encounter.id)


def _names_a_plan(payor: Reference) -> bool:
    """Whether the reference itself says who pays, so that the Organization adds nothing."""
    identifier = payor.identifier
    spelled = f"{identifier.system or ''}|{identifier.value}" if identifier is not None else None
    names = [name for name in (payor.display, spelled) if name]
    return registry().plan_of(names) is not None or registry().is_fee_for_service(names)
