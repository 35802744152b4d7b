"""Weighing one policy file or one exclusion against one member: the trace and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.compiled import JOIN, CompiledExclusion, CompiledNode, CompiledVariant
from eligibility.context import Context
from eligibility.determination import (
    ExclusionResult,
    Finding,
    Missing,
    TraceNode,
    VariantResult,
)
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of, negate
from eligibility.model import AgeRange, Group, PhaseIn, Policy

#: By fixed days; half-open at one end of the window; half-open at the other.
_READINGS = 3


def weigh_variant(variant: CompiledVariant, context: Context) -> VariantResult:
    """The answer of one policy file; a file whose dates, age or county do not fit is not met."""
    age = MET if variant.policy.age is None else _age(variant.policy.age, context)
    county = MET if variant.phase_in is None else _county(variant.phase_in, context)
    root = variant.root
    if root is None or age is NOT_MET or county is NOT_MET or root.untouched(context):
        result = variant.common.get((age, county))
        if result is None:
            result = variant.common[age, county] = _weighed(variant, context, age, county)
        return result
    return _weighed(variant, context, age, county)


def _weighed(
    variant: CompiledVariant, context: Context, age: Outcome, county: Outcome
) -> VariantResult:
    policy = variant.policy
    if variant.root is None or age is NOT_MET or county is NOT_MET:
        return VariantResult(policy=policy, outcome=NOT_MET, reason=_why_not(variant, age))
    found: list[tuple[str | None, Finding]] = []
    trace = weigh(variant.root, context, found)
    applies = age if county is MET else all_of((age, county))
    outcome = trace.outcome if applies is MET else all_of((trace.outcome, applies))
    flags: dict[str, None] = {}
    shown: set[str | None] = set()  # what has evidence enough to show the population
    evident: set[str | None] = set()  # what has evidence at all, if only one visit
    edge = False
    for id, finding in found:
        if finding.flags:
            flags.update(dict.fromkeys(finding.flags))
        if finding.indicated:
            shown.add(id)
            evident.add(id)
        elif finding.hinted:
            evident.add(id)
        if finding.alternatives:
            edge = True
    if edge and _on_boundary(trace, outcome, applies):
        flags["boundary"] = None
    gates: tuple[Missing, ...] = ()
    if applies is UNKNOWN:
        gates = tuple(
            Missing("data", code)
            for code, gate in (("birth-date", age), ("county", county))
            if gate is UNKNOWN
        )
    return VariantResult(
        policy=policy,
        outcome=outcome,
        reason=_county_reason(variant) if county is UNKNOWN else None,
        trace=trace,
        flags=tuple(flags),
        gates=gates,
        possible=outcome is UNKNOWN and _on_every_indicator(variant, trace, shown),
        indicated=not evident.isdisjoint(variant.indicating),
    )


def _on_every_indicator(variant: CompiledVariant, trace: TraceNode, shown: set[str | None]) -> bool:
    """Whether each indicator has evidence where the answer is still open.

    What stands below a group that is decided against, such as the numbers of another age, is none.
    """
    if not variant.indicators or any(shown.isdisjoint(ids) for ids in variant.indicators):
        return False
    still_open = shown.difference(_closed(trace, below=False))
    return not any(still_open.isdisjoint(ids) for ids in variant.indicators)


def _closed(node: TraceNode, *, below: bool) -> Iterator[str | None]:
    """Ids of the criteria below groups that are not met."""
    if not node.children:
        if below:
            yield node.criterion.id
        return
    for child in node.children:
        yield from _closed(child, below=below or node.outcome is NOT_MET)


def _why_not(variant: CompiledVariant, age: Outcome) -> str | None:
    if variant.root is None:
        return variant.not_in_force
    return _age_reason(variant.policy) if age is NOT_MET else _county_reason(variant)


def weigh_exclusion(compiled: CompiledExclusion, context: Context) -> ExclusionResult:
    """The answer of one exclusion; one that is not in force is not met."""
    root = compiled.root
    if root is None:
        return ExclusionResult(
            exclusion=compiled.exclusion,
            kind=compiled.kind,
            outcome=NOT_MET,
            reason=compiled.not_in_force,
        )
    if compiled.common is not None and root.untouched(context):
        return compiled.common
    found: list[tuple[str | None, Finding]] = []
    trace = weigh(root, context, found)
    return ExclusionResult(
        exclusion=compiled.exclusion,
        kind=compiled.kind,
        outcome=trace.outcome,
        evidence=tuple(
            dict.fromkeys(
                one
                for _, finding in found
                if _tells(finding, trace.outcome)
                for one in finding.evidence
            )
        ),
        missing=tuple(dict.fromkeys(trace.open_questions())),
        flags=tuple(dict.fromkeys(flag for _, finding in found for flag in finding.flags)),
        trace=trace,
    )


def _tells(finding: Finding, outcome: Outcome) -> bool:
    """Whether what was found is evidence of the outcome; an answer left open points nowhere."""
    if outcome is UNKNOWN:
        return finding.indicated and finding.outcome is not NOT_MET
    return outcome is NOT_MET or finding.outcome is not NOT_MET


def weigh(
    node: CompiledNode, context: Context, found: list[tuple[str | None, Finding]]
) -> TraceNode:
    """The criterion and all below it, weighed; nothing is skipped, so that the trace is whole.

    What the member's facts have a bearing on is added to `found` with the criterion's id, in the
    order of the text.
    """
    if node.common is not None and node.asks.isdisjoint(context.spoken_of):
        return node.common
    finder = node.finder
    if finder is None:
        return node.joined(tuple([weigh(child, context, found) for child in node.children]))
    finding = context.memo.get(id(finder))
    if finding is None:
        finding = context.memo[id(finder)] = finder.find(context)
    found.append((node.criterion.id, finding))
    return node.decided(finding)


def _age(age: AgeRange, context: Context) -> Outcome:
    old_enough = MET if age.at_least is None else context.at_age(age.at_least)
    if age.under is None:
        return old_enough
    return all_of((old_enough, negate(context.at_age(age.under))))


def _age_reason(policy: Policy) -> str:
    age = policy.age
    assert age is not None
    if age.at_least is not None and age.under is not None:
        return f"Applies from age {age.at_least} to under {age.under}."
    return (
        f"Applies from age {age.at_least}."
        if age.under is None
        else f"Applies under age {age.under}."
    )


def _county(phase_in: PhaseIn, context: Context) -> Outcome:
    county = context.facts.county
    if county is None:
        return UNKNOWN
    named = county.casefold()
    return MET if any(named == one.casefold() for one in phase_in.counties) else phase_in.elsewhere


def _county_reason(variant: CompiledVariant) -> str | None:
    if variant.phase_in is None:
        return None
    return f"Until {variant.phase_in.last} live in some counties only."


def _on_boundary(trace: TraceNode, outcome: Outcome, applies: Outcome) -> bool:
    """Whether another reading of the windows would change the variant's outcome."""
    return any(
        all_of((_reread(trace, reading), applies)) is not outcome for reading in range(_READINGS)
    )


def _reread(node: TraceNode, reading: int) -> Outcome:
    finding = node.finding
    if finding is not None:
        other = finding.alternatives
        return other[reading] if other else finding.outcome
    assert isinstance(node.criterion, Group)
    return JOIN[node.criterion.operator]([_reread(child, reading) for child in node.children])
