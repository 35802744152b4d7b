"""Pairs the criteria of two texts by what they ask, and tells in what a pair differs.

Ids are no help: every file chooses its own. A criterion is known by its attestation, its
programmes, its kinds of visit, or the concepts that meet it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from eligibility.model import AgeRange, Group, Leaf, Node, Policy, Ref, Source, walk

#: An option's value on one day.
Resolved = int | str | bool | tuple[str, ...]


class Given(Struct, frozen=True, kw_only=True):
    """What one side says, and where."""

    value: Resolved
    unit: str | None = None
    source: Source


class Change(Struct, frozen=True, kw_only=True):
    """One thing that both sides ask and say differently; None: a side does not say it."""

    #: The criterion on each side, None for the text as a whole.
    left_rule: Leaf | None = None
    right_rule: Leaf | None = None
    #: Name of the option; `age` or `counties` of the text as a whole.
    option: str
    left: Given | None
    right: Given | None


def by_subject(policy: Policy, day: date) -> dict[str, list[Leaf]]:
    """The criteria in force on the day, in file order, by what they ask."""
    found: dict[str, list[Leaf]] = {}
    for node in walk(policy.criteria):
        if isinstance(node, Leaf) and (node.in_force is None or node.in_force.covers(day)):
            found.setdefault(_subject(node), []).append(node)
    return found


def _subject(leaf: Leaf) -> str:
    """What a criterion asks about, however much of it."""
    options = leaf.test.options
    about = options.get("answer") or options.get("programs") or options.get("kinds")
    about = about or options.get("meets") or ""
    words = sorted(about) if isinstance(about, tuple) else [str(about)]
    kind = f"{leaf.test.kind} behavioural" if "behavioural" in options else leaf.test.kind
    return " ".join((kind, *words))


def shape(node: Node) -> str:
    """The and, or and not of criteria by what they ask; groups of one, and order, do not count."""
    if isinstance(node, Leaf):
        return _subject(node)
    if len(node.children) == 1 and node.operator != "not":
        return shape(node.children[0])
    parts: set[str] = set()
    for child in node.children:
        if isinstance(child, Group) and child.operator == node.operator != "not":
            parts.update(shape(each) for each in child.children)
        else:
            parts.add(shape(child))
    return f"{node.operator}({'; '.join(sorted(parts))})"


#: A criterion of a policy, on one day.
Rule = tuple[Policy, Leaf, date]


def changes(left: Rule, right: Rule) -> Iterator[Change]:
    """The options two criteria give differently, lists compared without order."""
    ours, theirs = left[1].test.options, right[1].test.options
    for option in dict.fromkeys((*ours, *theirs)):
        mine, yours = _given(left, option), _given(right, option)
        if (mine and mine.value) != (yours and yours.value):
            yield Change(
                left_rule=left[1], right_rule=right[1], option=option, left=mine, right=yours
            )


def _given(rule: Rule, option: str) -> Given | None:
    policy, leaf, day = rule
    given = leaf.test.options.get(option)
    if given is None:
        return None
    if isinstance(given, Ref):
        parameter = policy.parameters[given.name]
        value = parameter.on(day)
        return Given(value=_ordered(value.value), unit=parameter.unit, source=value.source)
    return Given(value=_ordered(given), source=leaf.source)


def _ordered(value: Resolved) -> Resolved:
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def scope_changes(left: Policy, right: Policy, days: tuple[date, date]) -> Iterator[Change]:
    """For whom two texts are: the ages, and the counties while a text phases in."""
    pairs = (
        ("age", _age(left.age), _age(right.age)),
        ("counties", _counties(left, days[0]), _counties(right, days[1])),
    )
    for option, ours, theirs in pairs:
        if (ours and ours.value) != (theirs and theirs.value):
            yield Change(option=option, left=ours, right=theirs)


def _counties(policy: Policy, day: date) -> Given | None:
    for phase in policy.in_force.phase_in:
        if day <= phase.last:
            return Given(value=_ordered(phase.counties), source=phase.source)
    return None


def _age(age: AgeRange | None) -> Given | None:
    if age is None:
        return None
    bounds = []
    if age.at_least is not None:
        bounds.append(f"from {age.at_least}")
    if age.under is not None:
        bounds.append(f"under {age.under}")
    return Given(value=" and ".join(bounds), unit="years", source=age.source)
