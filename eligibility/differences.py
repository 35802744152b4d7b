"""What two plans' texts, or one plan's on two days, say differently about each population.

Of criteria that ask the same, the options that differ are told with both values and both sources.
Nothing here weighs a member.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from eligibility.model import (
    OVERLAYS,
    POPULATIONS,
    Exclusion,
    Exclusions,
    Policy,
    Ref,
    walk,
)
from eligibility.packs import texts
from eligibility.pairing import Asked, Change, Given, by_subject, changes, scope_changes, shape

#: The variant of a text that separates no ages.
_ALL_AGES = "all-ages"


class Side(Struct, frozen=True):
    """One plan on one day."""

    plan: str
    day: date


class VariantDifference(Struct, frozen=True, kw_only=True):
    """How two texts on one age group differ."""

    #: None: that side has no text in force.
    left: Policy | None
    right: Policy | None
    only_left: tuple[Asked, ...] = ()
    only_right: tuple[Asked, ...] = ()
    changes: tuple[Change, ...] = ()
    #: The same criteria, but another and/or/not.
    joined_differently: bool = False


class ExclusionDifference(Struct, frozen=True, kw_only=True):
    """An exclusion of which the kind differs; None: that side has no such exclusion in force."""

    id: str
    title: str
    left: Given | None
    right: Given | None


class Differences(Struct, frozen=True, kw_only=True):
    """Everything that differs between two sides."""

    left: Side
    right: Side
    #: By population or overlay id, in the state's order; those without a difference are absent.
    populations: dict[str, tuple[VariantDifference, ...]]
    exclusions: tuple[ExclusionDifference, ...]


def differences(left: Side, right: Side) -> Differences:
    """What differs between the two.

    Raises:
        UnknownPlan, PolicyError: as `eligibility.packs.texts`.
    """
    lefts, rights = _in_force(left), _in_force(right)
    populations = {}
    for population in (*POPULATIONS, *OVERLAYS):
        found = tuple(
            difference
            for one, other in _pairs(lefts.get(population, {}), rights.get(population, {}))
            if (difference := _difference((one, left.day), (other, right.day)))
        )
        if found:
            populations[population] = found
    return Differences(
        left=left,
        right=right,
        populations=populations,
        exclusions=tuple(_exclusions(left, right)),
    )


_Variants = dict[str, Policy]


def _in_force(side: Side) -> dict[str, _Variants]:
    found: dict[str, _Variants] = {}
    for policy in texts(side.plan).policies:
        if policy.in_force.covers(side.day):
            found.setdefault(policy.population, {})[policy.variant] = policy
    return found


def _pairs(lefts: _Variants, rights: _Variants) -> list[tuple[Policy | None, Policy | None]]:
    """Texts on the same age group; a text for all ages pairs with each that stands alone."""
    pairs: list[tuple[Policy | None, Policy | None]] = []
    pairs += [(one, rights.get(name, rights.get(_ALL_AGES))) for name, one in lefts.items()]
    pairs += [(lefts.get(_ALL_AGES), one) for name, one in rights.items() if name not in lefts]
    paired = {id(text) for pair in pairs if None not in pair for text in pair}
    return [
        pair for pair in pairs if None not in pair or not any(id(text) in paired for text in pair)
    ]


_Text = tuple[Policy | None, date]


def _difference(left: _Text, right: _Text) -> VariantDifference | None:
    one, other = left[0], right[0]
    if one is None or other is None:
        return VariantDifference(left=one, right=other)
    lefts, rights = by_subject(one, left[1]), by_subject(other, right[1])
    only_left: list[Asked] = []
    only_right: list[Asked] = []
    changed = list(scope_changes(one, other, (left[1], right[1])))
    for subject in dict.fromkeys((*lefts, *rights)):
        ours, theirs = lefts.get(subject, []), rights.get(subject, [])
        paired = min(len(ours), len(theirs))
        only_left += ours[paired:]
        only_right += theirs[paired:]
        for mine, yours in zip(ours, theirs, strict=False):
            changed += changes(mine, yours)
    same_rules = not only_left and not only_right
    found = VariantDifference(
        left=one,
        right=other,
        only_left=tuple(only_left),
        only_right=tuple(only_right),
        changes=tuple(changed),
        joined_differently=same_rules and shape(one.criteria) != shape(other.criteria),
    )
    nothing = same_rules and not changed and not found.joined_differently
    return None if nothing else found


def _exclusions(left: Side, right: Side) -> Iterator[ExclusionDifference]:
    lefts, rights = _kinds(left), _kinds(right)
    for id in dict.fromkeys((*lefts, *rights)):
        ours, theirs = lefts.get(id), rights.get(id)
        mine, yours = ours and ours[1], theirs and theirs[1]
        if (mine and mine.value) != (yours and yours.value):
            title = (ours or theirs or ("", None))[0]
            yield ExclusionDifference(id=id, title=title, left=mine, right=yours)


def _kinds(side: Side) -> dict[str, tuple[str, Given]]:
    file = texts(side.plan).exclusions
    if file is None or not file.in_force.covers(side.day):
        return {}
    return {
        entry.id: (entry.title, _kind(file, entry, side.day))
        for entry in file.entries
        if entry.in_force is None or entry.in_force.covers(side.day)
    }


def _kind(file: Exclusions, entry: Exclusion, day: date) -> Given:
    if isinstance(entry.kind, Ref):
        value = file.parameters[entry.kind.name].on(day)
        return Given(value=value.value, source=value.source)
    first = next(node for node in walk(entry.criteria) if node.source is not None)
    return Given(value=entry.kind, source=first.source or file.source)
