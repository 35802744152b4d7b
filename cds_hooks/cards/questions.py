"""Which questions would decide an open population, fewest first.

`VariantResult.missing` lists every open question on any path that can matter. A clinician wants
the shortest path: of alternatives the one with fewest questions, of requirements all. Read off the
trace by Kleene's logic; nothing is evaluated again.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from eligibility.determination import Missing, PopulationResult, TraceNode, VariantResult
from eligibility.logic import UNKNOWN
from eligibility.model import Group


class Ask(Struct, frozen=True, kw_only=True):
    """One thing to ask, or to look up."""

    #: One gap, or several of which any would decide; or the visits of one count.
    missing: tuple[Missing, ...]
    #: How many more of the visits have to count; None where it is no count.
    more: int | None = None


class Path(Struct, frozen=True):
    """The questions that together would decide, if all are answered in favour."""

    asks: tuple[Ask, ...]
    #: They can be put to a person. A path is not when a visit nobody knows of, or a number the
    #: text does not give, would have to turn up.
    answerable: bool = True


def shortest_path(population: PopulationResult) -> tuple[VariantResult, Path]:
    """The possible variant with the shortest path, and that path; some variant must be possible."""
    paths = [(one, path_of_variant(one)) for one in population.variants if one.possible]
    return min(paths, key=lambda pair: _effort(pair[1]))


def _effort(path: Path) -> tuple[bool, int]:
    return (not path.answerable, len(path.asks))


def path_of_variant(variant: VariantResult) -> Path:
    """The trace's path, with the birth date or county the variant itself waits for."""
    if variant.trace is None or variant.trace.outcome is not UNKNOWN:
        return _all_of_them(variant.missing)
    path = path_of_node(variant.trace)
    in_trace = set(_every_missing(variant.trace))
    outside = [one for one in variant.missing if one not in in_trace]
    return _joined([_all_of_them(outside), path])


def path_of_node(node: TraceNode) -> Path:
    """The shortest path to the node being met (for `not`: not met); the node is unknown."""
    if node.finding is not None:
        return _of_leaf(node)
    assert isinstance(node.criterion, Group)
    open_children = [child for child in node.children if child.outcome is UNKNOWN]
    if node.criterion.operator == "any":
        # Of equally short ways the one that something points to already.
        return min(
            ((path_of_node(child), child) for child in open_children),
            key=lambda pair: (*_effort(pair[0]), not _indicated(pair[1])),
        )[0]
    return _joined([path_of_node(child) for child in open_children])


def _of_leaf(node: TraceNode) -> Path:
    finding = node.finding
    assert finding is not None
    about_visits = tuple(one for one in finding.missing if one.reference is not None)
    if finding.count is not None and about_visits and about_visits == finding.missing:
        more = max(1, finding.count.at_least - finding.count.low)
        return Path((Ask(missing=about_visits, more=more),))
    # One test asks several things (programs, populations, ways to be released) as alternatives.
    answerable = tuple(one for one in finding.missing if _is_answerable(one))
    return Path((Ask(missing=answerable or finding.missing),), bool(answerable))


def _all_of_them(missing: Sequence[Missing]) -> Path:
    asks = tuple(Ask(missing=(one,)) for one in missing)
    return Path(asks, all(map(_is_answerable, missing)))


def _is_answerable(missing: Missing) -> bool:
    """Whether somebody can be asked: not for visits nobody knows of, nor for another population."""
    return missing.kind not in ("encounters", "policy", "population")


def _joined(paths: Sequence[Path]) -> Path:
    asks = dict.fromkeys(ask for path in paths for ask in path.asks)
    return Path(tuple(asks), all(path.answerable for path in paths))


def _indicated(node: TraceNode) -> bool:
    if node.finding is not None:
        return node.finding.indicated
    return any(_indicated(child) for child in node.children)


def _every_missing(node: TraceNode) -> Sequence[Missing]:
    own = node.finding.missing if node.finding is not None else ()
    return (*own, *(one for child in node.children for one in _every_missing(child)))
