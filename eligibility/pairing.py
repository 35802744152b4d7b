"""Pairs the criteria of two texts by what they ask, and tells in what a pair differs.

Ids are no help: every file chooses its own. A criterion is known by its attestation, its
programmes, its kinds of visit, or the concepts that meet it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from eligibility.model import AgeRange, Group, Leaf, Node, Policy, Ref, Source

#: An option's value on one day.
Resolved = int | str | bool | tuple[str, ...]


class Given(Struct, frozen=True, kw_only=True):
    """What one side says, and where."""

    value: Resolved
    unit: str | None = None
    source: Source


def _ordered(value: Resolved) -> Resolved:
    return tuple(sorted(value)) if isinstance(value, tuple) else value


class Asked(Struct, frozen=True, kw_only=True):
    """A criterion of a policy on one day, with the `not` it stands under."""

    policy: Policy
    leaf: Leaf
    day: date
    #: An odd number of `not` stand above it.
    negated: bool = False
    #: The `not` directly above it, where that has words of its own.
    negation: Group | None = None

    @property
    def id(self) -> str:
        """The id a reader finds in the file."""
        return self.negation.id if self.negation and self.negation.id else self.leaf.id

    @property
    def rule(self) -> str:
        """The rule in words, its `not` included."""
        if self.negation is not None and self.negation.rule is not None:
            return self.negation.rule
        return f"Not: {self.leaf.rule}" if self.negated else self.leaf.rule

    @property
    def source(self) -> Source:
        """Where it stands."""
        return self.leaf.source

    def given(self, option: str) -> Given | None:
        """What an option of its test is on the day; None: it has no such option."""
        given = self.leaf.test.options.get(option)
        if given is None:
            same = _SAME_AS.get(option)
            return None if same is None else self.given(same)
        if isinstance(given, Ref):
            parameter = self.policy.parameters[given.name]
            value = parameter.on(self.day)
            return Given(value=_ordered(value.value), unit=parameter.unit, source=value.source)
        return Given(value=_ordered(given), source=self.leaf.source)


#: What stands for an option that is absent: without a window the look-back is the window.
_SAME_AS = {"within_months": "look_back_months", "signal": "at_least"}


class Change(Struct, frozen=True, kw_only=True):
    """One thing that both sides ask and say differently; None: a side does not say it."""

    #: The criterion on each side, None for the text as a whole.
    left_rule: Asked | None = None
    right_rule: Asked | None = None
    #: Name of the option; `age` or `counties` of the text as a whole.
    option: str
    left: Given | None
    right: Given | None


def by_subject(policy: Policy, day: date) -> dict[str, list[Asked]]:
    """The criteria in force on the day, in file order, by what they ask."""
    found: dict[str, list[Asked]] = {}
    for one in _asked(policy, policy.criteria, day):
        subject = _subject(one.leaf)
        found.setdefault(f"not {subject}" if one.negated else subject, []).append(one)
    return found


def _asked(
    policy: Policy, node: Node, day: date, *, negated: bool = False, above: Group | None = None
) -> Iterator[Asked]:
    if isinstance(node, Leaf):
        if node.in_force is None or node.in_force.covers(day):
            yield Asked(policy=policy, leaf=node, day=day, negated=negated, negation=above)
        return
    is_not = node.operator == "not"
    for child in node.children:
        yield from _asked(
            policy, child, day, negated=negated is not is_not, above=node if is_not else None
        )


def _subject(leaf: Leaf) -> str:
    """What a criterion asks about, however much of it."""
    options = leaf.test.options
    about = options.get("answer") or options.get("programs") or options.get("kinds")
    about = about or options.get("meets") or ""
    words = sorted(about) if isinstance(about, tuple) else [str(about)]
    kind = f"{leaf.test.kind} behavioural" if "behavioural" in options else leaf.test.kind
    return " ".join((kind, *words))


def shape(node: Node) -> str:
    """The and, or and not of criteria by what they ask; order and needless groups do not count."""
    if isinstance(node, Leaf):
        return _subject(node)
    parts = {shape(part) for part in _parts(node, node.operator)}
    if len(parts) == 1 and node.operator != "not":
        return parts.pop()
    return f"{node.operator}({'; '.join(sorted(parts))})"


def _parts(node: Node, operator: str) -> Iterator[Node]:
    """What is joined by one operator, through groups of the same operator and groups of one."""
    for child in node.children if isinstance(node, Group) else ():
        alone = isinstance(child, Group) and child.operator != "not" and len(child.children) == 1
        same = isinstance(child, Group) and child.operator == operator != "not"
        if alone or same:
            yield from _parts(child, operator)
        else:
            yield child


def changes(left: Asked, right: Asked) -> Iterator[Change]:
    """The options two criteria give differently, lists compared without order."""
    for option in dict.fromkeys((*left.leaf.test.options, *right.leaf.test.options)):
        mine, yours = left.given(option), right.given(option)
        if (mine and mine.value) != (yours and yours.value):
            yield Change(left_rule=left, right_rule=right, option=option, left=mine, right=yours)


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
