"""How many events fit into a window, as a range: the search for the fullest window.

Windows are closed; the other readings (fixed days, half-open) are asked for by `most`'s switches.
"""

from __future__ import annotations

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
    best: tuple[int, int, Window, Sequence[Candidate]] = (0, 0, Window(since, until), ())
    if months is None:
        return _inside(candidates, since, until)
    low = 0
    anchors = {max(day, since) for one in candidates for day in (one.first, one.last)}
    for start in sorted(anchors):
        if start > until:
            break
        end = add_days(start, ceil(months * 365 / 12)) if fixed_days else add_months(start, months)
        if half_open:
            end -= DAY
        found = _inside(candidates, start, min(end, until))
        low = max(low, found[0])
        if (found[1], found[0]) > (best[1], best[0]):
            best = found
    return (low, *best[1:])


def _inside(
    candidates: Sequence[Candidate], first: date, last: date
) -> tuple[int, int, Window, Sequence[Candidate]]:
    possible = [one for one in candidates if one.last >= first and one.first <= last]
    certain = sum(one.counts is MET and one.first >= first and one.last <= last for one in possible)
    return certain, len(possible), Window(first, last), possible
