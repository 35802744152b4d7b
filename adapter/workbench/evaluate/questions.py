"""What would decide it, as questions with a control each; an answer counts at once.

Which questions there are says the determination alone (`eligibility.report.open_questions` and its
traces); what answers become is for `answers` and `amending`. The questions that decide most come
first: those on the shortest way to an answer of the population that is nearest to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec import Struct

from adapter.workbench.evaluate.answers import ENDED
from adapter.workbench.evaluate.controls import (
    Shown,
    end_of,
    key_of,
    missing_of,
    no_other_programme,
    question_of,
)
from adapter.workbench.evaluate.grouping import NO_OTHER, Group, Item, grouped, visits
from adapter.workbench.evaluate.reasons import reasons_of
from cds_hooks.cards.questions import Path, path_of_variant
from eligibility import report
from eligibility.determination import Determination, Missing, PopulationResult
from eligibility.facts import MemberFacts
from eligibility.logic import MET, UNKNOWN
from eligibility.wording import POPULATION_TITLES
from mappings.inbound.resources import Resources


class Further(Struct, frozen=True, kw_only=True):
    """What could be asked of one population that nothing points to."""

    title: str
    groups: tuple[Group, ...]
    #: How many questions these are.
    count: int


class Questions(Struct, frozen=True, kw_only=True):
    """All of them; each stands in one place only, however often it is asked."""

    #: Answered here, so that they can be changed or taken back, in the order they were asked.
    answered: tuple[Group, ...] = ()
    #: What decides populations and exclusions that something points to; the most deciding first.
    first: tuple[Group, ...] = ()
    #: The nearest population first.
    further: tuple[Further, ...] = ()
    #: What no question here settles, a sentence each.
    waiting: tuple[str, ...] = ()


def open_questions(
    determination: Determination,
    answers: Mapping[str, str],
    facts: MemberFacts,
    resources: Resources | None = None,
) -> Questions:
    """The questions of a determination.

    Args:
        determination: made with `answers` counted.
        answers: what was entered, by key.
        facts: those it was made of, for the visits that are asked about.
        resources: those of the chart, for the reasons of these visits; None: reasons are not shown.
    """
    shown = Shown(
        as_of=determination.as_of,
        answers=answers,
        visits={visit.ref: visit for visit in facts.visits},
        reasons=reasons_of(resources, _visits(determination, answers)) if resources else {},
    )
    paths = _paths(determination)
    first = _asked_first(determination, paths)
    still_open = {*first}
    once = set(answers)
    further: list[tuple[str, list[Item]]] = []
    for result in sorted(_open(determination), key=lambda one: _effort(paths[one.id])):
        items: dict[str, Item] = {}
        for missing in _missing(result):
            key = key_of(missing)
            if missing.kind == "population" or key in still_open:
                continue
            on_path = missing in _on(paths[result.id])
            items.setdefault(key, Item(missing, [_title(result.id)], (not on_path,)))
        still_open.update(items)
        if items:
            further.append((_title(result.id), _ordered(items.values())))
    return Questions(
        answered=tuple(_answered(shown, still_open)),
        first=tuple(grouped(_unanswered(_ordered(first.values()), shown), shown, paths, once)),
        further=tuple(
            Further(title=title, groups=groups, count=sum(len(one.questions) for one in groups))
            for title, items in further
            if (groups := tuple(grouped(_unanswered(items, shown), shown, paths, once)))
        ),
        waiting=tuple(_waiting(determination)),
    )


def _visits(determination: Determination, answers: Mapping[str, str]) -> set[str]:
    """The visits that are or were asked about."""
    asked = chain.from_iterable(map(_missing, _open(determination)))
    about = {missing.reference for missing in asked if missing.reference is not None}
    return about | {key.partition(".")[2] for key in answers if key.startswith("avoidability.")}


def _open(determination: Determination) -> Iterator[PopulationResult]:
    """The populations without an answer: the plan's, and the state's where that is another."""
    for ours, floor in zip(determination.populations, determination.state, strict=True):
        if ours.outcome is UNKNOWN:
            yield ours
        elif floor.outcome is UNKNOWN and ours.outcome is not MET:
            yield floor


def _missing(result: PopulationResult) -> Iterator[Missing]:
    return chain.from_iterable(variant.missing for variant in result.variants)


def _waiting(determination: Determination) -> Iterator[str]:
    """The possible populations that only other populations can still decide."""
    for result in _open(determination):
        missing = [*_missing(result)]
        if result.possible and missing and all(one.kind == "population" for one in missing):
            others = ", ".join(f"“{_title(one.code)}”" for one in dict.fromkeys(missing))
            yield f"“{_title(result.id)}” now turns on whether the member meets {others}."


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
        settles = [_title(id, titles) for id in dict.fromkeys(purposes)]
        known = found.setdefault(key_of(missing), Item(missing, [], rank))
        known.settles += [one for one in settles if one not in known.settles]
        known.rank = min(known.rank, rank)
    return found


def _title(id: str, exclusions: Mapping[str, str] | None = None) -> str:
    if exclusions and id in exclusions:
        return f"exclusion by {exclusions[id]}"
    return POPULATION_TITLES.get(id, id)


def _ordered(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda one: one.rank)


def _unanswered(items: Iterable[Item], shown: Shown) -> list[Item]:
    """Those without a usable answer; the others stand among the answered."""
    return [one for one in items if not shown.answers.get(key_of(one.missing))]


def _answered(shown: Shown, still_open: set[str]) -> Iterator[Group]:
    given = {key: value for key, value in shown.answers.items() if value}
    judged = [key for key in given if key.startswith("avoidability.")]
    for key, value in given.items():
        if key == NO_OTHER:
            yield Group(questions=(no_other_programme(shown, ()),))
        elif key in judged[:1]:
            yield visits([missing_of(one, shown.visits) for one in judged], shown)
        elif key not in judged and (missing := missing_of(key, shown.visits)) is not None:
            asked = [question_of(missing, shown)]
            if missing.kind == "programme" and value == ENDED:
                asked.append(end_of(missing.code, shown))
            open_yet = key in still_open and not asked[0].fault
            note = "This answer alone does not settle it." if open_yet else ""
            yield Group(questions=tuple(asked), note=note)
