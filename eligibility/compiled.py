"""Policies made ready to be evaluated on one policy date, worked out once per plan and date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria import Finder, compiled
from eligibility.determination import Finding, TraceNode
from eligibility.facts import MemberFacts
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
)
from eligibility.packs import pack
from eligibility.provenance import Parameter, Ref, Value
from eligibility.registry import registry


class CompiledNode(Struct, frozen=True, kw_only=True):
    """A criterion with its test ready to run, or a group of them."""

    criterion: Leaf | Group
    finder: Finder | None = None
    parameters: tuple[tuple[str, str, Value], ...] = ()
    children: tuple[CompiledNode, ...] = ()
    #: Where the member's facts have none of these keys, `silent` is the answer (None: never).
    reads: frozenset[str] | None = None
    silent: TraceNode | None = None
    #: The findings of `silent`, in the order of the text.
    silent_findings: tuple[Finding, ...] = ()


class CompiledVariant(Struct, frozen=True, kw_only=True):
    """One policy file, or why it does not apply on the date."""

    policy: Policy
    root: CompiledNode | None
    #: Why it is not in force; None when it is.
    not_in_force: str | None = None
    phase_in: PhaseIn | None = None
    #: For each item of the policy's indicators, which findings of the trace speak for it.
    indicators: tuple[tuple[int, ...], ...] = ()


class CompiledExclusion(Struct, frozen=True, kw_only=True):
    """One exclusion with its kind on the date, or why it does not apply."""

    exclusion: Exclusion
    kind: ExclusionKind
    root: CompiledNode | None
    not_in_force: str | None = None


class CompiledPack(Struct, frozen=True, kw_only=True):
    """All that one plan's texts ask on one policy date."""

    plan: PlanInfo
    #: By population or overlay id; empty where the plan has no text in force.
    variants: Mapping[str, tuple[CompiledVariant, ...]]
    exclusions: tuple[CompiledExclusion, ...]
    #: The populations and overlays the plan has a text in force on.
    in_force: frozenset[str]


class _OutOfForce(Struct, frozen=True):
    """Stands for the test of a criterion that is not in force on the policy date."""

    reason: str

    def reads(self) -> frozenset[str]:
        """Nothing at all."""
        return frozenset()

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
    phase_in = next((one for one in policy.in_force.phase_in if day <= one.last), None)
    return CompiledVariant(
        policy=policy,
        root=_node(policy.criteria, policy.parameters, day, interned),
        phase_in=phase_in,
        indicators=_indicators(policy),
    )


def _indicators(policy: Policy) -> tuple[tuple[int, ...], ...]:
    """The positions, in the order of the text, of the tests under each indicator criterion."""
    places: dict[str, list[int]] = {}

    def place(node: Node, above: tuple[str, ...], index: int) -> int:
        named = above if node.id is None else (*above, node.id)
        if isinstance(node, Group):
            for child in node.children:
                index = place(child, named, index)
            return index
        for id in named:
            places.setdefault(id, []).append(index)
        return index + 1

    place(policy.criteria, (), 0)
    return tuple(
        tuple(sorted({index for id in ids for index in places[id]})) for ids in policy.indicators
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
        kind=kind,  # type: ignore[arg-type]
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
        return _group(
            node, tuple(_node(child, parameters, day, interned) for child in node.children)
        )
    reason = out_of_force(node.in_force, day) if node.in_force is not None else None
    if reason is not None:
        return _leaf(node, _OutOfForce(reason), ())
    finder, used = compiled(node.test, parameters, day)
    return _leaf(node, interned.setdefault(repr(finder), finder), used)


def _leaf(node: Leaf, finder: Finder, used: tuple[tuple[str, str, Value], ...]) -> CompiledNode:
    reads = finder.reads()
    silent: TraceNode | None = None
    findings: tuple[Finding, ...] = ()
    if reads is not None:
        finding = finder.find(_nobody())
        silent, findings = TraceNode(node, finding.outcome, finding, (), used), (finding,)
    return CompiledNode(
        criterion=node,
        finder=finder,
        parameters=used,
        reads=reads,
        silent=silent,
        silent_findings=findings,
    )


def _group(node: Group, children: tuple[CompiledNode, ...]) -> CompiledNode:
    traces = [child.silent for child in children if child.silent is not None]
    if len(traces) < len(children):
        return CompiledNode(criterion=node, children=children)
    return CompiledNode(
        criterion=node,
        children=children,
        reads=frozenset().union(*(child.reads or () for child in children)),
        silent=TraceNode(
            node, joined(node, [trace.outcome for trace in traces]), None, tuple(traces)
        ),
        silent_findings=tuple(one for child in children for one in child.silent_findings),
    )


def joined(group: Group, outcomes: list[Outcome]) -> Outcome:
    """What the criteria of a group come to, by its operator."""
    if group.operator == "all":
        return all_of(outcomes)
    return any_of(outcomes) if group.operator == "any" else negate(outcomes[0])


def _nobody() -> Context:
    """A member of whom nothing is known, on whatever day."""
    return Context(MemberFacts(member=""), date.min, (), registry(), date.min)
