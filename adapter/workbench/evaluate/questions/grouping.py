"""Questions below headings: visits under one question, programmes in one list, the rest alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from adapter.workbench.evaluate.questions.answers import AVOIDABLE, ENDED
from adapter.workbench.evaluate.questions.controls import (
    OpenQuestion,
    Shown,
    end_of,
    key_of,
    no_other_programme,
    question_of,
)
from cds_hooks.cards.questions import Path
from eligibility.determination import Missing

#: The key of the answer that the programmes that are named are all.
NO_OTHER = "complete.programs"

#: More are judged together.
_MOST_VISITS = 25
_NO_COUNTS = "Only this makes a program that was not named a no."


class Group(Struct, frozen=True, kw_only=True):
    """Questions that belong below one heading; most stand alone."""

    #: `visits`, `programmes`, or empty: one question alone.
    kind: str = ""
    #: What is asked of each; empty where a question says it itself.
    text: str = ""
    note: str = ""
    settles: tuple[str, ...] = ()
    questions: tuple[OpenQuestion, ...]


class Item(Struct):
    """A gap with what it is asked for."""

    missing: Missing
    settles: list[str]
    #: Smaller goes first.
    rank: tuple[int, ...] = ()


def grouped(
    items: Sequence[Item], shown: Shown, paths: Mapping[str, Path], once: set[str]
) -> Iterator[Group]:
    """The items as questions, in their order.

    Args:
        items: what is missing.
        shown: what the questions are made for.
        paths: by population, the shortest way to yes.
        once: keys that have their question already; grows.
    """
    done: set[str] = set()
    for item in items:
        kind = kind_of(item.missing)
        if not kind:
            asked = question_of(item.missing, shown, tuple(item.settles))
            yield Group(settles=asked.settles, questions=(asked,))
        elif kind not in done:
            done.add(kind)
            alike = [one for one in items if kind_of(one.missing) == kind]
            if kind == "visits":
                yield _visits(alike, shown, _more(alike, paths))
                continue
            yield _programmes(alike, shown)
            if NO_OTHER not in once:
                once.add(NO_OTHER)
                yield Group(questions=(no_other_programme(shown, ()),), note=_NO_COUNTS)


def _visits(items: Sequence[Item], shown: Shown, more: int) -> Group:
    """The latest first; `more` of them have to count (0: that is not known)."""
    by_day = sorted(items, key=lambda one: str(one.missing.on or ""), reverse=True)
    judged = [one for one in by_day if shown.answers.get(key_of(one.missing))]
    listed = [*dict.fromkeys(map(id, (*by_day[:_MOST_VISITS], *judged)))]
    asked = [question_of(one.missing, shown) for one in by_day if id(one) in listed]
    note = f"{more} more would have to be avoidable." if more else ""
    if len(by_day) > len(listed):
        note = f"{note} The latest {len(listed)} of {len(by_day)} are named.".strip()
        others = question_of(Missing("attestation", AVOIDABLE), shown)
        asked.append(replace(others, about="All visits that are not judged one by one"))
    return Group(
        kind="visits",
        text=asked[0].text,
        note=note,
        settles=_settled(items),
        questions=tuple(asked),
    )


def _programmes(items: Sequence[Item], shown: Shown) -> Group:
    asked = []
    for one in items:
        asked.append(question_of(one.missing, shown))
        if asked[-1].value == ENDED:
            asked.append(end_of(one.missing.code, shown))
    return Group(
        kind="programmes",
        text="Which of these programs is the member in?",
        settles=_settled(items),
        questions=tuple(asked),
    )


def _settled(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(title for one in items for title in one.settles))


def _more(items: Sequence[Item], paths: Mapping[str, Path]) -> int:
    """How many more visits have to count on the shortest way; 0: they are on no such way."""
    about = {one.missing for one in items}
    asks = (ask for path in paths.values() for ask in path.asks if ask.more is not None)
    return min((ask.more or 0 for ask in asks if about & {*ask.missing}), default=0)


def kind_of(missing: Missing) -> str:
    """What is grouped with others of its kind: `visits`, `programmes`; empty: nothing."""
    if missing.kind == "avoidability" and missing.reference is not None:
        return "visits"
    return "programmes" if missing.kind == "programme" else ""
