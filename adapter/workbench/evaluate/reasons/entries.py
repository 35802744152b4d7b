"""The resources of a chart as a page shows them: in words, and as JSON with what decided marked.

What is marked are the elements that the mappers declare they read (`mappings.requirements`); of a
form, the items that answer what a criterion asks. Numbers and order stay as they were sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from adapter.workbench.evaluate.questions.answers import ANSWERED_HERE
from adapter.workbench.evaluate.reasons.described import Described, describe
from adapter.workbench.evaluate.reasons.marking import Piece, pieces_of
from mappings.inbound.resources import Resource, Resources
from mappings.requirements import all_requirements

#: Whose record it is decides nothing once it has been read as the member's.
_WHOSE = frozenset({"subject", "patient", "beneficiary", "id", "identifier", "name"})
#: Which elements of the Patient a kind of test looks at.
_OF_PATIENT: Mapping[str, tuple[str, ...]] = {"age": ("birthDate",), "race": ("extension",)}

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Entry(Struct, frozen=True, kw_only=True):
    """A resource that speaks for or against a criterion."""

    reference: str
    #: What it is and says, in words.
    said: Described
    #: Where it stands, e.g. `Bundle.entry[4]`.
    place: str
    #: It was answered on the page and is not in the file.
    entered: bool = False
    pieces: tuple[Piece, ...] = ()
    #: Something was left out of `pieces`.
    is_cut: bool = False


class Wanted(Struct, frozen=True, kw_only=True):
    """What a criterion looked for in a resource."""

    #: Kinds of the tests, e.g. `age`.
    kinds: frozenset[str] = frozenset()
    #: Codes of questions that were asked.
    codes: frozenset[str] = frozenset()


class Entries:
    """The resources of one chart, to be found by the reference that evidence gives."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._named: dict[str, dict[str, tuple[Resource, Raw]]] = {}

    def find(self, reference: str, wanted: Wanted) -> Entry | None:
        """The resource of a reference; None: there is none of that name, or it is unreadable."""
        found = self._at(reference)
        if found is None:
            return None
        resource, raw = found
        try:
            members = _members(raw)
            value: dict[str, Any] = msgspec.json.decode(raw)
            pieces, is_cut = pieces_of(members, _deciding(value, wanted), wanted.codes)
        except _UNREADABLE:
            return None
        said = describe(value, wanted.codes)
        if value.get("resourceType") == "Encounter":
            said = replace(said, what=self._reason(value) or said.what)
        return Entry(
            reference=reference,
            said=said,
            place=resource.where,
            entered=str(value.get("id", "")).startswith(ANSWERED_HERE),
            pieces=pieces,
            is_cut=is_cut,
        )

    def _reason(self, encounter: Mapping[str, Any]) -> str:
        """What a visit was for, by the diagnosis it refers to; empty: none is here."""
        diagnoses = encounter.get("diagnosis")
        for one in diagnoses if isinstance(diagnoses, list) else ():
            referred = one.get("condition") if isinstance(one, dict) else None
            name = referred.get("reference") if isinstance(referred, dict) else None
            found = self._at(name) if isinstance(name, str) else None
            if found is not None:
                return describe(self._decoded(found[1])).what
        return ""

    def _decoded(self, raw: Raw) -> dict[str, Any]:
        try:
            value = msgspec.json.decode(raw)
        except _UNREADABLE:
            return {}
        return value if isinstance(value, dict) else {}

    def patient(self, reference: str) -> dict[str, Any]:
        """The Patient of that name; empty: none that can be read."""
        found = self._at(reference)
        return self._decoded(found[1]) if found else {}

    def _at(self, name: str) -> tuple[Resource, Raw] | None:
        """What evidence calls by this name, or a fullUrl."""
        # Of one type at a time, as far as the name tells it: most charts are full of others.
        type = name.partition("/")[0]
        for one in [type] if type in self._resources.by_type else list(self._resources.by_type):
            if one not in self._named:
                self._named[one] = {
                    name: (resource, raw)
                    for resource in self._resources.of(one)
                    for name, raw in _names(resource)
                }
            if name in self._named[one]:
                return self._named[one][name]
        return None


class _Head(Struct, gc=False):
    id: str | None = None
    contained: list[Raw] | None = None


_head = msgspec.json.Decoder(_Head).decode


def _names(resource: Resource) -> Iterator[tuple[str, Raw]]:
    try:
        head = _head(resource.raw)
    except _UNREADABLE:
        return
    name = resource.called(head.id)
    yield name, resource.raw
    if resource.full_url:
        yield resource.full_url, resource.raw
    # A Coverage contained in a claim is called after the claim (`mappings.inbound.coverage`).
    for inner in head.contained or ():
        if b'"Coverage"' in bytes(inner):
            yield f"{name}#coverage", inner


@cache
def _read_of(type: str) -> frozenset[str]:
    """The elements of a type that the mappers read."""
    named = {
        element
        for requirement in all_requirements()
        if requirement.resource_type == type
        for element in requirement.elements
    }
    return frozenset(named - _WHOSE)


def _deciding(value: Mapping[str, Any], wanted: Wanted) -> Collection[str]:
    type = str(value.get("resourceType"))
    read: Iterable[str] = _read_of(type)
    if type == "Patient":
        looked = [one for kind in wanted.kinds for one in _OF_PATIENT.get(kind, ())]
        read = looked or read
    return {name for name in value if any(_is(name, element) for element in read)}


def _is(name: str, element: str) -> bool:
    """Whether a member is that element, which may be a choice: `valueBoolean` is `value`."""
    rest = name.removeprefix(element)
    return not rest or (rest != name and rest[0].isupper())
