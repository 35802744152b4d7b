"""Facts × policy × day → determination: the one evaluation behind cards, reports and screening.

Pure: the same facts, plan, days and declarations give the same determination, byte for byte. The
clock is not read here; `as_of` is always an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from eligibility.baseline import pack_on
from eligibility.compiled import CompiledPack, CompiledVariant
from eligibility.context import Context
from eligibility.determination import (
    Determination,
    DiscretionaryReview,
    ExclusionResult,
    Narrower,
    PopulationResult,
    Status,
)
from eligibility.facts import Completeness, Issue, MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome, any_of, better
from eligibility.membership import STATE, membership, plan_on
from eligibility.model import OVERLAYS, POPULATIONS
from eligibility.registry import registry
from eligibility.variants import weigh_exclusion, weigh_variant


def evaluate(
    facts: MemberFacts,
    *,
    plan: str | None = None,
    as_of: date,
    policy_date: date | None = None,
    complete: Sequence[Completeness] = (),
) -> Determination:
    """Says of every population and exclusion whether it is met, not met or unknown, and why.

    Args:
        facts: what is known of one member.
        plan: `partnership`, `anthem`, `health-net` or `dhcs`; None: the plan of the Coverage that
            covers `as_of`, else `dhcs`.
        as_of: the day in the member's calendar the question is about.
        policy_date: the day whose policy versions answer; None: `as_of`.
        complete: what the caller declares to be all there is; absence is unknown without it.

    Raises:
        UnknownPlan: no policies are held for `plan`.
        NoPolicyInForce: the policy date lies before 2022-01-01, when ECM began.

    Source: input contract, sections 1, 3 and 5.
    """
    known = registry()
    chosen = plan if plan is not None else plan_on(facts, as_of, known)
    on = policy_date if policy_date is not None else as_of
    context = Context(facts, as_of, complete, known, on)
    theirs = pack_on(chosen, on, as_of, context.complete)
    floor = theirs if chosen == STATE else pack_on(STATE, on, as_of, context.complete)

    populations: list[PopulationResult] = []
    state: list[PopulationResult] = []
    for population in POPULATIONS:
        variants = _texts(population, theirs, floor)
        result = _population(population, variants, context)
        populations.append(result)
        if floor is theirs or variants is floor.variants.get(population):
            state.append(result)
        else:
            state.append(_population(population, floor.variants.get(population, ()), context))
        context.decide(population, result.outcome)

    overlays = tuple(
        _population(overlay, _texts(overlay, theirs, floor), context) for overlay in OVERLAYS
    )
    member_of, to_verify = membership(facts, chosen, as_of, known)
    exclusions = tuple(
        weigh_exclusion(one, context) for one in theirs.exclusions or floor.exclusions
    )
    deceased = _deceased(facts, as_of)
    issues = [*facts.issues, *context.issues]
    if to_verify is not None:
        issues.append(to_verify)
    if deceased:
        issues.append(_DECEASED)
    outcomes = [
        better(ours.outcome, floor_.outcome)
        for ours, floor_ in zip(populations, state, strict=True)
    ]
    possible = any(
        ours.possible or floor_.possible for ours, floor_ in zip(populations, state, strict=True)
    )
    return Determination(
        member=facts.member,
        plan=chosen,
        as_of=as_of,
        policy_date=policy_date,
        status=_status(
            outcomes, member_of.outcome, exclusions, possible=possible, deceased=deceased
        ),
        membership=member_of,
        populations=tuple(populations),
        state=tuple(state),
        overlays=overlays,
        exclusions=exclusions,
        discretionary_review=_review(theirs, populations, state, outcomes),
        narrower=tuple(
            Narrower(ours.id, ours.outcome, floor_.outcome)
            for ours, floor_ in zip(populations, state, strict=True)
            if better(ours.outcome, floor_.outcome) is not ours.outcome
        ),
        issues=tuple(issues),
    )


_DECEASED = Issue(
    severity="information",
    code="deceased",
    details="The member is recorded as deceased on or before the day, so nobody is eligible.",
    expression="Patient.deceased",
)


def _texts(
    population: str, theirs: CompiledPack, floor: CompiledPack
) -> tuple[CompiledVariant, ...]:
    """The plan's texts; the state's where the plan has none, or where only the state's speak."""
    if population in theirs.in_force or population not in floor.in_force:
        return theirs.variants.get(population, ()) or floor.variants.get(population, ())
    return floor.variants[population]


def _population(
    population: str, variants: Sequence[CompiledVariant], context: Context
) -> PopulationResult:
    results = tuple([weigh_variant(variant, context) for variant in variants])
    return PopulationResult(
        id=population,
        number=POPULATIONS.get(population, 0),
        outcome=any_of([result.outcome for result in results]),
        variants=results,
    )


def _deceased(facts: MemberFacts, as_of: date) -> bool:
    return facts.deceased and (facts.died is None or facts.died.first <= as_of)


def _status(
    outcomes: Sequence[Outcome],
    member: Outcome,
    exclusions: Sequence[ExclusionResult],
    *,
    possible: bool,
    deceased: bool,
) -> Status:
    """The one word of the contract, section 1; the state's floor is already in `outcomes`."""
    if deceased:
        return "not-eligible"
    if member is NOT_MET:
        return "not-a-member"
    met = any(outcome is MET for outcome in outcomes)
    barring = [one for one in exclusions if one.kind == "excluded"]
    if (met or possible) and any(one.outcome is MET for one in barring):
        return "excluded"
    if met:
        if any(one.outcome is UNKNOWN and one.evidence for one in barring):
            return "possible"
        choice = any(one.kind == "either-or" and one.outcome is MET for one in exclusions)
        return "choice" if choice else "eligible"
    if possible:
        return "possible"
    return "undetermined" if any(one is UNKNOWN for one in outcomes) else "not-eligible"


def _review(
    theirs: CompiledPack,
    populations: Sequence[PopulationResult],
    state: Sequence[PopulationResult],
    outcomes: Sequence[Outcome],
) -> DiscretionaryReview | None:
    """The plan's offer to look case by case, where no population is met but something points."""
    offer = theirs.plan.discretionary_review
    if offer is None or any(outcome is MET for outcome in outcomes):
        return None
    for result in (*populations, *state):
        if offer.populations is not None and result.id not in offer.populations:
            continue
        if any(variant.indicated for variant in result.variants):
            return DiscretionaryReview(offer.rule, offer.source)
    return None
