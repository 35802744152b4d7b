"""What the calendar may not change: the same facts on other days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eligibility.facts import Completeness, MemberFacts
from tests.unit.eligibility.asking import always_the_same, ask, plans, said
from tests.unit.eligibility.member_strategies import SAFE, completeness, members
from tests.unit.eligibility.record_strategies import AS_OF

#: The calendar repeats itself, weekdays and leap years included, after so many days.
FOUR_HUNDRED_YEARS = timedelta(days=146097)


@always_the_same
@given(members(), completeness(), plans)
def test_four_hundred_years_change_nothing(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str
) -> None:
    """The whole calendar moved to where it repeats itself: the same outcomes, flags and counts."""
    now = ask(facts, plan, complete)
    then = ask(
        moved(facts, FOUR_HUNDRED_YEARS),
        plan,
        moved(complete, FOUR_HUNDRED_YEARS),
        AS_OF + FOUR_HUNDRED_YEARS,
    )
    assert dict(said(now)) == dict(said(then))
    assert [v.flags for p in now.populations for v in p.variants] == [
        v.flags for p in then.populations for v in p.variants
    ]
    assert (now.status, len(now.issues)) == (then.status, len(then.issues))


@always_the_same
@given(members(offsets=st.sampled_from(SAFE)), completeness(), plans, st.integers(-500, 500))
def test_some_days_change_nothing_away_from_the_edges(
    facts: MemberFacts, complete: tuple[Completeness, ...], plan: str, by: int
) -> None:
    """Everything some days earlier or later, nothing near an edge: the same outcomes."""
    shift = timedelta(days=by)
    now = ask(facts, plan, complete)
    then = ask(moved(facts, shift), plan, moved(complete, shift), AS_OF + shift)
    assert dict(said(now)) == dict(said(then))


def moved(facts: Any, by: timedelta) -> Any:
    """The same records with every day in them moved."""
    if isinstance(facts, date):
        return facts + by
    if isinstance(facts, tuple):
        return tuple(moved(one, by) for one in facts)
    if isinstance(facts, dict):
        return {key: moved(one, by) for key, one in facts.items()}
    if isinstance(facts, msgspec.Struct):
        fields = facts.__struct_fields__
        return replace(facts, **{name: moved(getattr(facts, name), by) for name in fields})
    return facts
