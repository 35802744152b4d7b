"""Whether the member is the plan's on the day (input contract, section 5, "Membership").

The plan comes from Coverage, never from the county. A Coverage without a period counts as covering
unless another Medi-Cal Coverage of the same day contradicts it.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from eligibility.dates import Span
from eligibility.determination import Evidence, MembershipResult
from eligibility.facts import CoverageSpan, Issue, MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, all_of
from eligibility.registry import Registry

#: The plan whose policy stands for the state's floor, and answers where no plan policy is known.
STATE = "dhcs"


class _Covered(Struct, frozen=True, gc=False):
    """One Coverage as it bears on the day."""

    coverage: CoverageSpan
    #: Registry id of the plan, None where the payor is none of the registry's.
    plan: str | None
    #: `plan`: managed care of a registered plan. `fee-for-service`. `medi-cal`: Medi-Cal, by whom
    #: is not said. `unnamed-plan`: managed care by nobody the registry knows. `other`.
    kind: Literal["plan", "fee-for-service", "medi-cal", "unnamed-plan", "other"]
    #: Whether it covers the day.
    covers: Outcome
    #: It states a period that covers the day, rather than none.
    dated: bool


def plan_on(facts: MemberFacts, as_of: date, registry: Registry) -> str:
    """The policy plan of the Coverage that covers the day, else the state; see `plans_on`."""
    return next(iter(plans_on(facts, as_of, registry)), STATE)


def plans_on(facts: MemberFacts, as_of: date, registry: Registry) -> tuple[str, ...]:
    """The policy plans of the Coverages that cover the day or may; empty: none names a plan.

    A Coverage that certainly covers the day goes before one that may; of several, the one that
    began last. A plan that has no policy of its own is answered by the state's.
    """
    found = [
        (one, registry.plan(one.plan))
        for one in _covered(facts, as_of, registry)
        if one.kind == "plan" and one.covers is not NOT_MET and one.plan is not None
    ]
    found.sort(key=lambda pair: _likelihood(pair[0]), reverse=True)
    return tuple(dict.fromkeys(plan.policy or STATE for _, plan in found))


def membership(
    facts: MemberFacts, plan: str, as_of: date, registry: Registry
) -> tuple[MembershipResult, Issue | None]:
    """Whether the member is `plan`'s on the day, and what to verify where that is not certain."""
    covered = _covered(facts, as_of, registry)
    if not covered:
        reason = "No Coverage was given."
        return MembershipResult(outcome=UNKNOWN, reason=reason), _verify(reason)
    theirs = [one for one in covered if _is_of(one, plan, registry)]
    outcome, reason = _decide(theirs, covered, plan)
    speaking = theirs if theirs and outcome is not NOT_MET else covered
    result = MembershipResult(
        outcome=outcome,
        evidence=tuple(Evidence(ref) for ref in sorted({one.coverage.ref for one in speaking})),
        reason=reason,
    )
    if outcome is MET and all(_may_be_other(one, registry) for one in theirs if one.covers is MET):
        return result, _verify("The Coverage states no type, and its payor sells other insurance.")
    return result, (_verify(reason) if outcome is UNKNOWN else None)


def _decide(theirs: list[_Covered], covered: list[_Covered], plan: str) -> tuple[Outcome, str]:
    current = [one for one in theirs if one.covers is MET]
    if any(one.dated for one in current):
        return MET, "An active managed care Coverage with the plan covers the day."
    contradicted = any(
        one.covers is MET
        and one not in theirs
        and one.kind in ("plan", "fee-for-service", "unnamed-plan")
        for one in covered
    )
    if current and not contradicted:
        return MET, "An active managed care Coverage with the plan states no period."
    if current:
        return UNKNOWN, (
            "A Coverage with the plan states no period, and another Medi-Cal Coverage covers the "
            "day; verify which holds."
        )
    if any(one.covers is UNKNOWN for one in theirs):
        return UNKNOWN, "Whether the Coverage with the plan covers the day is not certain."
    vague = ("medi-cal", "unnamed-plan") if plan == STATE else ("medi-cal",)
    if any(one.kind in vague and one.covers is not NOT_MET for one in covered):
        return UNKNOWN, "A Coverage names Medi-Cal but not a plan the registry knows; verify it."
    if any(_is_nameless(one) and one.covers is not NOT_MET for one in covered):
        return UNKNOWN, "A managed care Coverage does not say who pays; it may be the plan's."
    if theirs:
        return NOT_MET, "Coverage with the plan does not cover the day."
    return NOT_MET, "Coverage on the day is fee-for-service or with somebody else."


def _is_of(one: _Covered, plan: str, registry: Registry) -> bool:
    if plan == STATE and one.kind == "medi-cal" and one.coverage.type == "managed-care":
        return True
    if one.kind != "plan" or one.plan is None:
        return False
    return plan == STATE or registry.plan(one.plan).policy == plan


def _is_nameless(one: _Covered) -> bool:
    """Managed care by a payor that is only a reference to something that was not given."""
    return one.kind == "unnamed-plan" and not one.coverage.payors


def _may_be_other(one: _Covered, registry: Registry) -> bool:
    """Whether the card may be commercial or Medicare: no type, and a payor that sells those too."""
    plan = registry.plan(one.plan) if one.plan is not None else None
    return one.coverage.type is None and plan is not None and plan.sells_other_insurance


def _covered(facts: MemberFacts, as_of: date, registry: Registry) -> list[_Covered]:
    found = []
    for coverage in facts.coverages:
        plan = registry.plan_of(coverage.payors)
        covers = _covers(coverage.span, as_of) if coverage.active else NOT_MET
        found.append(
            _Covered(
                coverage,
                plan.id if plan else None,
                _kind(coverage, registry, registered=plan is not None),
                covers,
                coverage.span is not None,
            )
        )
    return found


def _kind(
    coverage: CoverageSpan, registry: Registry, *, registered: bool
) -> Literal["plan", "fee-for-service", "medi-cal", "unnamed-plan", "other"]:
    if coverage.type == "commercial":
        return "other"
    if registered:
        return "plan"
    if coverage.type == "public" and registry.is_fee_for_service(coverage.payors):
        return "fee-for-service"
    if registry.is_medi_cal(coverage.payors) or coverage.aid_codes:
        return "fee-for-service" if coverage.type == "public" else "medi-cal"
    return "unnamed-plan" if coverage.type == "managed-care" else "other"


def _covers(span: Span | None, as_of: date) -> Outcome:
    if span is None:
        return MET
    begun = MET
    if span.start is not None:
        if span.start.first > as_of:
            return NOT_MET
        begun = MET if span.start.last <= as_of else UNKNOWN
    if span.end is None:
        return begun
    if span.end.last < as_of:
        return NOT_MET
    return all_of((begun, MET if span.end.first >= as_of else UNKNOWN))


def _likelihood(one: _Covered) -> tuple[bool, bool, date, str]:
    """How sure a Coverage that may cover the day is the one that does."""
    span = one.coverage.span
    begun = span.start.first if span and span.start else date.min
    return one.covers is MET, one.dated, begun, one.coverage.ref


def _verify(reason: str) -> Issue:
    return Issue(
        severity="warning",
        code="verify-membership",
        details=f"{reason} Verify with the plan that the member is enrolled.",
    )
