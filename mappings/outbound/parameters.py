"""A determination as a FHIR R4 Parameters resource (input contract, section 1).

The answer of `$ecm-eligibility` and of `--format fhir`. Names and values are those of the JSON
report; nested objects are parts, lists repeat their parameter, and what is absent is left out. The
trace of each criterion is there too: `criterion` parts within `variant` and `criterion`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from eligibility.determination import (
    Determination,
    Evidence,
    ExclusionResult,
    Finding,
    Missing,
    Narrower,
    PopulationResult,
    TraceNode,
    VariantResult,
)
from eligibility.facts import Issue
from eligibility.logic import Outcome
from eligibility.report import sorted_issues
from eligibility.wording import ask

#: One `Parameters.parameter` or `.part`.
Part = dict[str, Any]

#: Issue code of the adapter → code of the required value set issue-type; others are `informational`
#: or, where something could not be used, `processing`.
_ISSUE_TYPES = {
    "contradiction": "conflict",
    "deceased": "business-rule",
    "duplicate": "duplicate",
    "not-complete": "incomplete",
    "paged": "incomplete",
    "unreadable": "structure",
}


def as_parameters(determination: Determination) -> dict[str, Any]:
    """The resource, in an order that depends on nothing but the determination."""
    parameters = [
        _reference("member", determination.member),
        _code("plan", determination.plan),
        _date("asOf", determination.as_of),
    ]
    if determination.policy_date is not None:
        parameters.append(_date("policyDate", determination.policy_date))
    membership = determination.membership
    parameters += [
        _code("status", determination.status),
        _parts(
            "membership",
            _outcome(membership.outcome),
            *_evidence(membership.evidence),
            _string("reason", membership.reason),
        ),
        *(_population("population", one) for one in determination.populations),
        *(_population("overlay", one) for one in determination.overlays),
        *(_exclusion(one) for one in determination.exclusions),
        {
            "name": "discretionaryReview",
            "valueBoolean": determination.discretionary_review is not None,
        },
        *(_narrower(one) for one in determination.narrower),
        *(_issue(one) for one in sorted_issues(determination.issues)),
    ]
    return {"resourceType": "Parameters", "parameter": parameters}


def _population(name: str, result: PopulationResult) -> Part:
    number = [{"name": "number", "valueInteger": result.number}] if result.number else []
    return _parts(
        name,
        _code("id", result.id),
        *number,
        _outcome(result.outcome),
        {"name": "possible", "valueBoolean": result.possible},
        *(_variant(one) for one in result.variants),
    )


def _variant(result: VariantResult) -> Part:
    return _parts(
        "variant",
        _code("id", result.policy.variant),
        _string("policy", result.policy.id),
        _string("version", result.policy.version),
        _outcome(result.outcome),
        *_optional("reason", result.reason),
        *(_code("flag", flag) for flag in sorted(result.flags)),
        *([] if result.trace is None else [_criterion(result.trace)]),
        *_missing(result.missing),
    )


def _exclusion(result: ExclusionResult) -> Part:
    return _parts(
        "exclusion",
        _code("id", result.exclusion.id),
        _code("kind", result.kind),
        _outcome(result.outcome),
        *_evidence(result.evidence),
        *_optional("reason", result.reason),
        *(_code("flag", flag) for flag in sorted(result.flags)),
        *_missing(result.missing),
    )


def _narrower(narrower: Narrower) -> Part:
    return _parts(
        "planNarrowerThanState",
        _code("population", narrower.population),
        _code("plan", narrower.plan.value),
        _code("state", narrower.state.value),
    )


def _criterion(node: TraceNode) -> Part:
    criterion = node.criterion
    parts = [
        *([] if criterion.id is None else [_code("id", criterion.id)]),
        *_optional("rule", criterion.rule),
        _outcome(node.outcome),
    ]
    if criterion.source is not None:
        parts += [
            _string("document", criterion.source.document),
            _string("section", criterion.source.section),
        ]
    if node.finding is not None:
        parts += _finding(node.finding)
    if node.children:
        operator = getattr(criterion, "operator", "all")
        parts += [_code("operator", operator), *(_criterion(child) for child in node.children)]
    return _parts("criterion", *parts)


def _finding(finding: Finding) -> list[Part]:
    parts = _evidence(finding.evidence)
    if finding.window is not None:
        # A Period's dates are inclusive at both ends, as a policy's window is.
        first, last = finding.window.first.isoformat(), finding.window.last.isoformat()
        parts.append({"name": "window", "valuePeriod": {"start": first, "end": last}})
    if finding.count is not None:
        found: dict[str, Any] = {"low": {"value": finding.count.low}}
        if finding.count.high is not None:
            found["high"] = {"value": finding.count.high}
        parts += [
            {"name": "count", "valueRange": found},
            {"name": "atLeast", "valueInteger": finding.count.at_least},
        ]
    parts += _optional("reason", finding.reason)
    parts += [_code("flag", flag) for flag in sorted(finding.flags)]
    return parts + _missing(finding.missing)


def _evidence(evidence: Iterable[Evidence]) -> list[Part]:
    ordered = sorted(set(evidence), key=lambda one: (one.on or date.min, one.reference))
    return [_reference("evidence", ref) for ref in dict.fromkeys(one.reference for one in ordered)]


def _missing(missing: Iterable[Missing]) -> list[Part]:
    return [
        _parts(
            "missing",
            _code("kind", one.kind),
            _code("code", one.code),
            _string("question", ask(one).text),
            *([] if one.reference is None else [_reference("reference", one.reference)]),
        )
        for one in dict.fromkeys(missing)
    ]


def _issue(issue: Issue) -> Part:
    """An OperationOutcome of its own, since a resource is all that can carry an expression."""
    fallback = "processing" if issue.severity == "error" else "informational"
    rendered: dict[str, Any] = {
        "severity": issue.severity,
        "code": _ISSUE_TYPES.get(issue.code, fallback),
        "details": {"coding": [{"code": issue.code}], "text": issue.details},
    }
    if issue.resource is not None:
        rendered["diagnostics"] = issue.resource
    if issue.expression is not None:
        rendered["expression"] = [issue.expression]
    return {
        "name": "issue",
        "resource": {"resourceType": "OperationOutcome", "issue": [rendered]},
    }


def _outcome(outcome: Outcome) -> Part:
    return _code("outcome", outcome.value)


def _code(name: str, value: str) -> Part:
    return {"name": name, "valueCode": value}


def _string(name: str, value: str) -> Part:
    return {"name": name, "valueString": value}


def _optional(name: str, value: str | None) -> list[Part]:
    return [] if value is None else [_string(name, value)]


def _date(name: str, value: date) -> Part:
    return {"name": name, "valueDate": value.isoformat()}


def _reference(name: str, value: str) -> Part:
    return {"name": name, "valueReference": {"reference": value}}


def _parts(name: str, *parts: Part) -> Part:
    return {"name": name, "part": list(parts)}
