"""Location → which encounters were at a skilled nursing facility (v3-RoleCode `SNF`)."""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder

from mappings.inbound.codings import codes_or_bare
from mappings.inbound.decoding import contained
from mappings.inbound.elements import (
    ABSENT,
    AnyResource,
    CodeableConcept,
    Element,
    Reference,
    present,
)
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory
from mappings.inbound.resources import Resource
from profiles.canonicals import ROLE_CODE


class _Location(AnyResource):
    type: list[CodeableConcept] | None = None


class _Stay(Element):
    location: Reference | None = None


_LOCATION = Decoder(_Location)
STAYS = Decoder(list[_Stay])


class SkilledNursing:
    """The skilled nursing facilities among the locations given."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        read = reading.decode("Location", _LOCATION, "encounters")
        self._known = Directory("Location", [pair for pair in read if _is_snf(pair[1])])
        self._any = len(self._known) > 0

    def is_at(self, resource: Resource, locations: Raw, contained_in: Raw) -> bool:
        """Whether any of an encounter's locations is a skilled nursing facility."""
        if locations is ABSENT or not (self._any or present(contained_in)):
            return False
        stays = self._reading.part(locations, STAYS, resource, "location", "encounters")
        return any(self._is_snf(stay.location, contained_in) for stay in stays or ())

    def _is_snf(self, reference: Reference | None, contained_in: Raw) -> bool:
        text = reference.reference if reference is not None else None
        if not text or not text.startswith("#"):
            return self._known.find(reference) is not None
        inner = contained(contained_in, text, "Location")
        try:
            return inner is not None and _is_snf(_LOCATION.decode(inner.raw))
        except UNREADABLE:
            return False


def _is_snf(location: _Location) -> bool:
    return any("SNF" in codes_or_bare(kind, ROLE_CODE) for kind in location.type or ())
