"""What a reference leads to, within the data that was given (FHIR R4, Resolving references).

A reference is written relative (`Patient/1`), absolute, as `urn:uuid:…`, with a version, as a
condition (`Patient?identifier=system|value`), or says only an identifier. An absolute one on
another server is another resource, even with the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from msgspec import Struct
from msgspec.json import Decoder

from mappings.inbound.elements import AnyResource, Identified, Identifier, Reference
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.resources import Resource

R = TypeVar("R", bound=AnyResource)

_IDENTIFIED = Decoder(Identified)
_WEB = ("http://", "https://")


class Target(Struct, Generic[R], frozen=True, gc=False):
    """Something a reference can lead to: a resource and what it was decoded to."""

    resource: Resource
    value: R

    @property
    def name(self) -> str:
        """What it is called as evidence."""
        return self.resource.called(self.value.id)


class Directory(Generic[R]):
    """The resources of one type, each with what was decoded of it, to be found by reference."""

    def __init__(self, type: str, entries: Sequence[tuple[Resource, R]]) -> None:
        self._type = type
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @cached_property
    def _by_spelling(self) -> dict[str, Target[R]]:
        # Made when first asked for: most records hold no reference that has to be followed.
        targets: dict[str, Target[R]] = {}
        for resource, value in self._entries:
            target = Target(resource, value)
            if resource.full_url:
                targets.setdefault(resource.full_url, target)
            if value.id:
                targets.setdefault(f"{self._type}/{value.id}", target)
                targets.setdefault(f"urn:uuid:{value.id}", target)
        return targets

    @cached_property
    def _by_identifier(self) -> dict[tuple[str | None, str], Target[R]]:
        targets: dict[tuple[str | None, str], Target[R]] = {}
        for resource, value in self._entries:
            target = Target(resource, value)
            for own in _identifiers(resource):
                if own.value:
                    targets.setdefault((own.system, own.value), target)
                    targets.setdefault((None, own.value), target)
        return targets

    def name(self, reference: Reference | None) -> str | None:
        """One name for what is referred to, however it is spelled, and even if it is not here."""
        if reference is None:
            return None
        target = self.find(reference)
        return name_in(reference) if target is None else target.name

    def find(self, reference: Reference | None) -> Target[R] | None:
        """What the reference leads to; None: it is not there, or not of this type."""
        if reference is None:
            return None
        text = reference.reference
        if text:
            return self._by_spelling.get(text) or self._written_otherwise(text)
        asked = reference.identifier
        return None if asked is None else self._identified(asked)

    def _written_otherwise(self, text: str) -> Target[R] | None:
        if "?" in text:
            asked = asked_identifier(text, self._type)
            return None if asked is None else self._identified(asked)
        literal = without_version(text)
        if found := self._by_spelling.get(literal):
            return found
        # On another server only if both say which server they are on.
        if is_web(literal):
            found = self._by_spelling.get(type_and_id(literal))
            if found is not None and not is_web(found.resource.full_url):
                return found
        return None

    def _identified(self, asked: Identifier) -> Target[R] | None:
        return self._by_identifier.get((asked.system, asked.value)) if asked.value else None


def _identifiers(resource: Resource) -> list[Identifier]:
    try:
        return _IDENTIFIED.decode(resource.raw).identifier or []
    except UNREADABLE:
        return []


def is_web(url: str | None) -> bool:
    """Whether this is an absolute web address."""
    return url is not None and url.startswith(_WEB)


def without_version(reference: str) -> str:
    """The reference without `/_history/…`."""
    return reference.partition("/_history/")[0].removeprefix("/")


def type_and_id(reference: str) -> str:
    """The last two segments of a literal reference: `Patient/1`."""
    return "/".join(reference.rsplit("/", 2)[-2:])


def asked_identifier(reference: str, type: str) -> Identifier | None:
    """The identifier of a conditional reference to this type, or None if it is none."""
    asked, mark, query = reference.partition("?")
    if not mark or asked != type:
        return None
    parameters = parse_qsl(query, keep_blank_values=True)
    if len(parameters) != 1 or parameters[0][0] != "identifier":
        return None
    system, bar, value = parameters[0][1].partition("|")
    return Identifier(system=system, value=value) if bar else Identifier(value=system)


def name_in(reference: Reference | None) -> str | None:
    """What a reference says, as a name to compare with others: reference, identifier, display."""
    if reference is None:
        return None
    if reference.reference:
        return without_version(reference.reference)
    identifier = reference.identifier
    if identifier is not None and identifier.value:
        return f"{identifier.system or ''}|{identifier.value}"
    return reference.display
