"""Puts a case to the evaluator: the same question, for one criterion or for the whole member."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from eligibility.compiled import _variant
from eligibility.context import Context
from eligibility.determination import Determination, TraceNode, VariantResult
from eligibility.errors import NoPolicyInForce
from eligibility.evaluate import evaluate
from eligibility.facts import Issue
from eligibility.model import Policy
from eligibility.packs import texts as shipped
from eligibility.registry import registry
from eligibility.variants import weigh_variant
from tests.policy.rows import ECM_BEGAN, Case, Row, Text
from tests.policy.shorthand import Words, completeness, facts


def determine(words: Words, plan: str | None, as_of: date, **more: date) -> Determination:
    """What is said of the member a case describes."""
    return evaluate(
        facts(words, as_of),
        plan=plan,
        as_of=as_of,
        complete=completeness(words, as_of),
        policy_date=more.get("policy_date"),
    )


def policy_of(text: Text) -> Policy:
    """The policy file that renders the text: by its id and the day it begins."""
    for policy in shipped(text.plan).policies:
        if (policy.id, policy.in_force.first) == (text.policy, text.first):
            return policy
    pytest.fail(f"{text.table}: no shipped policy {text.policy} begins on {text.first}")


def check(row: Row, case: Case) -> None:
    """Asserts what the case says of the row's criterion.

    No question about a day before ECM began is answered; texts of that time are history and are
    weighed by themselves.
    """
    text = row.text
    if case.as_of < ECM_BEGAN:
        with pytest.raises(NoPolicyInForce):
            determine(case.words, text.plan, case.as_of)
        if text.first < ECM_BEGAN:
            variant, issues = _weighed_alone(text, case.words, case.as_of)
            _assert(row, case, _found(variant.trace, row.criterion), issues)
        else:
            assert case.outcome == "not asked"
        return
    answer = determine(case.words, text.plan, case.as_of)
    if row.exclusion is None:
        own = _own(answer, text)
        trace = own.trace if own is not None else None
        _assert(row, case, _found(trace, row.criterion), answer.issues)
        return
    (result,) = (one for one in answer.exclusions if one.exclusion.id == row.exclusion)
    _assert(row, case, _found(result.trace, row.criterion), answer.issues)
    if row.exclusion == row.criterion and case.outcome != "not asked":
        assert (result.outcome.value, result.kind) == (case.outcome, row.weight)


def variant_of(text: Text, words: Words, as_of: date) -> VariantResult | None:
    """The text's own result for a member; None where another text answered."""
    if as_of < ECM_BEGAN:
        return _weighed_alone(text, words, as_of)[0]
    return _own(determine(words, text.plan, as_of), text)


def _weighed_alone(
    text: Text, words: Words, as_of: date
) -> tuple[VariantResult, tuple[Issue, ...]]:
    declared = completeness(words, as_of)
    context = Context(facts(words, as_of), as_of, declared, registry(), as_of)
    variant = weigh_variant(_variant(policy_of(text), as_of, {}), context)
    return variant, tuple(context.issues)


def _own(answer: Determination, text: Text) -> VariantResult | None:
    for result in (*answer.populations, *answer.overlays):
        for variant in result.variants:
            policy = variant.policy
            if (policy.id, policy.in_force.first) == (text.policy, text.first):
                return variant
    return None


def _found(trace: TraceNode | None, criterion: str) -> TraceNode | None:
    return next(named(trace, criterion), None) if trace is not None else None


def named(trace: TraceNode, criterion: str) -> Iterator[TraceNode]:
    """The criterion of that id, wherever it stands."""
    if trace.criterion.id == criterion and not trace.children:
        yield trace
    for child in trace.children:
        yield from named(child, criterion)


def _assert(row: Row, case: Case, node: TraceNode | None, issues: tuple[Issue, ...]) -> None:
    told = f"{row.criterion} of {row.text.policy} on {case.as_of}: {dict(case.words)}"
    if case.outcome == "not asked":
        assert node is None, told
        return
    assert node is not None, f"not asked: {told}"
    finding = node.finding
    assert finding is not None, told
    assert node.outcome.value == case.outcome, told
    assert set(case.flags) <= set(finding.flags), told
    if case.missing is not None:
        assert case.missing in [one.code for one in finding.missing], told
    if case.issue is not None:
        assert case.issue in [one.code for one in issues], told
    if case.evidence is not None:
        assert bool(finding.evidence) is case.evidence, told
