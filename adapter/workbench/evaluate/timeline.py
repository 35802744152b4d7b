"""A member's visits on a line of time, with the window that was counted."""

from __future__ import annotations

from msgspec import Struct

from eligibility.determination import Determination
from eligibility.facts import MemberFacts


class Timeline(Struct, frozen=True, kw_only=True):
    """The drawing, in units of its own, and the same as rows of a table."""

    #: Nothing to draw: no visit, programme or coverage has a day.
    empty: bool = True


def timeline(facts: MemberFacts, determination: Determination) -> Timeline:
    """The timeline of the facts around `determination.as_of`."""
    del facts, determination
    return Timeline()
