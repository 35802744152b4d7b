"""What would decide it, as questions with a control each; an answer counts at once.

Which questions there are says the determination alone (`gaps`); what answers become is for
`answers` and `amending`. An answered question stays where it stood, so that nothing moves away
below the hand that answers: the order is that of the record before any answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from adapter.workbench.evaluate.questions.controls import (
    Shown,
    key_of,
    missing_of,
    no_other_programme,
)
from adapter.workbench.evaluate.questions.gaps import Gaps, gaps_of, title_of, waiting
from adapter.workbench.evaluate.questions.grouping import NO_OTHER, Group, Item, grouped
from adapter.workbench.evaluate.questions.unanswered import unanswered
from adapter.workbench.evaluate.questions.visit_reasons import reasons_of
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from mappings.inbound.resources import Resources


class Further(Struct, frozen=True, kw_only=True):
    """What could be asked of one population that nothing points to."""

    id: str
    title: str
    groups: tuple[Group, ...]
    #: How many questions these are, and how many of them are answered.
    count: int
    answered: int


class Questions(Struct, frozen=True, kw_only=True):
    """All of them; each stands in one place only, however often it is asked."""

    #: What decides populations and exclusions that something points to; the most deciding first.
    first: tuple[Group, ...] = ()
    #: The nearest population first.
    further: tuple[Further, ...] = ()
    #: Answers to what the record itself does not ask.
    elsewhere: tuple[Group, ...] = ()
    #: How many answers were given.
    answered: int = 0
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
    given = {key: text for key, text in answers.items() if text}
    now = gaps_of(determination)
    before = gaps_of(_before(determination, facts, given)) if given else now
    first, further = _in_place(before, now, given)
    placed = [item for items in (first, *further.values()) for item in items]
    visits = {item.missing.reference for item in placed if item.missing.reference is not None}
    shown = Shown(
        as_of=determination.as_of,
        answers=given,
        visits={visit.ref: visit for visit in facts.visits},
        reasons=reasons_of(resources, visits) if resources else {},
        still_open=now.keys,
    )
    once: set[str] = set()
    asked_first = tuple(grouped(first, shown, now.paths, once))
    asked_further = [
        (id, tuple(grouped(items, shown, now.paths, once))) for id, items in further.items()
    ]
    done = {key_of(item.missing) for item in placed} | once
    rest = [key for key in given if key not in done]
    elsewhere = [*grouped([*_items(rest, shown)], shown, now.paths, once)]
    if NO_OTHER in given and NO_OTHER not in once:
        elsewhere.append(Group(questions=(no_other_programme(shown, ()),)))
    return Questions(
        first=asked_first,
        further=tuple(_further(id, groups) for id, groups in asked_further),
        elsewhere=tuple(elsewhere),
        answered=len(given),
        waiting=tuple(waiting(determination)),
    )


def _before(
    determination: Determination, facts: MemberFacts, given: Mapping[str, str]
) -> Determination:
    """The determination of the record alone: what is ordered by it does not move."""
    return evaluate(
        unanswered(facts, given),
        plan=determination.plan,
        as_of=determination.as_of,
        policy_date=determination.policy_date,
    )


def _in_place(
    before: Gaps, now: Gaps, given: Mapping[str, str]
) -> tuple[list[Item], dict[str, list[Item]]]:
    """What is answered or still open, where it stood before; what is newly open behind it."""
    wanted = now.keys | set(given)
    if NO_OTHER in given:
        # It speaks of every programme that was asked about, so these stay beside it.
        wanted |= {key for key in before.keys if key.startswith("programme.")}
    first = {key: item for key, item in before.first.items() if key in wanted}
    first |= {key: item for key, item in now.first.items() if key not in before.keys}
    seen = {*first}
    further: dict[str, list[Item]] = {}
    for gaps in (before, now):
        for id, items in gaps.further.items():
            for key, item in items.items():
                if key in wanted and key not in seen:
                    seen.add(key)
                    further.setdefault(id, []).append(item)
    return [*first.values()], further


def _further(id: str, groups: tuple[Group, ...]) -> Further:
    asked: Sequence[str] = [one.value for group in groups for one in group.questions]
    answered = sum(map(bool, asked))
    return Further(id=id, title=title_of(id), groups=groups, count=len(asked), answered=answered)


def _items(keys: Sequence[str], shown: Shown) -> Iterator[Item]:
    """What was answered, read off the keys; ends of programmes come with their programme."""
    for key in keys:
        missing = missing_of(key, shown.visits)
        if missing is not None and key != NO_OTHER:
            yield Item(missing, [])
