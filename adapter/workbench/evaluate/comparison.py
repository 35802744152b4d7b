"""The same facts by the texts of all four plans, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from eligibility.facts import Completeness, MemberFacts


class Comparison(Struct, frozen=True, kw_only=True):
    """One column for each plan, one row for each population; rows that differ first."""

    differing: int = 0


def comparison(
    facts: MemberFacts,
    *,
    plan: str,
    as_of: date,
    policy_date: date | None = None,
    complete: Sequence[Completeness] = (),
) -> Comparison:
    """The answers of all plans.

    Args:
        facts: of the member, answers included.
        plan: the one that was chosen; its column comes first.
        as_of: the day that is asked about.
        policy_date: as for `evaluate`.
        complete: what was declared to be all there is, that of the answers included.
    """
    del facts, plan, as_of, policy_date, complete
    return Comparison()
