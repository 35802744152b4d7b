"""What a scenario expects of the whole answer, checked word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from eligibility.determination import Determination, TraceNode, VariantResult
from eligibility.logic import UNKNOWN
from eligibility.model import POPULATIONS
from tests.policy.harness import named


def differences(answer: Determination, expected: Mapping[str, Any]) -> Iterator[str]:
    """Every expectation the answer does not meet, as a line a person can read."""
    for word, wanted in expected.items():
        if word in _DETAILED:
            yield from _DETAILED[word](answer, wanted)
        elif word == "no_issues":
            yield from _lacks("the answer", "issue", wanted, _issues(answer))
        else:
            found = _said(answer, word)
            if found != (sorted(wanted) if isinstance(wanted, list) else wanted):
                yield f"{word}: expected {wanted}, found {found}"


def _said(answer: Determination, word: str) -> Any:
    if word in POPULATIONS:
        return _population(answer, word).outcome.value
    found = _ABOUT[word](answer)
    return sorted(found) if isinstance(found, list) else found


def _population(answer: Determination, id: str) -> Any:
    return next(one for one in answer.populations if one.id == id)


def _issues(answer: Determination) -> list[str]:
    return [one.code for one in answer.issues]


_ABOUT: Mapping[str, Callable[[Determination], Any]] = {
    "status": lambda answer: answer.status,
    "plan": lambda answer: answer.plan,
    "membership": lambda answer: answer.membership.outcome.value,
    "review": lambda answer: answer.discretionary_review is not None,
    "issues": _issues,
    "possible": lambda answer: [one.id for one in answer.populations if one.possible],
    "narrower": lambda answer: [
        f"{one.population}: plan {one.plan.value}, state {one.state.value}"
        for one in answer.narrower
    ],
    "overlay": lambda answer: answer.overlays[0].outcome.value,
}


def _variants(answer: Determination) -> Iterator[VariantResult]:
    for result in (*answer.populations, *answer.overlays):
        yield from result.variants


def _about_variants(answer: Determination, wanted: Mapping[str, Any]) -> Iterator[str]:
    """By `population/variant`: outcome, flags it has or lacks, what is missing, and why."""
    for id, said in wanted.items():
        variant = next(one for one in _variants(answer) if one.policy.id.split("/", 1)[1] == id)
        outcome = variant.outcome.value
        if "outcome" in said and outcome != said["outcome"]:
            yield f"{id}: expected {said['outcome']}, found {outcome}"
        if "by" in said and variant.policy.plan != said["by"]:
            yield f"{id}: expected to be answered by {said['by']}, not {variant.policy.plan}"
        yield from _has(id, "flag", said.get("flags", ()), variant.flags)
        yield from _lacks(id, "flag", said.get("no_flags", ()), variant.flags)
        yield from _has(id, "missing", said.get("missing", ()), [m.code for m in variant.missing])
        if "reason" in said and said["reason"] not in (variant.reason or ""):
            yield f"{id}: expected the reason {said['reason']!r}, found {variant.reason!r}"


def _about_criteria(answer: Determination, wanted: Mapping[str, Any]) -> Iterator[str]:
    """By `population/variant/criterion`: an outcome, or outcome, count, flags and evidence."""
    for id, about in wanted.items():
        said = {"outcome": about} if isinstance(about, str) else about
        node = _criterion(answer, id)
        finding = node.finding
        assert finding is not None, id
        if node.outcome.value != said["outcome"]:
            yield f"{id}: expected {said['outcome']}, found {node.outcome.value}"
        yield from _has(id, "flag", said.get("flags", ()), finding.flags)
        yield from _lacks(id, "flag", said.get("no_flags", ()), finding.flags)
        shown = [one.reference for one in finding.evidence]
        if "evidence" in said and sorted(shown) != sorted(said["evidence"]):
            yield f"{id}: expected evidence {said['evidence']}, found {shown}"
        if "count" in said:
            count = finding.count
            found = f"{count.low}..{'' if count.high is None else count.high}" if count else None
            if found != said["count"]:
                yield f"{id}: expected to count {said['count']}, found {found}"
        asked = [one.reference for one in finding.missing if one.reference]
        if "asks_about" in said and asked != said["asks_about"]:
            yield f"{id}: expected to ask about {said['asks_about']}, asks about {asked}"


def _criterion(answer: Determination, id: str) -> TraceNode:
    variant_id, _, name = id.rpartition("/")
    for one in _variants(answer):
        if one.policy.id.split("/", 1)[1] == variant_id and one.trace is not None:
            return next(named(one.trace, name))
    raise AssertionError(f"{id} was not asked")


def _about_exclusions(answer: Determination, wanted: Mapping[str, Any]) -> Iterator[str]:
    """By id: `outcome`, `outcome kind`, or `unknown with evidence`."""
    held = {one.exclusion.id: one for one in answer.exclusions}
    for id, said in wanted.items():
        if said == "not listed":
            if id in held:
                yield f"{id} is listed"
            continue
        one = held[id]
        found = f"{one.outcome.value} {one.kind}"
        if one.outcome is UNKNOWN and one.evidence:
            found += " with evidence"
        if said not in (found, one.outcome.value):
            yield f"{id}: expected {said}, found {found}"


def _has(id: str, what: str, wanted: Any, found: Any) -> Iterator[str]:
    for one in wanted:
        if one not in found:
            yield f"{id}: expected {what} {one}, found {list(found)}"


def _lacks(id: str, what: str, unwanted: Any, found: Any) -> Iterator[str]:
    for one in unwanted:
        if one in found:
            yield f"{id}: did not expect {what} {one}"


_DETAILED: Mapping[str, Callable[[Determination, Mapping[str, Any]], Iterator[str]]] = {
    "variants": _about_variants,
    "criteria": _about_criteria,
    "exclusions": _about_exclusions,
}
