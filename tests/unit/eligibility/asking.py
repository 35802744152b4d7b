"""Asking about members nobody thought of, the same way in every test of properties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from eligibility.determination import Determination, TraceNode
from eligibility.evaluate import evaluate
from eligibility.facts import Completeness, MemberFacts
from eligibility.logic import Outcome
from tests.unit.eligibility.member_strategies import PLANS
from tests.unit.eligibility.record_strategies import AS_OF

always_the_same = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
plans = st.sampled_from(PLANS)


def ask(
    facts: MemberFacts, plan: str, complete: Sequence[Completeness] = (), as_of: date = AS_OF
) -> Determination:
    """The determination, by the rules of `AS_OF` whatever the day."""
    return evaluate(facts, plan=plan, as_of=as_of, policy_date=AS_OF, complete=complete)


def said(answer: Determination) -> Iterator[tuple[str, Outcome]]:
    """Every outcome of the answer, each criterion's included, by name."""
    for result in (*answer.populations, *answer.state, *answer.overlays):
        yield result.id, result.outcome
        for variant in result.variants:
            yield variant.policy.id, variant.outcome
            if variant.trace is not None:
                yield from _criteria(variant.policy.id, variant.trace)
    for one in answer.exclusions:
        yield one.exclusion.id, one.outcome


def _criteria(above: str, node: TraceNode) -> Iterator[tuple[str, Outcome]]:
    yield f"{above}/{node.criterion.id}", node.outcome
    for child in node.children:
        yield from _criteria(above, child)


def results(answer: Determination) -> dict[str, Outcome]:
    """The outcomes of populations, overlays and exclusions, without their criteria."""
    found = {one.id: one.outcome for one in (*answer.populations, *answer.overlays)}
    return found | {one.exclusion.id: one.outcome for one in answer.exclusions}
