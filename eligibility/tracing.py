"""The trace of a policy's criteria as JSON: rule, source, what was found and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from eligibility.determination import Evidence, Finding, Missing, TraceNode
from eligibility.model import Group
from eligibility.packs import documents
from eligibility.provenance import Interpretation, Source, Value
from eligibility.wording import ask

Json = dict[str, Any]


def trace(node: TraceNode, interpretations: Mapping[str, Interpretation]) -> Json:
    """One criterion, and below `criteria` those it is made of.

    Args:
        node: the criterion as it was weighed.
        interpretations: those of the file it stands in, by id.
    """
    criterion = node.criterion
    rendered: Json = {}
    if criterion.id is not None:
        rendered["id"] = criterion.id
    if criterion.rule is not None:
        rendered["rule"] = criterion.rule
    rendered["outcome"] = node.outcome.value
    if criterion.source is not None:
        rendered["source"] = source(criterion.source)
    if isinstance(criterion, Group):
        rendered["operator"] = criterion.operator
        rendered["criteria"] = [trace(child, interpretations) for child in node.children]
    else:
        rendered["test"] = criterion.test.kind
        if node.parameters:
            rendered["parameters"] = [_parameter(*one) for one in node.parameters]
        if node.finding is not None:
            rendered |= _finding(node.finding)
    used = [interpretations[id] for id in criterion.interpretations if id in interpretations]
    if used:
        rendered["interpretations"] = [_interpretation(one) for one in used]
    return rendered


def _finding(finding: Finding) -> Json:
    rendered = evidence(finding.evidence)
    rendered["missing"] = missing_items(finding.missing)
    rendered["flags"] = sorted(finding.flags)
    window, count = finding.window, finding.count
    if window is not None:
        rendered["window"] = {"from": window.first.isoformat(), "to": window.last.isoformat()}
    if count is not None:
        rendered["count"] = {"low": count.low, "high": count.high, "atLeast": count.at_least}
    if finding.reason is not None:
        rendered["reason"] = finding.reason
    return rendered


def evidence(found: Iterable[Evidence], *, dates_only: bool = False) -> Json:
    """`evidence`, the oldest first, and `evidenceDates` for those that state a day."""
    ordered = sorted(set(found), key=lambda one: (one.on or date.min, one.reference))
    rendered: Json = {}
    if not dates_only:
        rendered["evidence"] = list(dict.fromkeys(one.reference for one in ordered))
    dates: dict[str, str] = {}
    for one in ordered:
        if one.on is not None:
            dates.setdefault(one.reference, one.on.isoformat())
    if dates:
        rendered["evidenceDates"] = dates
    return rendered


def missing_items(missing: Iterable[Missing]) -> list[Json]:
    """What is not known, each with the question that would settle it and who could answer."""
    return [_missing(one) for one in dict.fromkeys(missing)]


def _missing(missing: Missing) -> Json:
    asked = ask(missing)
    rendered: Json = {"kind": missing.kind, "code": missing.code, "question": asked.text}
    if missing.reference is not None:
        rendered["reference"] = missing.reference
    if missing.on is not None:
        rendered["date"] = missing.on.isoformat()
    if asked.who:
        rendered["who"] = list(asked.who)
    if asked.sensitive:
        rendered["sensitive"] = True
    return rendered


def source(cited: Source) -> Json:
    """The document and section a rule stands in."""
    rendered: Json = {"document": cited.document, "section": cited.section}
    held = documents().get(cited.document)
    if held is not None:
        rendered["title"] = held.title
    if cited.provisional:
        rendered["provisional"] = True
    return rendered


def _parameter(name: str, unit: str, value: Value) -> Json:
    rendered: Json = {
        "name": name,
        "value": list(value.value) if isinstance(value.value, tuple) else value.value,
        "unit": unit,
        "from": value.first.isoformat(),
    }
    if value.last is not None:
        rendered["to"] = value.last.isoformat()
    return rendered | {"source": source(value.source)}


def _interpretation(interpretation: Interpretation) -> Json:
    return {
        "id": interpretation.id,
        "question": interpretation.question,
        "choice": interpretation.choice,
        "effect": interpretation.effect,
    }
