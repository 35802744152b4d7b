"""What a reference leads to, within the data that was given (FHIR R4, Resolving references).

A reference is written relative (`Patient/1`), absolute, as `urn:uuid:…`, with a version, as a
condition (`Patient?identifier=system|value`), or says only an identifier. An absolute one on
another server is another resource, even with the same id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from msgspec import Struct
from msgspec.json import Decoder

from mappings.inbound.elements import Identified, Identifier, Reference
from mappings.inbound.envelopes import UNREADABLE
from mappings.inbound.resources import Resource

T = TypeVar("T")

_IDENTIFIED = Decoder(Identified)
_WEB = ("http://", "https://")


class Target(Struct, Generic[T], gc=False):
    """Something a reference can lead to: a resource and what it was decoded to."""

    resource: Resource
    value: T


class Directory(Generic[T]):
    """The resources of one type, to be found by reference."""

    def __init__(self, type: str, entries: Iterable[tuple[Resource, str | None, T]]) -> None:
        self._type = type
        self._targets: list[Target[T]] = []
        self._by_spelling: dict[str, Target[T]] = {}
        self._by_identifier: dict[tuple[str | None, str], Target[T]] | None = None
        for resource, id, value in entries:
            target = Target(resource, value)
            self._targets.append(target)
            for spelling in _spellings(type, id, resource.full_url):
                self._by_spelling.setdefault(spelling, target)

    def __len__(self) -> int:
        return len(self._targets)

    def find(self, reference: Reference | None) -> T | None:
        """What the reference leads to; None: it is not there, or not of this type."""
        target = self.find_target(reference)
        return None if target is None else target.value

    def find_target(self, reference: Reference | None) -> Target[T] | None:
        """The same, with the resource."""
        if reference is None:
            return None
        text = reference.reference
        if text:
            return self._by_spelling.get(text) or self._written_otherwise(text)
        asked = reference.identifier
        return None if asked is None else self._identified(asked)

    def _written_otherwise(self, text: str) -> Target[T] | None:
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

    def _identified(self, asked: Identifier) -> Target[T] | None:
        if not asked.value:
            return None
        if self._by_identifier is None:
            self._by_identifier = {}
            for target in self._targets:
                for own in _identifiers(target.resource):
                    if own.value:
                        self._by_identifier.setdefault((own.system, own.value), target)
                        self._by_identifier.setdefault((None, own.value), target)
        return self._by_identifier.get((asked.system, asked.value))


def _spellings(type: str, id: str | None, full_url: str | None) -> Iterable[str]:
    if full_url:
        yield full_url
    if id:
        yield f"{type}/{id}"
        yield f"urn:uuid:{id}"


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
    system, bar, value = parameters[0][1].rpartition("|")
    return Identifier(system=system if bar else None, value=value)


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
