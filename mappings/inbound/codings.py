"""Reading codes out of CodeableConcepts. Text is never read: only a code says what was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from mappings.concepts import concepts_of
from mappings.inbound.elements import CodeableConcept, Coding
from profiles.canonicals import standard_system


def concepts_in(concept: CodeableConcept | None) -> tuple[str, ...]:
    """The concepts that any coding stands for, each once, in alphabetical order."""
    if concept is None or not concept.coding:
        return ()
    if len(concept.coding) == 1:
        coding = concept.coding[0]
        return concepts_of(coding.system, coding.code)
    found = {name for coding in concept.coding for name in concepts_of(coding.system, coding.code)}
    return tuple(sorted(found))


def concepts_in_all(concepts: Sequence[CodeableConcept] | None) -> Collection[str]:
    """The concepts that any of several CodeableConcepts stands for."""
    if not concepts:
        return ()
    if len(concepts) == 1:
        return concepts_in(concepts[0])
    return {name for concept in concepts for name in concepts_in(concept)}


def codes_in(concept: CodeableConcept | None, system: str) -> tuple[str, ...]:
    """The codes of one system, under any of its names."""
    if concept is None or not concept.coding:
        return ()
    return tuple(coding.code for coding in concept.coding if coding.code and is_of(coding, system))


def is_of(coding: Coding, system: str) -> bool:
    """Whether a coding is from a system, under any of its names."""
    stated = coding.system
    return stated == system or (stated is not None and standard_system(stated) == system)


def codes_or_bare(concept: CodeableConcept | None, system: str) -> Iterator[str]:
    """The codes of one system, and codes without a system: some servers leave it out."""
    if concept is not None:
        for coding in concept.coding or ():
            if coding.code and (coding.system is None or is_of(coding, system)):
                yield coding.code
