"""Where things stand on a line of time: days as positions, and what lies too close as one mark.

Positions are units of the drawing, which is `WIDTH` wide and scales with the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from msgspec import Struct

from adapter.dates import in_words, month
from adapter.workbench.evaluate.timeline.counted import Standing
from eligibility.dates import Span, add_months

WIDTH = 1000
#: Names of lanes stand left of it, visits without a day right of `RIGHT`.
LEFT, RIGHT = 190, 936
UNDATED = 968
#: Marks nearer than this are one mark with a number; on a crowded lane, farther apart.
_NEAR, _NEAR_IN_A_CROWD, _CROWD = 16, 30, 24
_OFFSETS: dict[Standing, int] = {"counts": -9, "perhaps": 0, "not": 9, "later": 0}


class Scale(Struct, frozen=True):
    """The days that are drawn, both included."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """The position of a day; those outside stand at the edge."""
        days = (min(max(day, self.first), self.last) - self.first).days
        return round(LEFT + (RIGHT - LEFT) * days / (self.last - self.first).days, 1)


class Tick(Struct, frozen=True):
    """The first of a month."""

    x: float
    label: str
    #: January, and the first one: with its year.
    year: str


class Bar(Struct, frozen=True, kw_only=True):
    """A period: a stay, an enrolment, insurance."""

    x: float
    width: float
    title: str
    #: What it says: `counts`, `perhaps`, `not`, `later`; for periods `on` and `off`.
    style: str


class Mark(Struct, frozen=True, kw_only=True):
    """One visit, or several of the same standing that lie too close to be told apart."""

    x: float
    y: float
    standing: Standing
    title: str
    many: int = 1


class Point(Struct, frozen=True):
    """A visit before it is drawn."""

    #: None: no day is known.
    on: date | None
    standing: Standing
    #: What it is, in words; asked only of visits that are drawn by themselves.
    title: Callable[[], str]
    #: How long a stay lasts; None: it is of no interest, or not known.
    lasts: Span | None = None


def ticks(scale: Scale) -> tuple[Tick, ...]:
    """The months."""
    day = scale.first.replace(day=1)
    if day < scale.first:
        day = add_months(day, 1)
    found: list[Tick] = []
    # The calendar has an end: after its last month comes its last day, again and again.
    while day <= scale.last and day.day == 1:
        year = str(day.year) if not found or day.month == 1 else ""
        found.append(Tick(scale.x(day), month(day), year))
        day = add_months(day, 1)
    return tuple(found)


def marks(points: Iterable[Point], scale: Scale, y: float) -> tuple[Mark, ...]:
    """Visits on a lane, apart by standing where there are several standings."""
    by_standing: dict[Standing, list[Point]] = {}
    for point in points:
        by_standing.setdefault(point.standing, []).append(point)
    spread = len(by_standing) > 1
    return tuple(
        mark
        for standing, found in by_standing.items()
        for mark in _clustered(found, scale, y + (_OFFSETS[standing] if spread else 0))
    )


def bar(span: Span, scale: Scale, until: date, title: str, style: str) -> Bar | None:
    """A period as far as it is drawn; None: it lies outside.

    Args:
        span: the period; one that has not ended lasts to `until`.
        scale: the days that are drawn.
        until: the day that is asked about.
        title: what it is.
        style: see `Bar`.
    """
    first = span.start.first if span.start is not None else scale.first
    last = span.end.last if span.end is not None else max(until, first)
    if last < scale.first or first > scale.last:
        return None
    x = scale.x(first)
    return Bar(x=x, width=max(3, round(scale.x(last) - x, 1)), title=title, style=style)


def stays(points: Iterable[Point], scale: Scale, until: date) -> tuple[Bar, ...]:
    """How long stays last; those of the same standing that touch are one bar."""
    placed = [
        (point.standing, scale.x(begins), scale.x(ends), point)
        for point in points
        if point.lasts is not None and point.lasts.start is not None
        for begins, ends in [_edges(point.lasts.start.first, point.lasts, until)]
        if ends >= scale.first and begins <= scale.last
    ]
    placed.sort(key=lambda one: one[:3])
    found: list[Bar] = []
    for standing, x, end, point in placed:
        before = found[-1] if found and found[-1].style == standing else None
        if before is not None and x <= before.x + before.width:
            width = round(max(before.width, end - before.x), 1)
            found[-1] = Bar(
                x=before.x, width=width, title="Stays one after another", style=standing
            )
        else:
            width = round(max(3, end - x), 1)
            found.append(Bar(x=x, width=width, title=point.title(), style=standing))
    return tuple(found)


def _edges(begins: date, span: Span, until: date) -> tuple[date, date]:
    return begins, span.end.last if span.end is not None else max(until, begins)


def period(span: Span) -> str:
    """A period in words."""
    begins = f"from {in_words(span.start.first)}" if span.start is not None else ""
    ends = f"to {in_words(span.end.last)}" if span.end is not None else ""
    return " ".join(filter(None, (begins, ends))) or "no dates stated"


def _clustered(points: list[Point], scale: Scale, y: float) -> Iterator[Mark]:
    placed = [(UNDATED if one.on is None else scale.x(one.on), one) for one in points]
    placed.sort(key=lambda pair: pair[0])
    near = _NEAR_IN_A_CROWD if len(placed) > _CROWD else _NEAR
    start = 0
    for index in range(1, len(placed) + 1):
        if index < len(placed) and placed[index][0] - placed[start][0] < near:
            continue
        yield _mark(placed[start:index], y)
        start = index


def _mark(placed: list[tuple[float, Point]], y: float) -> Mark:
    first, last = placed[0][1], placed[-1][1]
    title = first.title()
    if len(placed) > 1:
        days = ""
        if first.on is not None and last.on is not None:
            days = f", {in_words(first.on)} to {in_words(last.on)}"
        title = f"{len(placed)} visits{days}; {title}"
    x = round(sum(position for position, _ in placed) / len(placed), 1)
    return Mark(x=x, y=y, standing=first.standing, title=title, many=len(placed))
