"""A timeline in words: what its table says, and what the drawing leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from adapter.dates import in_words
from adapter.workbench.evaluate.questions.controls import VISITS
from adapter.workbench.evaluate.timeline.counted import Count, Standing
from adapter.workbench.evaluate.timeline.drawing import Bar, Scale
from eligibility.visits import Event

_MOST_ROWS = 100


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table."""

    on: str
    what: str
    standing: Standing | None
    says: str
    reference: str


class Seen(Struct, frozen=True):
    """A visit with how it stands."""

    event: Event
    standing: Standing
    says: str


def when(event: Event) -> str:
    """The day or days of a visit."""
    if event.start is None:
        return "without a date"
    start, end = event.start, event.end
    if start.first != start.last:
        return f"between {in_words(start.first)} and {in_words(start.last)}"
    if end is None or end.last == start.first:
        return in_words(start.first) + (", still open" if event.open else "")
    return f"{in_words(start.first)} to {in_words(end.last)}"


def summary(seen: Sequence[Seen], counted: tuple[Count, ...], scale: Scale) -> str:
    """The drawing in a sentence or two, for who does not see it."""
    visits = f"{len(seen)} visits" if len(seen) != 1 else "One visit"
    said = "; ".join(count.words for count in counted)
    return f"{visits} from {in_words(scale.first)} to {in_words(scale.last)}. {said}."


def rows(seen: Sequence[Seen], periods: Sequence[tuple[str, tuple[Bar, ...]]]) -> tuple[Row, ...]:
    """The table: visits, the latest first, then programmes and insurance."""
    visits = [
        Row(
            on=when(one.event),
            what=VISITS[one.event.kind],
            standing=one.standing,
            says=one.says,
            reference=one.event.refs[0],
        )
        for one in reversed(seen[-_MOST_ROWS:])
    ]
    others = [
        Row(on=one.title.removeprefix(f"{name}, "), what=name, standing=None, says="", reference="")
        for name, bars in periods
        for one in bars
    ]
    return (*visits, *others[: _MOST_ROWS - len(visits)])


def notes(older: int, seen: Sequence[Seen], periods: int, scale: Scale) -> Iterator[str]:
    """What is not drawn, and why."""
    if older:
        visits = "One visit is" if older == 1 else f"{older} visits are"
        yield f"{visits} older than {in_words(scale.first)} and not drawn: no window reaches back."
    undated = sum(one.event.start is None for one in seen)
    if undated:
        visits = "One visit has" if undated == 1 else f"{undated} visits have"
        yield f"{visits} no date and may lie in any window; they stand at the right edge."
    if len(seen) > _MOST_ROWS:
        yield f"The table names the latest {_MOST_ROWS} of {len(seen)} visits."
    if periods > 0:
        yield f"{periods} more programs or coverages are not drawn."
