"""What two plans, or one plan on two days, say differently: side by side for a page."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from adapter.dates import period
from adapter.workbench.policies.rules import Where, where
from eligibility.differences import Differences, VariantDifference
from eligibility.model import POPULATIONS, Policy
from eligibility.pairing import Asked, Given
from eligibility.policy_words import amount, change_in_words
from eligibility.wording import POPULATION_TITLES


class Cell(Struct, frozen=True, kw_only=True):
    """What one side says."""

    text: str
    where: Where | None = None
    #: It does not say the thing at all.
    absent: bool = False


class Line(Struct, frozen=True, kw_only=True):
    """One difference."""

    #: What it is about; empty: the cells say it.
    about: str
    left: Cell
    right: Cell


class Compared(Struct, frozen=True, kw_only=True):
    """The differences on one population and age group, or on the exclusions."""

    population: str
    title: str
    #: Titles of the two texts.
    left: Cell
    right: Cell
    lines: tuple[Line, ...]
    #: Said below the lines; empty: nothing.
    note: str = ""

    @property
    def count(self) -> int:
        """How many differences these are; a text that one side lacks is one."""
        return len(self.lines) + bool(self.note) or 1


_NOT_SAID = Cell(text="not said", absent=True)


def compared(found: Differences) -> tuple[Compared, ...]:
    """By population in the state's order, the exclusions last."""
    parts = [
        _variant(population, one)
        for population, variants in found.populations.items()
        for one in variants
    ]
    if found.exclusions:
        none = "no such exclusion"
        parts.append(
            Compared(
                population="exclusions",
                title="Exclusions and competing programs",
                left=Cell(text=""),
                right=Cell(text=""),
                lines=tuple(
                    Line(
                        about=one.title, left=_given(one.left, none), right=_given(one.right, none)
                    )
                    for one in found.exclusions
                ),
            )
        )
    return tuple(parts)


def _variant(population: str, found: VariantDifference) -> Compared:
    number = POPULATIONS.get(population)
    title = POPULATION_TITLES.get(population, population)
    joined = "The same criteria, joined by another and, or or not."
    return Compared(
        population=population,
        title=f"{number} {title}" if number else title,
        left=_titled(found.left),
        right=_titled(found.right),
        lines=tuple(_lines(found)),
        note=joined if found.joined_differently else "",
    )


def _lines(found: VariantDifference) -> Iterator[Line]:
    left, right = _document(found.left), _document(found.right)
    for rule in found.only_left:
        yield Line(about="", left=_rule(rule, left), right=_NOT_SAID)
    for rule in found.only_right:
        yield Line(about="", left=_NOT_SAID, right=_rule(rule, right))
    for change in found.changes:
        about = change_in_words(change).rstrip(":")
        about = about[:1].upper() + about[1:]
        yield Line(
            about=about,
            left=_given(change.left, within=left),
            right=_given(change.right, within=right),
        )


def _document(policy: Policy | None) -> str | None:
    return policy.source.document if policy else None


def _titled(policy: Policy | None) -> Cell:
    if policy is None:
        return Cell(text="no text in force", absent=True)
    force = period(policy.in_force.first, policy.in_force.last)
    return Cell(text=f"{policy.title}, {force}", where=where(policy.source))


def _rule(rule: Asked, within: str | None) -> Cell:
    return Cell(text=rule.rule, where=where(rule.source, within))


def _given(given: Given | None, absent: str = "not said", within: str | None = None) -> Cell:
    if given is None:
        return Cell(text=absent, absent=True)
    return Cell(text=amount(given.value, given.unit), where=where(given.source, within))
