"""Which visits there were: one event per physical visit, however many records tell of it.

Input contract, section 2 (Encounter): the same physical visit from two sources counts once, and an
emergency visit that became a stay counts once, as the stay (state guide of 2026, page 21).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from msgspec import Struct

from eligibility.dates import Days
from eligibility.facts import Visit, VisitKind
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome

#: A stay that begins this long after the emergency visit, at the same provider, is the same event.
_BECAME_A_STAY_WITHIN = timedelta(hours=24)


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One physical visit."""

    kind: VisitKind
    #: None: undated, so it may lie in any window.
    start: Days | None
    end: Days | None
    open: bool
    unplanned: Outcome
    behavioural: Outcome
    #: Every record of it, its own first, then those of the emergency visit that became it.
    refs: tuple[str, ...]


def events(visits: Iterable[Visit], as_of: date) -> tuple[Event, ...]:
    """The visits that began on or before `as_of`, each physical visit once, in order of day.

    Undated visits come last. A partial start date is cut off at `as_of`.
    """
    past = sorted(
        (visit for visit in visits if visit.start is None or visit.start.first <= as_of),
        key=_order,
    )
    stays = [visit for visit in past if visit.kind in ("hospital", "snf")]
    became: dict[str, list[str]] = {}
    absorbed: set[str] = set()
    if stays:
        known = _Stays(stays)
        for visit in past:
            if visit.kind == "emergency":
                stay = known.that_became_of(visit)
                if stay is not None:
                    absorbed.add(visit.ref)
                    became.setdefault(stay.ref, []).append(visit.ref)
    groups = _same_visits(visit for visit in past if visit.ref not in absorbed)
    return tuple(_event(group, became, as_of) for group in groups)


def _order(visit: Visit) -> tuple[date, str]:
    return (visit.start.first if visit.start else date.max, visit.ref)


class _Stays:
    """The stays by what can tie an emergency visit to one, so that a long chart stays readable."""

    def __init__(self, stays: Sequence[Visit]) -> None:
        self._by_ref: dict[str | None, list[Visit]] = {}
        self._by_whole: dict[str, list[Visit]] = {}
        #: In order of day.
        self._by_provider: dict[str, list[Visit]] = {}
        for stay in stays:
            self._by_ref.setdefault(stay.ref, []).append(stay)
            if stay.part_of is not None:
                self._by_whole.setdefault(stay.part_of, []).append(stay)
            if stay.provider is not None and stay.start is not None:
                self._by_provider.setdefault(stay.provider, []).append(stay)

    def that_became_of(self, visit: Visit) -> Visit | None:
        """The first stay that the emergency visit became."""
        found = [*self._by_ref.get(visit.part_of, ()), *self._by_whole.get(visit.ref, ())]
        found += islice((stay for stay in self._near(visit) if _became(visit, stay)), 1)
        return min(found, key=_order, default=None)

    def _near(self, visit: Visit) -> Iterator[Visit]:
        """Those of its provider around it; a day more on each side, as days differ by time zone."""
        if visit.provider is None or visit.start is None:
            return
        first = last = visit.start.first.toordinal()
        if visit.ends_at is not None:
            last = max(last, visit.ends_at.toordinal())
        stays = self._by_provider.get(visit.provider, [])
        for stay in islice(stays, bisect_left(stays, first - 2, key=_day), None):
            if _day(stay) > last + 3:
                return
            yield stay


def _day(stay: Visit) -> int:
    assert stay.start is not None, "only stays with a day are kept by provider"
    return stay.start.first.toordinal()


def _became(visit: Visit, stay: Visit) -> bool:
    if visit.part_of == stay.ref or stay.part_of == visit.ref:
        return True
    if visit.provider is None or visit.provider != stay.provider:
        return False
    if visit.starts_at and stay.starts_at:
        until = max(visit.starts_at, visit.ends_at or visit.starts_at) + _BECAME_A_STAY_WITHIN
        return visit.starts_at <= stay.starts_at <= until
    if visit.start is None or stay.start is None or visit.start.first != visit.start.last:
        return False
    return (
        stay.start.first == stay.start.last
        and 0 <= (stay.start.first - visit.start.first).days <= 1
    )


def _same_visits(visits: Iterable[Visit]) -> list[list[Visit]]:
    """Groups records of one physical visit: same kind, same start day, same or no provider."""
    groups: list[list[Visit]] = []
    by_day: dict[tuple[VisitKind, date], list[list[Visit]]] = {}
    for visit in visits:
        start = visit.start
        if start is None or start.first != start.last:
            groups.append([visit])
            continue
        same_day = by_day.setdefault((visit.kind, start.first), [])
        if not same_day:
            same_day.append([visit])
            groups.append(same_day[0])
            continue
        for group in same_day:
            if visit.provider is None or _provider(group) in (None, visit.provider):
                group.append(visit)
                break
        else:
            same_day.append([visit])
            groups.append(same_day[-1])
    return groups


def _provider(group: list[Visit]) -> str | None:
    return next((visit.provider for visit in group if visit.provider is not None), None)


def _event(group: list[Visit], became: dict[str, list[str]], as_of: date) -> Event:
    first = group[0]
    start = first.start
    if start is not None and start.last > as_of:
        start = Days(start.first, as_of)
    if len(group) == 1 and first.ref not in became:
        return Event(
            kind=first.kind,
            start=start,
            end=first.end,
            open=first.open,
            unplanned=first.unplanned,
            behavioural=first.behavioural,
            refs=(first.ref,),
        )
    own = tuple(visit.ref for visit in group)
    before = tuple(ref for visit in group for ref in became.get(visit.ref, ()))
    return Event(
        kind=first.kind,
        start=start,
        end=max(
            (visit.end for visit in group if visit.end), key=lambda end: end.last, default=None
        ),
        open=all(visit.open for visit in group),
        unplanned=_agree(visit.unplanned for visit in group),
        behavioural=_agree(visit.behavioural for visit in group),
        refs=own + before,
    )


def _agree(outcomes: Iterable[Outcome]) -> Outcome:
    """What the records say together: a stated answer fills a silence, two answers cancel out."""
    stated = {outcome for outcome in outcomes if outcome is not UNKNOWN}
    if len(stated) != 1:
        return UNKNOWN
    return MET if MET in stated else NOT_MET
