"""Organization → names of payors, and the state that runs a programme."""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder

from mappings.inbound.decoding import contained
from mappings.inbound.elements import Address, Identified, Reference
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.reading import Reading
from mappings.inbound.references import Directory


class Organization(Identified):
    """`Organization`, as far as it is read."""

    name: str | None = None
    alias: list[str | None] | None = None
    address: list[Address] | None = None


_ORGANIZATION = Decoder(Organization)


class Organizations:
    """The organizations given, to be found by reference."""

    def __init__(self, reading: Reading) -> None:
        read = reading.decode("Organization", _ORGANIZATION)
        self._directory = Directory("Organization", read)

    def find(self, reference: Reference | None, contained_in: Raw) -> Organization | None:
        """The organization a reference means, contained ones (`#payor`) included."""
        text = reference.reference if reference is not None else None
        if not text or not text.startswith("#"):
            target = self._directory.find(reference)
            return None if target is None else target.value
        inner = contained(contained_in, text, "Organization")
        try:
            return None if inner is None else _ORGANIZATION.decode(inner.raw)
        except UNREADABLE:
            return None

    def name(self, reference: Reference | None) -> str | None:
        """One name for an organization, however it is referred to."""
        return self._directory.name(reference)
