"""What is missing in a determination, once each: to ask first, and to ask further.

First come the questions that decide most: those on the shortest way to an answer of the population
that is nearest to one (`eligibility.report.open_questions` says which are asked first).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec import Struct

from adapter.workbench.evaluate.questions.controls import key_of
from adapter.workbench.evaluate.questions.grouping import Item, kind_of
from cds_hooks.cards.questions import Path, path_of_variant
from eligibility import report
from eligibility.determination import Determination, Missing, PopulationResult
from eligibility.logic import MET, UNKNOWN
from eligibility.wording import POPULATION_TITLES

#: Of one thing that is asked of each visit, further visits are asked about once these are known.
_MOST_OF_ONE_CODE = 25


class Gaps(Struct, frozen=True, kw_only=True):
    """What is missing, by the key of the answer that would fill it, in the order to ask."""

    first: Mapping[str, Item]
    #: By population, the nearest first: what nothing points to; nothing of what is in `first`.
    further: Mapping[str, Mapping[str, Item]]
    #: By population, the shortest way to yes.
    paths: Mapping[str, Path]

    @property
    def keys(self) -> frozenset[str]:
        """All of them."""
        return frozenset(chain(self.first, *self.further.values()))


def gaps_of(determination: Determination) -> Gaps:
    """What is missing."""
    paths = _paths(determination)
    first = _asked_first(determination, paths)
    seen = {*first}
    further: dict[str, Mapping[str, Item]] = {}
    about_visits: Counter[str] = Counter()
    for result in sorted(_open(determination), key=lambda one: _effort(paths[one.id])):
        items: dict[str, Item] = {}
        for missing in _missing(result):
            key = key_of(missing)
            if missing.kind == "data" and missing.reference is not None:
                about_visits[missing.code] += key not in items
                if about_visits[missing.code] > _MOST_OF_ONE_CODE:
                    continue
            if missing.kind != "population" and key not in seen:
                on_path = missing in _on(paths[result.id])
                items.setdefault(key, Item(missing, [title_of(result.id)], (not on_path,)))
        seen.update(items)
        if items:
            further[result.id] = _ordered(items)
    return Gaps(first=_ordered(first), further=further, paths=paths)


def waiting(determination: Determination) -> Iterator[str]:
    """The possible populations that only other populations can still decide, a sentence each."""
    for result in _open(determination):
        missing = [*_missing(result)]
        if result.possible and missing and all(one.kind == "population" for one in missing):
            others = ", ".join(f"“{title_of(one.code)}”" for one in dict.fromkeys(missing))
            yield f"“{title_of(result.id)}” now turns on whether the member meets {others}."


def _open(determination: Determination) -> Iterator[PopulationResult]:
    """The populations without an answer: the plan's, and the state's where that is another."""
    for ours, floor in zip(determination.populations, determination.state, strict=True):
        if ours.outcome is UNKNOWN:
            yield ours
        elif floor.outcome is UNKNOWN and ours.outcome is not MET:
            yield floor


def _missing(result: PopulationResult) -> Iterator[Missing]:
    return chain.from_iterable(variant.missing for variant in result.variants)


def _paths(determination: Determination) -> dict[str, Path]:
    """By population, the shortest way to yes."""
    found = {}
    for result in _open(determination):
        variants = [one for one in result.variants if one.outcome is UNKNOWN]
        found[result.id] = min(map(path_of_variant, variants), key=_effort)
    return found


def _effort(path: Path) -> tuple[bool, int]:
    return (not path.answerable, len(path.asks))


def _on(path: Path) -> set[Missing]:
    return {missing for ask in path.asks for missing in ask.missing}


def _asked_first(determination: Determination, paths: Mapping[str, Path]) -> dict[str, Item]:
    titles = {one.exclusion.id: one.exclusion.title for one in determination.exclusions}
    on_path = {id: _on(path) for id, path in paths.items()}
    found: dict[str, Item] = {}
    for missing, purposes in report.open_questions(determination):
        ranks = [
            (missing not in on_path[id], *_effort(paths[id])) if id in paths else (0, 0, 1)
            for id in purposes
        ]
        rank = (*map(int, min(ranks)), -len(set(purposes)))
        settles = [title_of(id, titles) for id in dict.fromkeys(purposes)]
        known = found.setdefault(key_of(missing), Item(missing, [], rank))
        known.settles += [one for one in settles if one not in known.settles]
        known.rank = min(known.rank, rank)
    return found


def title_of(id: str, exclusions: Mapping[str, str] | None = None) -> str:
    """The title of a population, or of one of the exclusions given by id."""
    if exclusions and id in exclusions:
        return f"exclusion by {exclusions[id]}"
    return POPULATION_TITLES.get(id, id)


def _ordered(items: Mapping[str, Item]) -> dict[str, Item]:
    """By rank; what is grouped has the best rank of its kind, so that the group does not move."""
    best: dict[str, tuple[int, ...]] = {}
    for item in items.values():
        kind = kind_of(item.missing)
        best[kind] = min(best.get(kind, item.rank), item.rank)
    for item in items.values():
        if kind := kind_of(item.missing):
            item.rank = best[kind]
    return dict(sorted(items.items(), key=lambda one: one[1].rank))
