"""How many events fit into a window, as a range: the search for the fullest window.

Windows are closed; the other readings (fixed days, half-open) are asked for by `most`'s switches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil

from msgspec import Struct

from eligibility.dates import add_days, add_months
from eligibility.determination import Missing, Window
from eligibility.logic import MET, Outcome

DAY = timedelta(days=1)


class Candidate(Struct, frozen=True, gc=False):
    """An event that may count, with the days it can have begun on."""

    first: date
    last: date
    #: MET or UNKNOWN; what is known not to count is no candidate.
    counts: Outcome
    #: What is not known of it.
    missing: tuple[Missing, ...]
    refs: tuple[str, ...]
    dated: bool


def most(
    candidates: Sequence[Candidate],
    since: date,
    until: date,
    months: int | None,
    *,
    fixed_days: bool = False,
    half_open: bool = False,
) -> tuple[int, int, Window, Sequence[Candidate]]:
    """The fullest window inside `[since, until]`: certain events, possible events, where, which."""
    if months is None:
        return _inside(candidates, since, until)
    low = 0
    fullest = (0, 0)
    best: tuple[date, date] | None = None
    days = _Days(candidates)
    anchors = {max(day, since) for one in candidates for day in (one.first, one.last)}
    for start in sorted(anchors):
        if start > until:
            break
        end = add_days(start, ceil(months * 365 / 12)) if fixed_days else add_months(start, months)
        if half_open:
            end -= DAY
        end = min(end, until)
        certain, possible = days.inside(start, end)
        low = max(low, certain)
        if (possible, certain) > fullest:
            fullest, best = (possible, certain), (start, end)
    if best is None:
        return (low, 0, Window(since, until), ())
    return (low, *_inside(candidates, *best)[1:])


class _Days:
    """How many lie in a window, found by their days: a long chart has hundreds of windows."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        #: In order of day, as the candidates are.
        self._whole = [one.first for one in candidates if one.first == one.last]
        self._certain = [
            one.first for one in candidates if one.first == one.last and one.counts is MET
        ]
        self._partial = [one for one in candidates if one.first != one.last]

    def inside(self, first: date, last: date) -> tuple[int, int]:
        """Certain events and possible events, as `_inside` counts them."""
        certain = sum(
            one.counts is MET and one.first >= first and one.last <= last for one in self._partial
        )
        possible = sum(one.last >= first and one.first <= last for one in self._partial)
        return (
            certain + _between(self._certain, first, last),
            possible + _between(self._whole, first, last),
        )


def _between(days: Sequence[date], first: date, last: date) -> int:
    return max(0, bisect_right(days, last) - bisect_left(days, first))


def _inside(
    candidates: Sequence[Candidate], first: date, last: date
) -> tuple[int, int, Window, Sequence[Candidate]]:
    possible = [one for one in candidates if one.last >= first and one.first <= last]
    certain = sum(one.counts is MET and one.first >= first and one.last <= last for one in possible)
    return certain, len(possible), Window(first, last), possible
