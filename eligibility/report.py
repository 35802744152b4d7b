"""A determination as the JSON object of the contract (input contract, section 1).

Every list is in a fixed order and absent things are left out, so that equal determinations are
equal bytes; `null` stands only for a count that is open upwards. `eligibility.tracing` renders the
criteria.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from eligibility.determination import (
    Determination,
    ExclusionResult,
    Missing,
    Narrower,
    PopulationResult,
    VariantResult,
)
from eligibility.facts import Issue
from eligibility.logic import MET, UNKNOWN
from eligibility.packs import pack
from eligibility.provenance import Interpretation
from eligibility.tracing import Json, evidence, missing_items, source, trace
from eligibility.wording import STATUSES

_SEVERITIES = ("error", "warning", "information")


def to_json(determination: Determination) -> bytes:
    """The object as indented UTF-8 with a newline at its end; equal input, equal bytes."""
    return msgspec.json.format(msgspec.json.encode(as_object(determination)), indent=2) + b"\n"


def as_object(determination: Determination) -> Json:
    """The object, its keys in the order of the contract; keys beyond it say more."""
    report: Json = {
        "member": determination.member,
        "plan": determination.plan,
        "asOf": determination.as_of.isoformat(),
    }
    if determination.policy_date is not None:
        report["policyDate"] = determination.policy_date.isoformat()
    review = determination.discretionary_review
    report |= {
        "status": determination.status,
        "statusText": STATUSES[determination.status],
        "membership": {
            "outcome": determination.membership.outcome.value,
            "evidence": [one.reference for one in determination.membership.evidence],
            "reason": determination.membership.reason,
        },
        "populations": [population(one) for one in determination.populations],
        "overlays": [population(one) for one in determination.overlays],
        "exclusions": _exclusions(determination),
        "discretionaryReview": review is not None,
        "planNarrowerThanState": [_narrower(one, determination) for one in determination.narrower],
        "questions": questions(determination),
        "issues": [_issue(one) for one in sorted_issues(determination.issues)],
    }
    if review is not None:
        report["discretionaryReviewOffer"] = {"rule": review.rule, "source": source(review.source)}
    return report


def population(result: PopulationResult) -> Json:
    """One Population of Focus or overlay with all its variants."""
    rendered: Json = {"id": result.id}
    if result.number:
        rendered["number"] = result.number
    return rendered | {
        "outcome": result.outcome.value,
        "possible": result.possible,
        "variants": [_variant(one) for one in result.variants],
    }


def _variant(result: VariantResult) -> Json:
    policy = result.policy
    rendered: Json = {
        "id": policy.variant,
        "policy": policy.id,
        "version": policy.version,
        "title": policy.title,
        "source": source(policy.source),
        "outcome": result.outcome.value,
        "possible": result.possible,
        "flags": sorted(result.flags),
        "criteria": [] if result.trace is None else [trace(result.trace, policy.interpretations)],
        "missing": missing_items(result.missing),
    }
    if result.reason is not None:
        rendered["reason"] = result.reason
    if policy.provisional:
        rendered["provisional"] = policy.provisional_because or "No primary text is held."
    return rendered


def _exclusions(determination: Determination) -> list[Json]:
    day = determination.policy_date or determination.as_of
    text = pack(determination.plan, day).exclusions
    readings = {} if text is None else text.interpretations
    return [_exclusion(one, readings) for one in determination.exclusions]


def _exclusion(result: ExclusionResult, readings: Mapping[str, Interpretation]) -> Json:
    rendered: Json = {
        "id": result.exclusion.id,
        "kind": result.kind,
        "outcome": result.outcome.value,
        "evidence": sorted({one.reference for one in result.evidence}),
        "title": result.exclusion.title,
        "flags": sorted(result.flags),
        "criteria": [] if result.trace is None else [trace(result.trace, readings)],
        "missing": missing_items(result.missing),
    }
    if result.exclusion.alternative is not None:
        rendered["alternative"] = result.exclusion.alternative
    if result.reason is not None:
        rendered["reason"] = result.reason
    return rendered | evidence(result.evidence, dates_only=True)


def _narrower(narrower: Narrower, determination: Determination) -> Json:
    """The difference, with the state's own variants, since they are what makes it binding."""
    answers = {one.id: one for one in determination.state}
    return {
        "population": narrower.population,
        "plan": narrower.plan.value,
        "state": narrower.state.value,
        "variants": [_variant(one) for one in answers[narrower.population].variants],
    }


def questions(determination: Determination) -> list[Json]:
    """What to ask next: what would decide possible populations, and exclusions with evidence.

    Each question once, with the populations and exclusions it is asked for in `for`.
    """
    asked = open_questions(determination)
    return [
        item | {"for": sorted(set(purposes))}
        for item, (_, purposes) in zip(missing_items(one for one, _ in asked), asked, strict=True)
    ]


def open_questions(determination: Determination) -> list[tuple[Missing, tuple[str, ...]]]:
    """What `questions` asks, with the ids of populations and exclusions it is asked for."""
    asked: dict[tuple[str, str, str | None], tuple[Missing, list[str]]] = {}
    answers = [*determination.populations, *_only_states(determination)]
    for result in answers:
        if result.possible:
            for variant in result.variants:
                if variant.possible:
                    _add(asked, variant.missing, result.id)
    for exclusion in undecided_exclusions(determination):
        _add(asked, exclusion.missing, exclusion.exclusion.id)
    return [
        (item, tuple(purposes))
        for item, purposes in asked.values()
        if not any(_covers(other, item) for other, _ in asked.values())
    ]


def _covers(one: Missing, other: Missing) -> bool:
    """Whether asking for these kinds of encounters asks for the other's, and for more."""
    if not one.kind == other.kind == "encounters":
        return False
    return set(other.code.split("-or-")) < set(one.code.split("-or-"))


def undecided_exclusions(determination: Determination) -> list[ExclusionResult]:
    """The exclusions that something points to and only an answer decides."""
    return [one for one in determination.exclusions if one.outcome is UNKNOWN and one.evidence]


def _only_states(determination: Determination) -> list[PopulationResult]:
    """The state's answers that are not the plan's, where the plan's does not already say yes."""
    pairs = zip(determination.populations, determination.state, strict=True)
    return [state for plan, state in pairs if state is not plan and plan.outcome is not MET]


def _add(
    asked: dict[tuple[str, str, str | None], tuple[Missing, list[str]]],
    items: Iterable[Missing],
    purpose: str,
) -> None:
    for item in items:
        if item.kind == "population":
            continue  # no question to ask anybody: the other population's own questions decide it
        key = (item.kind, item.code, item.reference)
        asked.setdefault(key, (item, []))[1].append(purpose)


def sorted_issues(issues: Iterable[Issue]) -> list[Issue]:
    """The gravest first, then by kind and resource; each once."""
    return sorted(
        dict.fromkeys(issues),
        key=lambda one: (
            _SEVERITIES.index(one.severity),
            one.code,
            one.resource or "",
            one.expression or "",
            one.details,
        ),
    )


def _issue(issue: Issue) -> Json:
    rendered: Json = {"severity": issue.severity, "code": issue.code, "details": issue.details}
    if issue.resource is not None:
        rendered["resource"] = issue.resource
    if issue.expression is not None:
        rendered["expression"] = issue.expression
    return rendered
