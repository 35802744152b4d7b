"""Which populations of a determination a card speaks of, and whose text answers for each.

The state's rule is the floor: where the plan's text answers worse, the state's answer counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from cds_hooks.cards.questions import Path, shortest_path
from eligibility.determination import Determination, PopulationResult, TraceNode, VariantResult
from eligibility.logic import MET
from eligibility.model import Group
from eligibility.reasons import better, decisive


class Shown(Struct, frozen=True, kw_only=True):
    """One population as it is shown."""

    result: PopulationResult
    #: The variants that answer, in file order: those met, or the one nearest to an answer.
    variants: tuple[VariantResult, ...]
    #: The plan's own text does not say so; the state's does.
    by_state: bool
    #: What would decide it; empty for a population that is met.
    path: Path = Path(())


def met_populations(determination: Determination) -> tuple[Shown, ...]:
    """The populations that are met by the plan's text or the state's, in canonical order."""
    return tuple(
        Shown(
            result=result,
            variants=tuple(one for one in result.variants if one.outcome is MET),
            by_state=by_state,
        )
        for result, by_state in better(determination)
        if result.outcome is MET
    )


def possible_populations(determination: Determination) -> tuple[Shown, ...]:
    """The populations that a few answers would decide, those with the fewest first."""
    found = []
    for result, by_state in better(determination):
        if result.outcome is not MET and result.possible:
            variant, path = shortest_path(result)
            found.append(Shown(result=result, variants=(variant,), by_state=by_state, path=path))
    return tuple(sorted(found, key=lambda one: (not one.path.answerable, len(one.path.asks))))


def already_met(node: TraceNode) -> Iterator[TraceNode]:
    """The criteria on the way to an open one that are met already."""
    if node.outcome is MET:
        yield from decisive(node)
        return
    if isinstance(node.criterion, Group) and node.criterion.operator == "all":
        for child in node.children:
            yield from already_met(child)
