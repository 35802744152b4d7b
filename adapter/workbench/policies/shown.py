"""A plan's texts as a page shows them: rules as a tree, values with dates, readings chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from adapter.dates import in_words, period
from adapter.workbench.policies.rules import Rule, Tree, Where, where
from eligibility.logic import Outcome
from eligibility.model import Exclusions, InForce, Interpretation, Parameter, Policy
from eligibility.policy_words import age_in_words, amount, exclusion_kind
from eligibility.wording import OUTCOMES


class Valued(Struct, frozen=True, kw_only=True):
    """A value of a parameter from one day to another."""

    name: str
    amount: str
    days: str
    #: Whether it holds on the day looked at.
    holds: bool
    where: Where


class Reading(Struct, frozen=True, kw_only=True):
    """An interpretation."""

    anchor: str
    id: str
    question: str
    choice: str
    alternatives: tuple[str, ...]
    effect: str
    where: Where | None


class Text(Struct, frozen=True, kw_only=True):
    """One policy file, or the exclusions of a plan."""

    anchor: str
    title: str
    #: `adult`, `child-youth`, …; empty: it separates none.
    variant: str
    version: str
    days: str
    where: Where
    #: Why it is provisional; empty: it is not.
    provisional: str
    age: tuple[str, Where] | None
    #: Where it is live only in some counties: until when and what holds elsewhere, counties, where.
    phases: tuple[tuple[str, str, Where], ...]
    #: How much evidence makes "possible": 0: the text does not say; 1: on one of the rules that
    #: are marked; more: on one of each number.
    signals: int
    #: A policy has one; exclusions several, each with what it does.
    rules: tuple[tuple[str, str, str, Rule], ...]
    not_evaluated: tuple[tuple[str, str, Where], ...]
    values: tuple[Valued, ...]
    readings: tuple[Reading, ...]


def policy_shown(policy: Policy, on: date) -> Text:
    """One text on a population, with the numbers in force on the day."""
    tree = Tree(
        anchor=policy.id.replace("/", "-"),
        parameters=policy.parameters,
        on=on,
        document=policy.source.document,
        provisional=policy.provisional,
        indicators=policy.indicators,
    )
    return Text(
        anchor=tree.anchor,
        title=policy.title,
        variant=policy.variant,
        version=policy.version,
        days=period(policy.in_force.first, policy.in_force.last),
        where=where(policy.source),
        provisional=policy.provisional_because or "" if policy.provisional else "",
        age=None
        if policy.age is None
        else (age_in_words(policy.age), tree.place(policy.age.source)),
        phases=tuple(_phases(policy.in_force, tree)),
        signals=len(policy.indicators),
        rules=(("", "", "", tree.rule(policy.criteria)),),
        not_evaluated=(),
        values=tuple(_values(policy.parameters.values(), tree)),
        readings=tuple(readings_shown(policy.interpretations.values(), tree.anchor)),
    )


def exclusions_shown(file: Exclusions, on: date) -> Text:
    """Who may not receive ECM, or must choose, on the day."""
    tree = Tree(
        anchor=f"{file.plan}-exclusions",
        parameters=file.parameters,
        on=on,
        document=file.source.document,
        provisional=file.provisional,
    )
    return Text(
        anchor=tree.anchor,
        title="Exclusions and competing programs",
        variant="",
        version=file.version,
        days=period(file.in_force.first, file.in_force.last),
        where=where(file.source),
        provisional=file.provisional_because or "" if file.provisional else "",
        age=None,
        phases=(),
        signals=0,
        rules=tuple(
            (
                one.title,
                exclusion_kind(one, file, on),
                one.alternative or "",
                tree.rule(one.criteria),
            )
            for one in file.entries
            if one.in_force is None or one.in_force.covers(on)
        ),
        not_evaluated=tuple(
            (one.rule, one.because, tree.place(one.source)) for one in file.not_evaluated
        ),
        values=tuple(_values(file.parameters.values(), tree)),
        readings=tuple(readings_shown(file.interpretations.values(), tree.anchor)),
    )


def readings_shown(readings: Iterable[Interpretation], anchor: str) -> Iterator[Reading]:
    """Interpretations; `anchor`: of the text they stand in."""
    for one in readings:
        yield Reading(
            anchor=f"{anchor}-reading-{one.id}",
            id=one.id,
            question=one.question,
            choice=one.choice,
            alternatives=one.alternatives,
            effect=one.effect,
            where=where(one.source) if one.source else None,
        )


def _phases(in_force: InForce, tree: Tree) -> Iterator[tuple[str, str, Where]]:
    for one in in_force.phase_in:
        if tree.on <= one.last:
            elsewhere: Outcome = one.elsewhere
            until = f"Until {in_words(one.last)} in some counties only"
            told = f"{until}; elsewhere {OUTCOMES[elsewhere]}"
            yield told, ", ".join(one.counties), tree.place(one.source)


def _values(parameters: Iterable[Parameter], tree: Tree) -> Iterator[Valued]:
    for one in parameters:
        for value in one.values:
            yield Valued(
                name=one.name.replace("_", " "),
                amount=amount(value.value, one.unit),
                days=period(value.first, value.last),
                holds=value.covers(tree.on),
                where=tree.place(value.source),
            )
