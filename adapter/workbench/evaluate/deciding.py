"""The criterion that made a population's answer, in its own words, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from adapter.dates import in_words
from cds_hooks.cards.questions import path_of_variant
from eligibility.determination import Missing, PopulationResult, TraceNode, VariantResult
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.model import Leaf
from eligibility.packs import documents
from eligibility.provenance import Source
from eligibility.reasons import decisive
from eligibility.wording import ask


class Decided(Struct, frozen=True, kw_only=True):
    """Why a text answers as it does."""

    words: str
    #: Document by title, and section; empty: the text as a whole.
    document: str
    section: str
    #: The passage, or the whole text, is not held as issued.
    provisional: bool
    #: The plan has no text of its own, so that the state's answers.
    by_state: bool


def decided(result: PopulationResult, plan: str) -> Decided | None:
    """Why a population's answer is what it is; None: no text names it.

    Args:
        result: one plan's answer.
        plan: whose it is.
    """
    if not result.variants:
        return None
    variant = _speaking(result)
    words, source = _words(variant)
    source = source or variant.policy.source
    held = documents().get(source.document)
    return Decided(
        words=words,
        document=held.title if held is not None else source.document,
        section=source.section,
        provisional=source.provisional or variant.policy.provisional,
        by_state=variant.policy.plan != plan,
    )


def _speaking(result: PopulationResult) -> VariantResult:
    """The variant that gives the answer: of several the nearest, of none that applies any."""
    alike = [one for one in result.variants if one.outcome is result.outcome]
    if result.outcome is UNKNOWN:
        return min(alike, key=lambda one: (not one.possible, len(path_of_variant(one).asks)))
    return min(alike, key=lambda one: one.reason is not None)


def _words(variant: VariantResult) -> tuple[str, Source | None]:
    trace = variant.trace
    if trace is None:
        return variant.reason or variant.policy.title, None
    if variant.outcome is MET:
        nodes = sorted(decisive(trace), key=_is_age)
        return _rules(nodes)
    if variant.outcome is NOT_MET:
        return _rules(list(_failing(trace)))
    return _open(variant, trace)


def _rules(nodes: list[TraceNode]) -> tuple[str, Source | None]:
    """The first rule, with its count, and how many more there are."""
    if not nodes:
        return "", None
    first = nodes[0]
    words = (first.criterion.rule or "").rstrip(".")
    if first.finding is not None and first.finding.count is not None:
        count = first.finding.count
        words += f": {count.low} counted, {count.at_least} needed"
    more = f" And {len(nodes) - 1} more." if len(nodes) > 1 else ""
    return f"{words}.{more}", first.criterion.source


def _failing(node: TraceNode) -> Iterator[TraceNode]:
    """The criteria that made it not met; of alternatives none, so what they are of is named."""
    if node.outcome is not NOT_MET:
        return
    if node.criterion.rule is not None:
        yield node
        return
    for child in node.children:
        yield from _failing(child)


def _open(variant: VariantResult, trace: TraceNode) -> tuple[str, Source | None]:
    missing = [one for each in path_of_variant(variant).asks for one in each.missing]
    if not missing:
        return "Open.", None
    first = missing[0]
    node = next(_asking(trace, first), None)
    more = len(missing) - 1
    words = f"Open: {in_words(ask(first).text)}" + (f" And {more} more." if more else "")
    return words, node.criterion.source if node is not None else None


def _asking(node: TraceNode, missing: Missing) -> Iterator[TraceNode]:
    """The criteria that wait for an answer."""
    if node.finding is not None and missing in node.finding.missing:
        yield node
    for child in node.children:
        yield from _asking(child, missing)


def _is_age(node: TraceNode) -> bool:
    return isinstance(node.criterion, Leaf) and node.criterion.test.kind == "age"
