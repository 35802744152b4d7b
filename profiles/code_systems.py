"""The shipped CodeSystems as they are read: concepts with their properties.

The resources in `definitions/code_systems/` are the single source. `codes` and `referral_codes`
make tables of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

_FOLDER = Path(__file__).parent / "definitions" / "code_systems"


class Label(Struct, frozen=True, gc=False):
    """A security label (`meta.security`): how guarded a resource is, or of what it tells."""

    system: str
    code: str
    display: str


class Property(Struct, frozen=True, gc=False):
    """A property of a concept; one of the values is there."""

    code: str
    valueCode: str | None = None  # noqa: N815 - FHIR's own name of the element
    valueInteger: int | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueCoding: Label | None = None  # noqa: N815


class Concept(Struct, frozen=True):
    """A code of ours, and the finer ones below it."""

    code: str
    display: str
    property: tuple[Property, ...] = ()
    concept: tuple[Concept, ...] = ()

    def flag(self, name: str) -> bool | None:
        """The value of a boolean property; None: it has none."""
        return next((p.valueBoolean for p in self.property if p.code == name), None)

    def codes(self, name: str) -> tuple[str, ...]:
        """The values of a property of type code."""
        return tuple(p.valueCode for p in self.property if p.code == name and p.valueCode)

    def number(self, name: str) -> int | None:
        """The value of an integer property; None: it has none."""
        return next((p.valueInteger for p in self.property if p.code == name), None)

    def labels(self, name: str) -> tuple[Label, ...]:
        """The values of a property of type Coding."""
        return tuple(p.valueCoding for p in self.property if p.code == name and p.valueCoding)


class _CodeSystem(Struct):
    concept: tuple[Concept, ...]


@cache
def code_system_ids() -> frozenset[str]:
    """Name every shipped CodeSystem. Reads no file, only the names in the folder."""
    return frozenset(file.stem for file in _FOLDER.glob("*.json"))


@cache
def concepts(id: str) -> tuple[Concept, ...]:
    """Give the concepts of a shipped CodeSystem, in its order; broader ones hold the finer."""
    return msgspec.json.decode((_FOLDER / f"{id}.json").read_bytes(), type=_CodeSystem).concept


def codes_of(id: str) -> Mapping[str, str] | None:
    """Give every code of a shipped CodeSystem with its display, finer codes included.

    Args:
        id: as it came in a resource; of any form.

    Returns:
        None where there is no CodeSystem of that id.
    """
    return _codes(id) if id in code_system_ids() else None


@cache
def _codes(id: str) -> Mapping[str, str]:
    return MappingProxyType(dict(_with_finer(concepts(id))))


def _with_finer(given: tuple[Concept, ...]) -> Iterator[tuple[str, str]]:
    for concept in given:
        yield concept.code, concept.display
        yield from _with_finer(concept.concept)
