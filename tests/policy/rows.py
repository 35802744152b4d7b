"""The case tables: one row per criterion, as a policy analyst reads it out of the source text.

A table (`<plan>/*.yaml`) says of each text when it is in force, whom it is for and how its criteria
are joined; a row says what one criterion asks, with its own numbers, taken from the source text and
not from the policy files. README.md beside this file explains the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from eligibility.dates import add_months

HERE = Path(__file__).parent
PLANS = ("anthem", "dhcs", "health-net", "partnership")
#: Asked when nothing else is said: the middle of a month, so that a month can straddle a window.
ASKED = date(2025, 2, 15)
#: A text without an end still answers on this day.
LONG_AFTER = date(2031, 3, 15)
ECM_BEGAN = date(2022, 1, 1)
_ADULT, _CHILD, _ANYBODY = 40, 10, 30


@dataclass(frozen=True)
class Case:
    """Facts, a day, and what must be answered for one criterion."""

    name: str
    as_of: date
    #: The member, in the words of `shorthand`.
    words: Mapping[str, Any]
    #: `met`, `not-met`, `unknown`, or `not asked`: the text is not in force, or not for the member.
    outcome: str
    #: Flags the finding must carry.
    flags: tuple[str, ...] = ()
    #: A code that must be among what is missing.
    missing: str | None = None
    #: Code of an issue that must be told.
    issue: str | None = None
    #: Whether evidence must be shown.
    evidence: bool | None = None


@dataclass(frozen=True)
class Text:
    """One text of a table: a policy file as its source document has it, or a plan's exclusions."""

    #: `partnership/homelessness/adult`, or `partnership/exclusions`.
    policy: str
    first: date
    last: date | None
    asked: date
    county: str | None
    age: Mapping[str, int]
    #: How the criteria are joined, in words: `a and (b or c) and not d`.
    joined: str | None
    table: str

    @property
    def plan(self) -> str:
        """The plan whose text it is."""
        return self.policy.split("/")[0]


@dataclass(frozen=True)
class Row:
    """One criterion and what it asks."""

    text: Text
    criterion: str
    #: The first word of the row, e.g. `question`; its kind.
    kind: str
    options: Mapping[str, Any]
    #: Of an exclusion: its id and kind.
    exclusion: str | None = None
    weight: str | None = None
    #: The days the criterion itself is in force.
    first: date = field(default=date.min)
    last: date | None = None

    @property
    def asked(self) -> date:
        """The day the row's cases are about, where nothing else is said."""
        day: date = self.options.get("asked", self.text.asked)
        return day

    def case(
        self,
        name: str,
        words: Mapping[str, Any],
        outcome: str,
        as_of: date | None = None,
        **more: Any,
    ) -> Case:
        """A case about the member the text is for, with `words` added."""
        day = as_of or self.asked
        member = {"born": birthday(self.text.age, day), "county": self.text.county, **words}
        return Case(name, day, member, outcome, **more)


def birthday(age: Mapping[str, int], day: date) -> date:
    """A birthday that makes the member one the text is for: an adult, a child, anybody."""
    years = _ADULT if "at_least" in age else _CHILD if age.get("under", 99) <= 21 else _ANYBODY
    if age.get("under") == 26:
        years = 20
    return add_months(day, -12 * years) - timedelta(days=100)


@cache
def texts() -> tuple[tuple[Text, tuple[Row, ...]], ...]:
    """Every text of every table with its rows."""
    return tuple(
        found
        for plan in PLANS
        for path in sorted((HERE / plan).glob("*.yaml"))
        for found in _read(path)
    )


def rows() -> Iterator[Row]:
    """Every row of every table."""
    for _, found in texts():
        yield from found


def _read(path: Path) -> Iterator[tuple[Text, tuple[Row, ...]]]:
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    for written in table["texts"]:
        text = Text(
            policy=written["policy"],
            first=written["in_force"]["first"],
            last=_open(written["in_force"]["last"]),
            asked=written.get("asked", ASKED),
            county=written.get("county"),
            age=written.get("age", {}),
            joined=written.get("joined"),
            table=f"{path.parent.name}/{path.name}",
        )
        if "exclusions" in written:
            yield text, tuple(_exclusion_rows(text, written["exclusions"]))
        else:
            yield text, tuple(_row(text, *one) for one in written["criteria"].items())


def _exclusion_rows(text: Text, written: Mapping[str, Any]) -> Iterator[Row]:
    for exclusion, asks in written.items():
        several = asks.get("criteria") or {
            exclusion: {word: value for word, value in asks.items() if word != "kind"}
        }
        for criterion, options in several.items():
            yield _row(text, criterion, options, exclusion=exclusion, weight=asks["kind"])


def _row(text: Text, criterion: str, options: Mapping[str, Any], **of: Any) -> Row:
    in_force = options.get("in_force", {"first": date.min, "last": "open"})
    kind = next(iter(options))
    return Row(
        text, criterion, kind, options, first=in_force["first"], last=_open(in_force["last"]), **of
    )


def _open(last: date | str) -> date | None:
    return None if isinstance(last, str) else last
