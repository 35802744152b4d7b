"""Policies made ready to be evaluated on one policy date, worked out once per plan and date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria import Finder, compiled
from eligibility.determination import ExclusionResult, Finding, TraceNode, VariantResult
from eligibility.logic import NOT_MET, Outcome, all_of, any_of, negate
from eligibility.model import (
    Exclusion,
    ExclusionKind,
    Group,
    InForce,
    Leaf,
    Node,
    PhaseIn,
    PlanInfo,
    Policy,
    walk,
)
from eligibility.packs import pack
from eligibility.provenance import Parameter, Ref, Value


class CompiledNode(Struct, frozen=True, kw_only=True):
    """A criterion with its test ready to run, or a group of them."""

    criterion: Leaf | Group
    finder: Finder | None = None
    parameters: tuple[tuple[str, str, Value], ...] = ()
    children: tuple[CompiledNode, ...] = ()
    #: The names of everything that it, and all below it, asks a member of whom nothing is known.
    asks: frozenset[str] = frozenset()
    #: What it comes to for such a member. `eligibility.baseline` adds both.
    common: TraceNode | None = None

    def untouched(self, context: Context) -> bool:
        """Whether the member's facts have no bearing on it nor on anything below it."""
        return self.common is not None and self.asks.isdisjoint(context.spoken_of)

    def decided(self, finding: Finding) -> TraceNode:
        """The trace of a criterion with what was found."""
        return TraceNode(self.criterion, finding.outcome, finding, (), self.parameters)

    def joined(self, children: tuple[TraceNode, ...]) -> TraceNode:
        """The trace of a group with what its criteria come to together."""
        assert isinstance(self.criterion, Group)
        outcome = JOIN[self.criterion.operator]([child.outcome for child in children])
        return TraceNode(self.criterion, outcome, None, children)


#: Kleene's connectives by the word a policy file uses; `not` has exactly one child.
JOIN: Mapping[str, Callable[[Sequence[Outcome]], Outcome]] = {
    "all": all_of,
    "any": any_of,
    "not": lambda outcomes: negate(outcomes[0]),
}


class CompiledVariant(Struct, frozen=True, kw_only=True):
    """One policy file, or why it does not apply on the date."""

    policy: Policy
    root: CompiledNode | None
    #: Why it is not in force; None when it is.
    not_in_force: str | None = None
    phase_in: PhaseIn | None = None
    #: For each of the policy's indicators the ids of all tests it stands for.
    indicators: tuple[frozenset[str], ...] = ()
    #: All of these together.
    indicating: frozenset[str] = frozenset()
    #: The answers in which no fact but age and county has a part, by what those two come to.
    common: dict[tuple[Outcome, Outcome], VariantResult] = {}


class CompiledExclusion(Struct, frozen=True, kw_only=True):
    """One exclusion with its kind on the date, or why it does not apply."""

    exclusion: Exclusion
    kind: ExclusionKind
    root: CompiledNode | None
    not_in_force: str | None = None
    #: The answer for a member of whom nothing is known; `eligibility.baseline` adds it.
    common: ExclusionResult | None = None


class CompiledPack(Struct, frozen=True, kw_only=True):
    """All that one plan's texts ask on one policy date."""

    plan: PlanInfo
    #: By population or overlay id; empty where the plan has no text in force.
    variants: Mapping[str, tuple[CompiledVariant, ...]]
    exclusions: tuple[CompiledExclusion, ...]
    #: The populations and overlays on which the plan has a text in force.
    in_force: frozenset[str]


class _OutOfForce(Struct, frozen=True):
    """Stands for the test of a criterion that is not in force on the policy date."""

    reason: str

    def find(self, _context: Context) -> Finding:
        return Finding(outcome=NOT_MET, reason=self.reason)


@lru_cache(maxsize=64)
def compiled_pack(plan: str, policy_date: date) -> CompiledPack:
    """The plan's policies on the date, every parameter resolved.

    Raises:
        UnknownPlan, NoPolicyInForce, PolicyError, NoValueInForce: as `eligibility.packs.pack`.
    """
    loaded = pack(plan, policy_date)
    interned = _interned(policy_date)
    variants: dict[str, list[CompiledVariant]] = {}
    for policy in loaded.policies:
        variants.setdefault(policy.population, []).append(_variant(policy, policy_date, interned))
    exclusions: tuple[CompiledExclusion, ...] = ()
    if loaded.exclusions is not None:
        exclusions = tuple(
            _exclusion(entry, loaded.exclusions.parameters, policy_date, interned)
            for entry in loaded.exclusions.entries
        )
    return CompiledPack(
        plan=loaded.plan,
        variants={id: _one_of_each(found) for id, found in variants.items()},
        exclusions=exclusions,
        in_force=frozenset(
            id for id, found in variants.items() if any(one.root is not None for one in found)
        ),
    )


@lru_cache(maxsize=64)
def _interned(_policy_date: date) -> dict[str, Finder]:
    """Equal tests are one object per policy date, so that a context remembers what it found."""
    return {}


def _variant(policy: Policy, day: date, interned: dict[str, Finder]) -> CompiledVariant:
    reason = out_of_force(policy.in_force, day)
    if reason is not None:
        return CompiledVariant(policy=policy, root=None, not_in_force=reason)
    indicators = tuple(
        frozenset(
            leaf.id
            for node in walk(policy.criteria)
            if node.id in ids
            for leaf in walk(node)
            if isinstance(leaf, Leaf)
        )
        for ids in policy.indicators
    )
    phase_in = next((one for one in policy.in_force.phase_in if day <= one.last), None)
    return CompiledVariant(
        policy=policy,
        root=_node(policy.criteria, policy.parameters, day, interned),
        phase_in=phase_in,
        indicators=indicators,
        indicating=frozenset().union(*indicators),
    )


def _exclusion(
    entry: Exclusion, parameters: Mapping[str, Parameter], day: date, interned: dict[str, Finder]
) -> CompiledExclusion:
    kind = entry.kind
    reason = out_of_force(entry.in_force, day) if entry.in_force is not None else None
    if isinstance(kind, Ref):
        values = parameters[kind.name].values
        in_force = [value for value in values if value.covers(day)]
        kind = str((in_force or values)[-1].value)
    return CompiledExclusion(
        exclusion=entry,
        kind=kind,  # type: ignore[arg-type]  # the loader allows no other word
        root=_node(entry.criteria, parameters, day, interned) if reason is None else None,
        not_in_force=reason,
    )


def _one_of_each(found: list[CompiledVariant]) -> tuple[CompiledVariant, ...]:
    """One text per variant: the one in force, else the next to come or the last there was."""
    best: dict[str, CompiledVariant] = {}
    for one in found:
        held = best.get(one.policy.variant)
        if held is None or (held.root is None and one.root is not None):
            best[one.policy.variant] = one
    return tuple(best.values())


def out_of_force(in_force: InForce, day: date) -> str | None:
    """Why a text does not apply on the day; None when it does."""
    if day < in_force.first:
        return f"In force from {in_force.first}; the policy date is {day}."
    if in_force.last is not None and day > in_force.last:
        return f"In force until {in_force.last}; the policy date is {day}."
    return None


def _node(
    node: Node, parameters: Mapping[str, Parameter], day: date, interned: dict[str, Finder]
) -> CompiledNode:
    if isinstance(node, Group):
        children = tuple(_node(child, parameters, day, interned) for child in node.children)
        return CompiledNode(criterion=node, children=children)
    reason = out_of_force(node.in_force, day) if node.in_force is not None else None
    if reason is not None:
        return CompiledNode(criterion=node, finder=_OutOfForce(reason))
    finder, used = compiled(node.test, parameters, day)
    finder = interned.setdefault(repr(finder), finder)
    return CompiledNode(criterion=node, finder=finder, parameters=used)
