"""A plan's texts as a page shows them: rules as a tree, values with dates, readings chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from eligibility.logic import Outcome
from eligibility.model import (
    Exclusions,
    Group,
    InForce,
    Interpretation,
    Node,
    Parameter,
    Policy,
    Source,
)
from eligibility.packs import documents
from eligibility.policy_words import (
    OPERATORS,
    age_in_words,
    amount,
    days,
    exclusion_kind,
    test_in_words,
)
from eligibility.wording import OUTCOMES

#: What a kind of test looks at, where its name does not say it.
_LOOKED_AT = {"fact": "an answer or a code", "number": "a measured number"}


class Where(Struct, frozen=True, kw_only=True):
    """Document and section to look up."""

    title: str
    section: str
    provisional: bool
    #: Same document as the text it stands in, whose title need not be said again.
    here: bool = False


class Rule(Struct, frozen=True, kw_only=True):
    """One rule, or several joined."""

    #: Of its element on the page; empty: nothing leads there.
    anchor: str
    #: Empty: the source has no sentence for the group as a whole.
    text: str
    #: `all of`, `any of`, `not`; empty: one rule.
    joined: str
    where: Where | None
    #: How it is decided, with the numbers in force; empty for several.
    decided: str
    #: Days, where they are narrower than the text's.
    in_force: str
    #: (id, anchor) of readings.
    readings: tuple[tuple[str, str], ...]
    children: tuple[Rule, ...]


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
    #: Evidence on which makes "possible".
    indicators: str
    #: A policy has one; exclusions several, each with what it does.
    rules: tuple[tuple[str, str, str, Rule], ...]
    not_evaluated: tuple[tuple[str, str, Where], ...]
    values: tuple[Valued, ...]
    readings: tuple[Reading, ...]


def where(source: Source, within: str | None = None) -> Where:
    """A passage, with the title of its document; `within`: the document of the text around it."""
    held = documents().get(source.document)
    return Where(
        title=held.title if held else source.document,
        section=source.section,
        provisional=source.provisional,
        here=source.document == within,
    )


def policy_shown(policy: Policy, on: date) -> Text:
    """One text on a population, with the numbers in force on the day."""
    document = policy.source.document
    tree = _Tree(policy.id.replace("/", "-"), policy.parameters, on, document)
    return Text(
        anchor=tree.anchor,
        title=policy.title,
        variant=policy.variant,
        version=policy.version,
        days=days(policy.in_force.first, policy.in_force.last),
        where=where(policy.source),
        provisional=policy.provisional_because or "" if policy.provisional else "",
        age=None
        if policy.age is None
        else (age_in_words(policy.age), where(policy.age.source, document)),
        phases=tuple(_phases(policy.in_force, on, document)),
        indicators=" and ".join(" or ".join(names) for names in policy.indicators),
        rules=(("", "", "", tree.rule(policy.criteria)),),
        not_evaluated=(),
        values=tuple(_values(policy.parameters.values(), on, document)),
        readings=tuple(readings_shown(policy.interpretations.values(), tree.anchor)),
    )


def exclusions_shown(file: Exclusions, on: date) -> Text:
    """Who may not receive ECM, or must choose, on the day."""
    document = file.source.document
    tree = _Tree(f"{file.plan}-exclusions", file.parameters, on, document)
    return Text(
        anchor=tree.anchor,
        title="Exclusions and competing programmes",
        variant="",
        version=file.version,
        days=days(file.in_force.first, file.in_force.last),
        where=where(file.source),
        provisional=file.provisional_because or "" if file.provisional else "",
        age=None,
        phases=(),
        indicators="",
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
            (one.rule, one.because, where(one.source, document)) for one in file.not_evaluated
        ),
        values=tuple(_values(file.parameters.values(), on, document)),
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


class _Tree(Struct, frozen=True):
    """What rules of one text need to be told."""

    anchor: str
    parameters: dict[str, Parameter]
    on: date
    document: str

    def rule(self, node: Node) -> Rule:
        """A rule and all below it."""
        days_of = None if isinstance(node, Group) else node.in_force
        return Rule(
            anchor=f"{self.anchor}-{node.id}" if node.id else "",
            text=node.rule or "",
            joined=OPERATORS[node.operator] if isinstance(node, Group) else "",
            where=where(node.source, self.document) if node.source else None,
            decided=""
            if isinstance(node, Group)
            else _decided(test_in_words(node.test, self.parameters, self.on)),
            in_force=days(days_of.first, days_of.last) if days_of else "",
            readings=tuple((id, f"{self.anchor}-reading-{id}") for id in node.interpretations),
            children=tuple(map(self.rule, node.children)) if isinstance(node, Group) else (),
        )


def _decided(words: str) -> str:
    """A test in words that say what is looked at; the commands name its kind as the file does."""
    kind, _, rest = words.partition(": ")
    return f"{_LOOKED_AT[kind]}: {rest}" if rest and kind in _LOOKED_AT else words


def _phases(in_force: InForce, on: date, document: str) -> Iterator[tuple[str, str, Where]]:
    for one in in_force.phase_in:
        if on <= one.last:
            elsewhere: Outcome = one.elsewhere
            told = f"Until {one.last} in some counties only; elsewhere {OUTCOMES[elsewhere]}"
            yield told, ", ".join(one.counties), where(one.source, document)


def _values(parameters: Iterable[Parameter], on: date, document: str) -> Iterator[Valued]:
    for one in parameters:
        for value in one.values:
            yield Valued(
                name=one.name.replace("_", " "),
                amount=amount(value.value, one.unit),
                days=days(value.first, value.last),
                holds=value.covers(on),
                where=where(value.source, document),
            )
