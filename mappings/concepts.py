"""From a coding to the concepts it stands for, through the shipped value sets.

The hot path of every mapper: one dictionary for the systems whose codes are listed one by one, and
for ICD-10-CM the dictionary of its prefixes. Nothing here raises on what a record says: a system or
code nobody knows stands for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TypeVar

from msgspec import Struct

from profiles.canonicals import ICD_10_CM, standard_system
from profiles.screenings import ScreeningMeaning, meanings
from profiles.value_sets import concept_ids, value_set

__all__ = ["ScreeningMeaning", "concepts_of", "screening_answer"]

#: No code or system we read is longer; longer text is neither and must not fill the memory of
#: lookups.
_LONGEST_CODE, _LONGEST_SYSTEM = 32, 256
#: Three characters name an ICD-10-CM category, seven its finest code.
_SHORTEST_ICD, _LONGEST_ICD = 3, 7

Concepts = tuple[str, ...]
Key = TypeVar("Key")


def concepts_of(system: str | None, code: str | None) -> Concepts:
    """Name the concepts (ids of value sets) a coding stands for, in alphabetical order.

    `system` may be any name senders use for it. ICD-10-CM matches by prefix, whatever the case and
    the dots: `F11.23`, `f1123` and `F11` all stand for `substance-use-disorder`. Answers of a
    screening stand for nothing by themselves; ask `screening_answer`.
    """
    if not isinstance(system, str) or not isinstance(code, str):
        return ()
    if len(code) > _LONGEST_CODE or len(system) > _LONGEST_SYSTEM:
        return ()
    return _look_up(system, code)


def screening_answer(question: str | None, answer: str | None) -> ScreeningMeaning | None:
    """Say what an answer to a screening question stands for; None where either is unknown.

    `question` is a LOINC code; `answer` a LOINC answer code, or `Y`, `N` or the SNOMED CT codes for
    yes and no where the question takes them.
    """
    if not isinstance(question, str) or not isinstance(answer, str):
        return None
    return meanings().get((question, answer))


class _Index(Struct, frozen=True, gc=False):
    exact: Mapping[tuple[str, str], Concepts]
    #: ICD-10-CM by prefix, without dots: the concepts it adds, and those it takes away again.
    prefixes: Mapping[str, Concepts]
    exceptions: Mapping[str, Concepts]


@lru_cache(maxsize=16_384)
def _look_up(system: str, code: str) -> Concepts:
    system = standard_system(system)
    if system == ICD_10_CM:
        return _by_prefix(code.replace(".", "").strip().upper())
    return _index().exact.get((system, code), ())


def _by_prefix(code: str) -> Concepts:
    if not _SHORTEST_ICD <= len(code) <= _LONGEST_ICD:
        return ()
    index = _index()
    prefixes = [code[:length] for length in range(len(code), _SHORTEST_ICD - 1, -1)]
    found = {concept for prefix in prefixes for concept in index.prefixes.get(prefix, ())}
    if found:
        found -= {concept for prefix in prefixes for concept in index.exceptions.get(prefix, ())}
    return tuple(sorted(found))


@cache
def _index() -> _Index:
    exact: dict[tuple[str, str], list[str]] = {}
    prefixes: dict[str, list[str]] = {}
    exceptions: dict[str, list[str]] = {}
    for concept in sorted(concept_ids()):
        members = value_set(concept)
        for code in members.codes:
            if code.system == ICD_10_CM:
                prefixes.setdefault(code.code.replace(".", ""), []).append(concept)
            elif code.question is None:
                exact.setdefault((code.system, code.code), []).append(concept)
        for code in members.excluded:
            exceptions.setdefault(code.code.replace(".", ""), []).append(concept)
    return _Index(exact=_frozen(exact), prefixes=_frozen(prefixes), exceptions=_frozen(exceptions))


def _frozen(table: dict[Key, list[str]]) -> dict[Key, Concepts]:
    return {key: tuple(concepts) for key, concepts in table.items()}
