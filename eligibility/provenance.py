"""Where what a policy says comes from: documents, sources, interpretations, and dated values.

No number stands without the passage it comes from and the days it holds; no value is ever used
outside them.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from eligibility.errors import NoValueInForce


class Document(Struct, frozen=True, kw_only=True):
    """A text that policies cite."""

    key: str
    title: str
    publisher: str
    #: The day it speaks for, as the document states it (`2024-11-13`, `April 2021`, `undated`).
    date: str
    #: `provisional`: known by extract or through another text, not held as issued.
    status: Literal["primary", "provisional"]
    url: str | None = None
    note: str | None = None


class Source(Struct, frozen=True, kw_only=True):
    """Where a rule or a number stands."""

    #: Key of a `Document`.
    document: str
    section: str
    #: The document is provisional, or the file says that this passage is.
    provisional: bool = False


class Interpretation(Struct, frozen=True, kw_only=True):
    """A reading chosen where a text leaves room. Ours until a policy owner says otherwise."""

    id: str
    question: str
    choice: str
    alternatives: tuple[str, ...] = ()
    #: What it changes for members.
    effect: str
    #: What supports the choice, where anything does.
    source: Source | None = None


class Value(Struct, frozen=True, kw_only=True):
    """A parameter's value from `first` to `last`, both included."""

    value: int | str | tuple[str, ...]
    first: date
    #: None: open, in force until superseded.
    last: date | None
    source: Source

    def covers(self, day: date) -> bool:
        """Whether the value holds on `day`."""
        return self.first <= day and (self.last is None or day <= self.last)


class Parameter(Struct, frozen=True, kw_only=True):
    """A number, word or list of codes of a policy, with every value it has had."""

    name: str
    #: What is counted: `visits`, `months`, `days`, `years`, …
    unit: str
    #: By first day; they never overlap.
    values: tuple[Value, ...]

    def on(self, day: date) -> Value:
        """The value in force on `day`.

        Raises:
            NoValueInForce: no value covers the day; a value is never used outside its dates.
        """
        for value in self.values:
            if value.covers(day):
                return value
        raise NoValueInForce(self.name, day)


class Ref(Struct, frozen=True):
    """An option given as `$name`: the value, on the policy date, of that parameter."""

    name: str
