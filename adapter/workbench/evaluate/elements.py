"""The resources of a chart as a page shows them: in words, and as JSON with what decided marked.

What is marked are the elements that the mappers declare they read (`mappings.requirements`); of a
form, the items that answer what a criterion asks. Numbers and order stay as they were sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from adapter.workbench.evaluate.answers import ANSWERED_HERE
from adapter.workbench.evaluate.described import Described, describe
from mappings.inbound.resources import Resource, Resources
from mappings.requirements import all_requirements

#: Longer values are cut: a narrative or an attachment decides nothing.
_MOST_CHARACTERS = 240
#: Of a resource with more lines only what decided is shown.
_MOST_LINES = 400

#: Whose record it is decides nothing once it has been read as the member's.
_WHOSE = frozenset({"subject", "patient", "beneficiary", "id", "identifier", "name"})
#: Which elements of the Patient a kind of test looks at.
_OF_PATIENT: Mapping[str, tuple[str, ...]] = {"age": ("birthDate",), "race": ("extension",)}

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_items = msgspec.json.Decoder(list[Raw]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Piece(Struct, frozen=True, gc=False):
    """Lines of JSON that did or did not decide."""

    text: str
    decides: bool


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
        self._named: dict[str, tuple[Resource, Raw]] | None = None

    def find(self, reference: str, wanted: Wanted) -> Entry | None:
        """The resource of a reference; None: there is none of that name, or it is unreadable."""
        found = self._by_name().get(reference)
        if found is None:
            return None
        resource, raw = found
        try:
            members = _members(raw)
            value: dict[str, Any] = msgspec.json.decode(raw)
            pieces, is_cut = _pieces(members, _deciding(value, wanted), wanted.codes)
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
            found = self._by_name().get(name) if isinstance(name, str) else None
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
        found = self._by_name().get(reference)
        return self._decoded(found[1]) if found else {}

    def _by_name(self) -> Mapping[str, tuple[Resource, Raw]]:
        # Made when first asked for: most re-renderings open no trace.
        if self._named is None:
            self._named = {
                name: (resource, raw)
                for resources in self._resources.by_type.values()
                for resource in resources
                for name, raw in _names(resource)
            }
        return self._named


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


def _pieces(
    members: Mapping[str, Raw], deciding: Collection[str], codes: Collection[str]
) -> tuple[tuple[Piece, ...], bool]:
    lines = [Piece("{", False)]
    last = len(members) - 1
    for number, (name, raw) in enumerate(members.items()):
        comma = "," if number < last else ""
        if name == "item" and codes:
            lines += _form_items(raw, codes, indent=2, comma=comma)
        else:
            text = f"{_spelled(name)}: {_formatted(raw)}{comma}"
            lines += [Piece(f"  {line}", name in deciding) for line in text.split("\n")]
    lines.append(Piece("}", False))
    shown = lines
    if len(lines) > _MOST_LINES:
        shown = [one for one in lines if one.decides][:_MOST_LINES]
    cut = [Piece(_short(one.text), one.decides) for one in shown]
    is_cut = len(shown) < len(lines) or any(map(_differs, cut, shown))
    grouped = groupby(cut, key=lambda one: one.decides)
    return tuple(
        Piece("\n".join(one.text for one in group), decides) for decides, group in grouped
    ), is_cut


def _form_items(raw: Raw, codes: Collection[str], *, indent: int, comma: str) -> Iterator[Piece]:
    """The items of a form, those marked that answer what was asked."""
    pad = " " * indent
    yield Piece(f'{pad}"item": [', False)
    items = _items(raw)
    for number, item in enumerate(items):
        members = _members(item)
        end = "," if number < len(items) - 1 else ""
        if "item" in members:
            yield Piece(f"{pad}  {{", False)
            last = len(members) - 1
            for position, (name, inner) in enumerate(members.items()):
                after = "," if position < last else ""
                if name == "item":
                    yield from _form_items(inner, codes, indent=indent + 4, comma=after)
                    continue
                for line in f"{_spelled(name)}: {_formatted(inner)}{after}".split("\n"):
                    yield Piece(f"{pad}    {line}", False)
            yield Piece(f"{pad}  }}{end}", False)
            continue
        decides = "linkId" in members and msgspec.json.decode(members["linkId"]) in codes
        for line in f"{_formatted(item)}{end}".split("\n"):
            yield Piece(f"{pad}  {line}", decides)
    yield Piece(f"{pad}]{comma}", False)


def _formatted(raw: Raw) -> str:
    return msgspec.json.format(bytes(raw), indent=2).decode()


def _spelled(name: str) -> str:
    return msgspec.json.encode(name).decode()


def _short(line: str) -> str:
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"


def _differs(one: Piece, other: Piece) -> bool:
    return one.text != other.text
