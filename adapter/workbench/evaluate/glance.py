"""The nine populations at a glance: outcome, and one line that says because of what."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from adapter.dates import in_words, period
from eligibility.determination import (
    Count,
    Determination,
    Finding,
    PopulationResult,
    TraceNode,
    VariantResult,
    Window,
)
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.model import Group, Leaf
from eligibility.reasons import better, decisive
from eligibility.wording import FLAGS, OUTCOMES, POPULATION_TITLES, ask

_MOST_RULES = 2


class Glance(Struct, frozen=True, kw_only=True):
    """A population, or a group that is none by itself, in one row."""

    id: str
    #: 0: it is no Population of Focus by itself.
    number: int
    title: str
    #: The better of the plan's answer and the state's: `met`, `not-met` or `unknown`.
    outcome: str
    possible: bool
    because: str
    #: What to know of this answer: other ways to count, a wider rule of the state.
    notes: tuple[str, ...] = ()


def at_a_glance(determination: Determination) -> tuple[Glance, ...]:
    """The nine populations in the state's order, then the further groups that matter."""
    narrower = {one.population: one.plan for one in determination.narrower}
    rows = [_glance(result, narrower.get(result.id)) for result, _ in better(determination)]
    overlays = [one for one in determination.overlays if one.outcome is MET or one.possible]
    return (*rows, *(_glance(one, None) for one in overlays))


def _glance(result: PopulationResult, plans: Outcome | None) -> Glance:
    notes = []
    if plans is not None:
        notes.append(
            f"{_capital(OUTCOMES[plans])} by the plan’s own text; the state’s rule is wider, and "
            "is the floor under every plan"
        )
    if result.outcome is not NOT_MET:
        speaking = [one for one in result.variants if one.outcome is result.outcome]
        flags = {flag for one in speaking for flag in one.flags}
        notes += [FLAGS.get(flag, flag).capitalize() for flag in sorted(flags)]
        if (result.outcome is MET or result.possible) and any(
            one.policy.provisional for one in speaking
        ):
            notes.append("The text is provisional: it is not held as issued")
    return Glance(
        id=result.id,
        number=result.number,
        title=POPULATION_TITLES.get(result.id, result.id),
        outcome=result.outcome.value,
        possible=result.possible,
        because=in_words(because(result)),
        notes=tuple(notes),
    )


def because(result: PopulationResult) -> str:
    """Why, in one line."""
    if not result.variants:
        return "No text names this population."
    if result.outcome is MET:
        return _met(result)
    if result.possible:
        return _would_decide(next(one for one in result.variants if one.possible))
    if result.outcome is UNKNOWN:
        return _open(result)
    return _not_met(result)


def counted(count: Count) -> str:
    """A count as far as it is known, and the number that is asked for."""
    needed = f"{count.at_least} needed"
    if count.high is None:
        return (
            f"{count.low} or more counted, {needed}" if count.low else f"none for certain, {needed}"
        )
    found = str(count.low) if count.low == count.high else f"{count.low} to {count.high}"
    return f"{found} counted, {needed}"


def looked_at(window: Window) -> str:
    """The days that were looked at."""
    return period(window.first, window.last)


def _met(result: PopulationResult) -> str:
    variant = next(one for one in result.variants if one.outcome is MET)
    if variant.trace is None:
        return variant.policy.title
    telling = {id for ids in variant.policy.indicators for id in ids}
    pointing = {id(node) for one in variant.trace.named(telling) for node in decisive(one)}
    nodes = sorted(
        decisive(variant.trace),
        key=lambda one: (id(one) not in pointing, _is_about_age(one), _is_a_no(one)),
    )
    said = [_rule(node) for node in nodes[:_MOST_RULES]]
    more = len(nodes) - _MOST_RULES
    return " ".join(said) + (f" And {more} more." if more > 0 else "")


def _rule(node: TraceNode) -> str:
    finding = node.finding
    words = node.criterion.rule or ""
    if finding is None or finding.count is None:
        return words
    return f"{words} {_capital(counted(finding.count))}."


def _is_about_age(node: TraceNode) -> bool:
    return isinstance(node.criterion, Leaf) and node.criterion.test.kind == "age"


def _is_a_no(node: TraceNode) -> bool:
    return isinstance(node.criterion, Group) and node.criterion.operator == "not"


def _would_decide(variant: VariantResult) -> str:
    asked = list(dict.fromkeys(ask(one).text for one in variant.missing if one.kind != "policy"))
    if not asked:
        return "Something in the record points to it, and the text leaves open how much is needed."
    more = len(asked) - 1
    return f"Ask: {asked[0]}" + (f" And {more} more." if more else "")


def _open(result: PopulationResult) -> str:
    counts = [
        finding.count
        for variant in result.variants
        if variant.trace is not None and variant.outcome is UNKNOWN
        for finding in _findings(variant.trace)
        if finding.count is not None and finding.count.low
    ]
    if counts:
        nearest = min(counts, key=lambda one: one.at_least - one.low)
        return f"Too little points to it: {counted(nearest)}."
    if any(one.indicated for one in result.variants):
        return "Something points to it, but too little."
    return "Nothing in the record points to it."


def _not_met(result: PopulationResult) -> str:
    weighed = [one for one in _speaking(result) if one.trace is not None]
    for variant in weighed:
        assert variant.trace is not None
        for node in _failing(variant.trace):
            reason = node.finding.reason if node.finding is not None else None
            rule = (node.criterion.rule or "").rstrip(".")
            return f"{reason} ({rule})" if reason else f"Not the case: “{rule}.”"
    reasons = dict.fromkeys(
        one.reason
        for one in sorted(result.variants, key=lambda one: one.policy.in_force.last is not None)
        if one.reason
    )
    return next(iter(reasons), "Not met.")


def _speaking(result: PopulationResult) -> list[VariantResult]:
    """The variants that apply to the member and the day."""
    return [one for one in result.variants if one.reason is None]


def _failing(node: TraceNode) -> Iterator[TraceNode]:
    """The criteria that made it not met, the first that says so by a rule."""
    if node.outcome is not NOT_MET:
        return
    for child in node.children:
        yield from _failing(child)
    if node.criterion.rule is not None:
        yield node


def _findings(node: TraceNode) -> Iterator[Finding]:
    if node.finding is not None:
        yield node.finding
    for child in node.children:
        yield from _findings(child)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
