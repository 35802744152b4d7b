"""A member's visits on a line of time, with the windows that were counted.

The drawing and the table below it say the same. Physical visits are those of the evaluation
(`eligibility.visits`), each once; windows and what counts are read off the trace (`counted`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import get_args

from msgspec import Struct

from adapter.dates import in_words
from adapter.workbench.evaluate.questions.controls import VISITS
from adapter.workbench.evaluate.timeline.counted import Count, Standing, counts, standing
from adapter.workbench.evaluate.timeline.drawing import (
    LEFT,
    RIGHT,
    WIDTH,
    Bar,
    Mark,
    Point,
    Scale,
    Tick,
    marks,
    stays,
    ticks,
)
from adapter.workbench.evaluate.timeline.lasting import lasting
from adapter.workbench.evaluate.timeline.words import Row, Seen, notes, rows, summary, when
from eligibility.dates import Span, add_months
from eligibility.determination import Determination
from eligibility.facts import MemberFacts, Visit
from eligibility.visits import events

#: The look-back of every policy and a month more, so that what has just left it is seen.
_BEFORE, _AFTER, _AHEAD = 13, 1, 4
_TOP, _WINDOW, _LANE, _PERIOD, _FOOT = 30, 34, 48, 32, 40
#: How many units a letter of a label takes, at most.
_LETTER = 7.7
_MOST_PERIODS = 6
_MOST_LETTERS = 24


class Band(Struct, frozen=True, kw_only=True):
    """A window that was counted."""

    label: str
    x: float
    width: float
    y: float
    #: Where its label begins, so that all of it has room.
    label_x: float
    outcome: str
    title: str
    #: Top and height of the lanes of the visits it counts.
    over: tuple[tuple[float, float], ...]


class Lane(Struct, frozen=True, kw_only=True):
    """One kind of visits, or one programme."""

    label: str
    #: Its whole name, where the label is cut.
    title: str
    top: float
    middle: float
    height: float
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


class Timeline(Struct, frozen=True, kw_only=True):
    """The drawing, in units of its own, and the same as rows of a table."""

    #: Nothing to draw but the windows.
    empty: bool
    width: int = WIDTH
    height: float
    left: int = LEFT
    right: int = RIGHT
    #: Bottom of the lanes.
    foot: float
    today: float
    as_of: str
    summary: str
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    #: What the drawing leaves out, a sentence each.
    notes: tuple[str, ...]
    undated: bool
    #: The standings that occur, for the legend.
    standings: tuple[Standing, ...]


def timeline(facts: MemberFacts, determination: Determination) -> Timeline:
    """The timeline of the facts around `determination.as_of`."""
    as_of = determination.as_of
    counted = counts(determination)
    scale, older, seen = _seen(facts, as_of, counted)
    top: float = _TOP + _WINDOW * len(counted)
    by_kind = {kind: [one for one in seen if one.event.kind == kind] for kind in VISITS}
    asked = {kind for count in counted for kind in count.kinds}
    lanes: list[Lane] = []
    tops: dict[str, float] = {}
    for kind, found in by_kind.items():
        if found or kind in asked:
            tops[kind] = top
            lanes.append(_visits(kind, found, scale, as_of, top))
            top += _LANE
    periods = list(lasting(facts, scale, as_of))
    for name, bars in periods[:_MOST_PERIODS]:
        height, middle = _PERIOD, top + _PERIOD * 0.65
        label = name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"
        lanes.append(
            Lane(label=label, title=name, top=top, middle=middle, height=height, bars=bars)
        )
        top += height
    return Timeline(
        empty=not seen and not periods,
        height=top + _FOOT,
        foot=top,
        today=scale.x(as_of),
        as_of=in_words(as_of),
        summary=summary(seen, counted, scale),
        bands=tuple(_bands(counted, scale, tops)),
        lanes=tuple(lanes),
        ticks=ticks(scale),
        rows=rows(seen, periods),
        notes=tuple(notes(older, seen, len(periods) - _MOST_PERIODS, scale)),
        undated=any(one.event.start is None for one in seen),
        standings=tuple(
            one for one in get_args(Standing) if one in {each.standing for each in seen}
        ),
    )


def _seen(
    facts: MemberFacts, as_of: date, counted: tuple[Count, ...]
) -> tuple[Scale, int, list[Seen]]:
    """The days to draw, how many visits are older, and the others, the latest last."""
    first = add_months(as_of, -_BEFORE)
    recent = [one for one in facts.visits if one.start is None or one.open or _last(one) >= first]
    ahead = [one for one in recent if one.start is not None and one.start.first > as_of]
    later = events(ahead, date.max) if ahead else ()
    seen = [Seen(one, *standing(one, counted)) for one in events(recent, as_of)]
    seen += [Seen(one, "later", "begins after the day that is asked about") for one in later]
    scale = Scale(first, add_months(as_of, _AHEAD if later else _AFTER))
    return scale, len(facts.visits) - len(recent), seen


def _last(visit: Visit) -> date:
    """The last day of a visit with a day, as far as it is known."""
    assert visit.start is not None
    return max(visit.start.last, visit.end.last) if visit.end is not None else visit.start.last


def _visits(kind: str, found: list[Seen], scale: Scale, as_of: date, top: float) -> Lane:
    middle = top + _LANE * 0.6
    points = []
    for one in found:
        event = one.event
        start = event.start
        lasts = None
        if start is not None and kind != "emergency" and (event.end is not None or event.open):
            lasts = Span(start, event.end)
        on = start.first if start is not None else None
        points.append(Point(on, one.standing, partial(_title, one), lasts))
    return Lane(
        label=VISITS[kind],
        title=VISITS[kind],
        top=top,
        middle=middle,
        height=_LANE,
        bars=stays(points, scale, as_of),
        marks=marks(points, scale, middle),
    )


def _title(one: Seen) -> str:
    return f"{VISITS[one.event.kind]}, {when(one.event)}: {one.says}"


def _bands(counted: tuple[Count, ...], scale: Scale, tops: Mapping[str, float]) -> Iterator[Band]:
    for index, count in enumerate(counted):
        x, last = scale.x(count.window.first), scale.x(count.window.last)
        days = f"{in_words(count.window.first)} to {in_words(count.window.last)}"
        yield Band(
            label=count.words,
            x=x,
            width=round(max(last - x, 2), 1),
            y=_TOP + _WINDOW * index,
            label_x=max(LEFT, min(x, round(WIDTH - len(count.words) * _LETTER, 1))),
            outcome=count.outcome.value,
            title=f"{count.words}; window from {days}, for {' and '.join(count.asked_by)}",
            over=tuple((tops[kind], _LANE) for kind in count.kinds if kind in tops),
        )
