"""Finds rules, exclusions and readings by their words, in every plan's texts of one day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from adapter.workbench.policies.asked import EXCLUSIONS
from adapter.workbench.policies.rules import Rule, Where
from adapter.workbench.policies.shown import Text, exclusions_shown, policy_shown
from eligibility.packs import texts
from eligibility.wording import POPULATION_TITLES

#: What is shown at most; whoever has more says more.
MOST = 100


class Hit(Struct, frozen=True, kw_only=True):
    """Something found."""

    plan: str
    population: str
    title: str
    variant: str
    #: `rule`, `exclusion` or `reading`.
    kind: str
    #: The text in pieces, and of each whether it is a word looked for.
    pieces: tuple[tuple[str, bool], ...]
    where: Where | None
    anchor: str
    #: In how many more texts of the plan the same stands.
    others: int = 0


def find(words: str, plans: Iterable[str], on: date) -> list[Hit]:
    """Everything in force on the day that holds all the words, in the order of the plans.

    Args:
        words: with blanks between them; case does not count.
        plans: whose texts.
        on: the day.

    Returns:
        At most `MOST` + 1; empty where there are no words.
    """
    wanted = [word.casefold() for word in words.split()]
    if not wanted:
        return []
    found: dict[tuple[str, str, str], Hit] = {}
    for hit, text in _everything(plans, on):
        low = text.casefold()
        if not all(word in low for word in wanted):
            continue
        same = (hit.plan, hit.kind, text)
        if same in found:
            found[same] = replace(found[same], others=found[same].others + 1)
        else:
            found[same] = _marked(hit, text, wanted)
            if len(found) > MOST:
                break
    return list(found.values())


def _everything(plans: Iterable[str], on: date) -> Iterator[tuple[Hit, str]]:
    for plan in plans:
        read = texts(plan)
        for policy in read.policies:
            if policy.in_force.covers(on):
                title = POPULATION_TITLES.get(policy.population, policy.population)
                about = (plan, policy.population, title)
                yield from _of_text(about, policy_shown(policy, on))
        file = read.exclusions
        if file is not None and file.in_force.covers(on):
            yield from _of_text((plan, EXCLUSIONS, "Exclusions"), exclusions_shown(file, on))


def _of_text(about: tuple[str, str, str], text: Text) -> Iterator[tuple[Hit, str]]:
    plan, population, title = about
    kind = "exclusion" if population == EXCLUSIONS else "rule"
    blank = Hit(
        plan=plan,
        population=population,
        title=title,
        variant=text.variant,
        kind=kind,
        pieces=(),
        where=None,
        anchor=text.anchor,
    )
    for name, _, _, top in text.rules:
        for rule in _rules(top):
            told = f"{name}: {rule.text}" if name else rule.text
            anchor = rule.anchor or text.anchor
            yield replace(blank, where=rule.where, anchor=anchor), told
    for reading in text.readings:
        hit = replace(blank, kind="reading", where=reading.where, anchor=reading.anchor)
        yield hit, f"{reading.question} {reading.choice} {reading.effect}"


def _rules(rule: Rule) -> Iterator[Rule]:
    if rule.text:
        yield rule
    for child in rule.children:
        yield from _rules(child)


def _marked(hit: Hit, text: str, wanted: list[str]) -> Hit:
    pattern = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    pieces = tuple((part, place % 2 == 1) for place, part in enumerate(parts) if part)
    return replace(hit, pieces=pieces)
