"""Concepts and the codes that stand for them, read from the shipped FHIR ValueSets.

A concept is the id of a ValueSet in `definitions/value_sets/`. The resources are the single source;
they are decoded when first asked for (a few milliseconds for all). What `filter`, `exclude` and the
`answer-to-question` extension mean here, `README.md` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_FOLDER = Path(__file__).parent / "definitions" / "value_sets"


class Code(Struct, frozen=True, kw_only=True, gc=False):
    """A code of a value set."""

    system: str
    code: str
    display: str | None = None
    #: LOINC code of the one screening question to which this code is an answer. Such a code means
    #: nothing elsewhere: `Yes` answers many questions.
    question: str | None = None


class ValueSet(Struct, frozen=True, kw_only=True, gc=False):
    """A shipped value set."""

    id: str
    url: str
    version: str
    title: str
    codes: tuple[Code, ...]
    #: Codes that are not members though a broader code of theirs is.
    excluded: tuple[Code, ...]
    #: Why (parts of) it are provisional; empty: nothing is.
    provisional: tuple[str, ...]


@cache
def concept_ids() -> frozenset[str]:
    """Name every concept. Reads no file, only the names in the folder."""
    return frozenset(path.stem for path in _FOLDER.glob("*.json"))


def value_set(concept: str) -> ValueSet:
    """Give the value set of a concept; raises `KeyError` for a name that is none."""
    if concept not in concept_ids():
        raise KeyError(
            f"{concept!r} is no concept: profiles/definitions/value_sets has no such file"
        )
    return _read(concept)


def codes(concept: str) -> tuple[Code, ...]:
    """Give the codes of a concept; raises `KeyError` for a name that is none."""
    return value_set(concept).codes


class _Concept(Struct, gc=False):
    code: str
    display: str | None = None


class _Extension(Struct, gc=False):
    url: str
    valueString: str | None = None  # noqa: N815 - FHIR's own name of the element
    valueCoding: _Concept | None = None  # noqa: N815


class _Filter(Struct, gc=False):
    property: str
    op: str
    value: str


class _Include(Struct):
    system: str
    concept: list[_Concept] = []
    filter: list[_Filter] = []
    extension: list[_Extension] = []


class _Compose(Struct):
    include: list[_Include]
    exclude: list[_Include] = []


class _Resource(Struct):
    id: str
    url: str
    version: str
    title: str
    compose: _Compose
    extension: list[_Extension] = []


@cache
def _decoder() -> msgspec.json.Decoder[_Resource]:
    return msgspec.json.Decoder(_Resource)


@cache
def _read(concept: str) -> ValueSet:
    resource = _decoder().decode((_FOLDER / f"{concept}.json").read_bytes())
    include = resource.compose.include
    return ValueSet(
        id=resource.id,
        url=resource.url,
        version=resource.version,
        title=resource.title,
        codes=tuple(_members(include)),
        excluded=tuple(_members(resource.compose.exclude)),
        provisional=tuple(
            extension.valueString
            for extensions in (resource.extension, *(element.extension for element in include))
            for extension in extensions
            if extension.valueString is not None and extension.url.endswith("/provisional")
        ),
    )


def _members(elements: Iterable[_Include]) -> Iterable[Code]:
    """Flatten includes. `is-a` of a code already listed adds its descendants, not a code."""
    seen: set[tuple[str, str, str | None]] = set()
    for element in elements:
        question = next((e.valueCoding.code for e in element.extension if e.valueCoding), None)
        listed = [(concept.code, concept.display) for concept in element.concept]
        listed += [(condition.value, None) for condition in element.filter]
        for code, display in listed:
            key = (element.system, code, question)
            if key not in seen:
                seen.add(key)
                yield Code(system=element.system, code=code, display=display, question=question)
