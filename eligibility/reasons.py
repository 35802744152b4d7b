"""What makes a member qualify, read off the trace, and which of it may be told outside.

Cards and referrals render the same reasons: of a population the better of the plan's answer and the
state's (the state's rule is the floor under every plan's), and of its criteria those that made it
met. Some criteria tell by themselves more than their population does (substance use, HIV,
violence), and the end of a pregnancy may be a loss (California Civil Code 56.108): what speaks for
those is not handed on.
"""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.determination import (
    Determination,
    Evidence,
    Finding,
    PopulationResult,
    TraceNode,
    VariantResult,
)
from eligibility.logic import MET
from eligibility.model import Group, Leaf, Node, walk

#: Attestation, program and concept codes whose rule would name one sensitive condition. Substance
#: use is withheld by default (42 CFR Part 2 attaches to records that cannot be told apart here).
WITHHELD = frozenset(
    {
        "dmc",
        "dmc-criteria-met",
        "dmc-ods",
        "domestic-violence",
        "fleeing-violence",
        "high-risk-overdose",
        "high-risk-suicide",
        "hiv",
        "hiv-aids-waiver",
        "overdose",
        "pregnancy-loss",
        "serious-mental-illness",
        "smhs",
        "smhs-criteria-met",
        "substance-use-disorder",
        "suicide-risk",
    }
)


def better(determination: Determination) -> Iterator[tuple[PopulationResult, bool]]:
    """Each population with whether the state's answer is taken, as it is better than the plan's."""
    for ours, floor in zip(determination.populations, determination.state, strict=True):
        by_state = _rank(floor) > _rank(ours)
        yield (floor if by_state else ours), by_state


def _rank(result: PopulationResult) -> int:
    return 2 if result.outcome is MET else int(result.possible)


def met_variants(determination: Determination) -> Iterator[tuple[PopulationResult, VariantResult]]:
    """The variants that make populations met, in canonical order."""
    for result, _ in better(determination):
        for variant in result.variants:
            if variant.outcome is MET:
                yield result, variant


def decisive(node: TraceNode) -> Iterator[TraceNode]:
    """The criteria that make a met criterion met: of alternatives those met, else every part."""
    if node.outcome is not MET:
        return
    criterion = node.criterion
    if isinstance(criterion, Group) and criterion.operator != "not":
        for child in node.children:
            yield from decisive(child)
    elif criterion.rule is not None:
        yield node


#: By identity, since criteria of policies live as long as the process and are asked about on every
#: call; each is kept beside its answer, so that no other can take its place.
_KNOWN: dict[int, tuple[Node, bool]] = {}


def is_withheld(criterion: Node) -> bool:
    """Whether the criterion or one below it would name a sensitive condition."""
    known = _KNOWN.get(id(criterion))
    if known is None:
        found = any(
            isinstance(node, Leaf) and not WITHHELD.isdisjoint(_codes(node))
            for node in walk(criterion)
        )
        _KNOWN[id(criterion)] = known = (criterion, found)
    return known[1]


def tells_of_a_pregnancys_end(node: TraceNode) -> bool:
    """Whether the criterion is one on the months after a pregnancy."""
    return isinstance(node.criterion, Leaf) and node.criterion.test.kind == "postpartum"


def evidence_to_hand_on(variant: VariantResult) -> Iterator[Evidence]:
    """What made a met variant met, but for what may not be told; repeats are possible.

    `guarded` says which resources speak for something else too that may not be told.
    """
    if variant.trace is not None:
        for node in decisive(variant.trace):
            for leaf, finding in _findings(node):
                if not _is_guarded(leaf):
                    yield from finding.evidence


def guarded(determination: Determination) -> frozenset[str]:
    """References of the resources that speak, anywhere in the trace, for what may not be told.

    One resource can be evidence of several things: a form answers many questions.
    """
    results = (*determination.populations, *determination.state, *determination.overlays)
    traces = [variant.trace for result in results for variant in result.variants]
    traces += [one.trace for one in determination.exclusions]
    # A loop over each trace once, since this runs on every call that has a card.
    open_nodes = list({id(one): one for one in traces if one is not None}.values())
    found: set[str] = set()
    while open_nodes:
        node = open_nodes.pop()
        if node.finding is None:
            open_nodes += node.children
        elif node.finding.evidence and _is_guarded(node):
            found.update(one.reference for one in node.finding.evidence)
    for exclusion in determination.exclusions:
        if is_withheld(exclusion.exclusion.criteria):
            found.update(one.reference for one in exclusion.evidence)
    return frozenset(found)


def _is_guarded(leaf: TraceNode) -> bool:
    return is_withheld(leaf.criterion) or tells_of_a_pregnancys_end(leaf)


def _findings(node: TraceNode) -> Iterator[tuple[TraceNode, Finding]]:
    if node.finding is not None:
        yield node, node.finding
    for child in node.children:
        yield from _findings(child)


def _codes(leaf: Leaf) -> set[str]:
    """The codes that can meet the criterion."""
    found: set[str] = set()
    for option in ("answer", "meets", "programs"):
        value = leaf.test.options.get(option)
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, tuple):
            found.update(value)
    return found
