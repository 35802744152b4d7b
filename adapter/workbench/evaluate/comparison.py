"""The same facts by the texts of all four plans, side by side.

One evaluation for each plan; what made each answer is read off its trace. What differs has
a row, which says per plan because of what, and where that is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from adapter.workbench.evaluate.deciding import Decided, decided
from eligibility.determination import Determination, ExclusionResult, PopulationResult
from eligibility.errors import NoPolicyInForce
from eligibility.evaluate import evaluate
from eligibility.facts import Completeness, MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.membership import STATE
from eligibility.packs import plans, texts
from eligibility.wording import EXCLUSION_KINDS, OUTCOMES, POPULATION_TITLES, STATUSES

_MEMBER = {
    Outcome.MET: "Member on this day",
    Outcome.NOT_MET: "Not a member on this day",
    Outcome.UNKNOWN: "Membership not known",
}


class Column(Struct, frozen=True, kw_only=True):
    """One plan."""

    plan: str
    title: str
    #: It is the plan that was chosen.
    chosen: bool
    status: str
    membership: str
    #: What `membership` rests on.
    because: str


class Cell(Struct, frozen=True, kw_only=True):
    """One plan's answer to one row."""

    outcome: str
    possible: bool = False
    #: A few words beside the outcome, e.g. of what kind an exclusion is.
    says: str = ""
    #: The state's text answers better, and it is the floor under every plan.
    floor: str = ""
    #: Because of what, for rows that differ; None: the plan has no text on it.
    decided: Decided | None = None


class Line(Struct, frozen=True, kw_only=True):
    """One population or exclusion in all plans."""

    title: str
    differs: bool
    cells: tuple[Cell, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """One column for each plan; what differs as rows, what does not in short."""

    columns: tuple[Column, ...] = ()
    #: Populations and exclusions of which the answers differ.
    differing: tuple[Line, ...] = ()
    #: By answer, the titles of those that all plans answer alike.
    alike: tuple[tuple[Cell, tuple[str, ...]], ...] = ()


def comparison(
    facts: MemberFacts,
    *,
    plan: str,
    as_of: date,
    policy_date: date | None = None,
    complete: Sequence[Completeness] = (),
    known: Determination | None = None,
) -> Comparison:
    """The answers of all plans; nothing where no policy is in force.

    Args:
        facts: of the member, answers included.
        plan: the one that was chosen; its column comes first, the state's last.
        as_of: the day that is asked about.
        policy_date: as for `evaluate`.
        complete: what was declared to be all there is, that of the answers included.
        known: the answer of the plan that was chosen, where there is one; it is not asked again.
    """
    order = sorted(plans(), key=lambda one: (one != plan, one == STATE, one))
    try:
        given = [
            known
            if known is not None and known.plan == one
            else evaluate(facts, plan=one, as_of=as_of, policy_date=policy_date, complete=complete)
            for one in order
        ]
    except NoPolicyInForce:
        return Comparison()
    lines = [*_populations(given), *_exclusions(given)]
    alike: dict[Cell, list[str]] = {}
    for line in lines:
        if not line.differs:
            cell = line.cells[0]
            alike.setdefault(Cell(outcome=cell.outcome, possible=cell.possible), []).append(
                line.title
            )
    return Comparison(
        columns=tuple(_column(one, chosen=one.plan == plan) for one in given),
        differing=tuple(line for line in lines if line.differs),
        alike=tuple((cell, tuple(alike[cell])) for cell in sorted(alike, key=_rank)),
    )


def _rank(cell: Cell) -> tuple[int, bool]:
    return ("met", "unknown", "not-met").index(cell.outcome), not cell.possible


def _column(determination: Determination, *, chosen: bool) -> Column:
    membership = determination.membership
    is_state = determination.plan == STATE
    return Column(
        plan=determination.plan,
        title="The state’s own rule" if is_state else texts(determination.plan).plan.title,
        chosen=chosen,
        status=STATUSES[determination.status],
        membership=_MEMBER[membership.outcome],
        because=membership.reason,
    )


def _populations(given: Sequence[Determination]) -> Iterator[Line]:
    for results in zip(*(one.populations for one in given), strict=True):
        differs = len({(one.outcome, one.possible) for one in results}) > 1
        cells = tuple(
            _cell(result, determination, differs=differs)
            for result, determination in zip(results, given, strict=True)
        )
        title = POPULATION_TITLES[results[0].id]
        yield Line(title=title, differs=differs, cells=cells)


def _cell(result: PopulationResult, determination: Determination, *, differs: bool) -> Cell:
    narrower = [one for one in determination.narrower if one.population == result.id]
    return Cell(
        outcome=result.outcome.value,
        possible=result.possible,
        floor=OUTCOMES[narrower[0].state] if narrower else "",
        decided=decided(result, determination.plan) if differs else None,
    )


def _exclusions(given: Sequence[Determination]) -> Iterator[Line]:
    by_plan = [{one.exclusion.id: one for one in each.exclusions} for each in given]
    for id in dict.fromkeys(id for each in by_plan for id in each):
        found = [each.get(id) for each in by_plan]
        # What nothing points to is no difference worth a row, whether a plan names it or not.
        speaking = {_speaks(one) for one in found}
        if speaking == {None}:
            continue
        title = "Exclusion: " + next(one.exclusion.title for one in found if one is not None)
        yield Line(
            title=title,
            differs=len(speaking) > 1,
            cells=tuple(_excludes(one) for one in found),
        )


def _speaks(result: ExclusionResult | None) -> tuple[Outcome, str] | None:
    if result is None or result.outcome is NOT_MET:
        return None
    if result.outcome is UNKNOWN and not result.evidence:
        return None
    return result.outcome, result.kind


def _excludes(result: ExclusionResult | None) -> Cell:
    if result is None:
        return Cell(outcome=NOT_MET.value, says="the plan’s text does not name it")
    says = EXCLUSION_KINDS[result.kind] if _speaks(result) is not None else ""
    if result.outcome is MET:
        return Cell(outcome=result.outcome.value, says=says)
    return Cell(outcome=result.outcome.value, says=says and f"if so, {says}")
