"""Weighing one policy file against one member: the trace, what it comes to, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eligibility.compiled import CompiledNode, CompiledVariant
from eligibility.context import Context, at_age
from eligibility.determination import Finding, Missing, TraceNode, VariantResult
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of, any_of, negate
from eligibility.model import Group, Leaf, PhaseIn, Policy


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
    trace = weigh(variant.root, context)
    outcome = all_of((trace.outcome, age, county))
    missing: list[Missing] = []
    if outcome is UNKNOWN:
        if age is UNKNOWN:
            missing.append(Missing("data", "birth-date"))
        if county is UNKNOWN:
            missing.append(Missing("data", "county"))
        missing += open_questions(trace)
    found = [_indicated(ids, trace, _has_evidence) for ids in policy.indicators]
    flags = list(_flags(trace))
    if _on_boundary(trace, outcome, all_of((age, county))):
        flags.append("boundary")
    return VariantResult(
        policy=policy,
        outcome=outcome,
        reason=_county_reason(variant) if county is UNKNOWN else None,
        trace=trace,
        flags=tuple(dict.fromkeys(flags)),
        missing=tuple(dict.fromkeys(missing)),
        possible=outcome is UNKNOWN and bool(found) and all(found),
        indicated=any(_indicated(ids, trace, _has_sign) for ids in policy.indicators),
    )


def weigh(node: CompiledNode, context: Context) -> TraceNode:
    """The criterion and all below it, weighed; nothing is skipped, so that the trace is whole."""
    finder = node.finder
    if finder is not None:
        finding = context.memo.get(id(finder))
        if finding is None:
            finding = context.memo[id(finder)] = finder.find(context)
        return TraceNode(
            criterion=node.criterion,
            outcome=finding.outcome,
            finding=finding,
            parameters=node.parameters,
        )
    children = tuple([weigh(child, context) for child in node.children])
    return TraceNode(
        criterion=node.criterion,
        outcome=_joined(node.criterion, [child.outcome for child in children]),
        children=children,
    )


def open_questions(node: TraceNode) -> Iterator[Missing]:
    """What would decide an unknown criterion: the open questions on every path that can matter."""
    if node.outcome is not UNKNOWN:
        return
    if node.finding is not None:
        yield from node.finding.missing
    for child in node.children:
        yield from open_questions(child)


def _joined(group: Leaf | Group, outcomes: list[Outcome]) -> Outcome:
    assert isinstance(group, Group)
    if group.operator == "all":
        return all_of(outcomes)
    return any_of(outcomes) if group.operator == "any" else negate(outcomes[0])


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


def _flags(node: TraceNode) -> Iterator[str]:
    if node.finding is not None:
        yield from node.finding.flags
    for child in node.children:
        yield from _flags(child)


def _on_boundary(trace: TraceNode, outcome: Outcome, gate: Outcome) -> bool:
    """Whether another reading of the windows would change the variant's outcome."""
    if not _has_alternatives(trace):
        return False
    return any(all_of((_reread(trace, reading), gate)) is not outcome for reading in range(3))


def _has_alternatives(node: TraceNode) -> bool:
    if node.finding is not None:
        return bool(node.finding.alternatives)
    return any(_has_alternatives(child) for child in node.children)


def _reread(node: TraceNode, reading: int) -> Outcome:
    finding = node.finding
    if finding is not None:
        other = finding.alternatives
        return other[min(reading, len(other) - 1)] if other else finding.outcome
    return _joined(node.criterion, [_reread(child, reading) for child in node.children])


def _indicated(ids: tuple[str, ...], node: TraceNode, shows: Callable[[Finding], bool]) -> bool:
    """Whether any criterion of these ids, or any below it, shows what is looked for."""
    if node.criterion.id in ids:
        return any(shows(finding) for finding in _findings(node))
    return any(_indicated(ids, child, shows) for child in node.children)


def _findings(node: TraceNode) -> Iterator[Finding]:
    if node.finding is not None:
        yield node.finding
    for child in node.children:
        yield from _findings(child)


def _has_evidence(finding: Finding) -> bool:
    """Enough to show the population as possible."""
    return finding.indicated


def _has_sign(finding: Finding) -> bool:
    """Enough for a plan's discretion: even one visit that could count."""
    return finding.indicated or (finding.count is not None and bool(finding.evidence))
