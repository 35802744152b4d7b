"""Weighing one policy file against one member: the trace, what it comes to, and what is missing."""

from __future__ import annotations

from eligibility.compiled import CompiledNode, CompiledVariant, joined
from eligibility.context import Context
from eligibility.determination import Finding, Missing, TraceNode, VariantResult
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of, negate
from eligibility.model import Group, PhaseIn, Policy
from eligibility.standing import at_age

#: By fixed days; half-open at one end of the window; half-open at the other.
_READINGS = 3


def weigh_variant(variant: CompiledVariant, context: Context) -> VariantResult:
    """The answer of one policy file; a file whose dates, age or county do not fit is not met."""
    policy = variant.policy
    if variant.root is None:
        return VariantResult(policy=policy, outcome=NOT_MET, reason=variant.not_in_force)
    age = _age(policy, context)
    if age is NOT_MET:
        return VariantResult(policy=policy, outcome=NOT_MET, reason=_age_reason(policy))
    county = _county(variant.phase_in, context)
    if county is NOT_MET:
        return VariantResult(policy=policy, outcome=NOT_MET, reason=_county_reason(variant))
    found: list[Finding] = []
    trace = weigh(variant.root, context, found)
    applies = age if county is MET else all_of((age, county))
    outcome = trace.outcome if applies is MET else all_of((trace.outcome, applies))
    flags = [flag for finding in found for flag in finding.flags]
    if any(finding.alternatives for finding in found) and _on_boundary(trace, outcome, applies):
        flags.append("boundary")
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
        flags=tuple(dict.fromkeys(flags)) if flags else (),
        gates=gates,
        possible=outcome is UNKNOWN and _on_every(variant.indicators, found),
        indicated=any(_signs(found[index]) for ids in variant.indicators for index in ids),
    )


def _on_every(indicators: tuple[tuple[int, ...], ...], found: list[Finding]) -> bool:
    """Whether each indicator has evidence enough to show the population as possible."""
    if not indicators:
        return False
    for ids in indicators:
        for index in ids:
            if found[index].indicated:
                break
        else:
            return False
    return True


def _signs(finding: Finding) -> bool:
    """Enough for a plan's discretion: evidence, or even one visit that could count."""
    return finding.indicated or (finding.count is not None and bool(finding.evidence))


def weigh(node: CompiledNode, context: Context, found: list[Finding]) -> TraceNode:
    """The criterion and all below it, weighed; nothing is skipped, so that the trace is whole.

    Every finding is added to `found`, in the order of the text.
    """
    reads, known = node.reads, context.known
    if reads is not None and known is not None and reads.isdisjoint(known):
        found += node.silent_findings
        return node.silent  # type: ignore[return-value]  # there whenever `reads` is
    finder = node.finder
    if finder is not None:
        finding = context.memo.get(finder)
        if finding is None:
            finding = context.memo[finder] = finder.find(context)
        found.append(finding)
        return TraceNode(node.criterion, finding.outcome, finding, (), node.parameters)
    children = tuple([weigh(child, context, found) for child in node.children])
    group = node.criterion
    assert isinstance(group, Group)
    return TraceNode(group, joined(group, [child.outcome for child in children]), None, children)


def _age(policy: Policy, context: Context) -> Outcome:
    age = policy.age
    if age is None:
        return MET
    born, as_of = context.facts.born, context.as_of
    old_enough = MET if age.at_least is None else at_age(born, age.at_least, as_of)
    if age.under is None:
        return old_enough
    return all_of((old_enough, negate(at_age(born, age.under, as_of))))


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


def _county(phase_in: PhaseIn | None, context: Context) -> Outcome:
    if phase_in is None:
        return MET
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
    return joined(node.criterion, [_reread(child, reading) for child in node.children])
