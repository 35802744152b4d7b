"""Cases for counted visits and stays (`visits`): how many, in which window, and which count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from eligibility.dates import add_months
from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Visits:
    """A row that begins with `visits`: at least so many of some kinds, in a window."""

    row: Row

    def met(self, day: date) -> Words:
        """The threshold, a week apart, the last three days ago."""
        return {"visits": self._weekly(day - 3 * DAY, self._number)}

    def cases(self) -> Iterator[Case]:
        """The count, the window, what is not known, and the same visit seen twice."""
        yield from self._counts()
        yield from self._look_back()
        if self._window < self._months:
            yield from self._sliding()
        yield from self._unknown()
        yield from self._same()
        yield from self._attributes()
        if "snf" in self._kinds:
            yield from self._short_term()

    # -- what the row says -------------------------------------------------------------------

    @property
    def _kinds(self) -> Sequence[str]:
        kinds: Sequence[str] = self.row.options["visits"]
        return kinds

    @property
    def _number(self) -> int:
        return int(self.row.options["at_least"])

    @property
    def _months(self) -> int:
        return int(self.row.options["look_back_months"])

    @property
    def _window(self) -> int:
        return int(self.row.options.get("within_months", self._months))

    @property
    def _since(self) -> date:
        return add_months(self.row.asked, -self._months)

    @property
    def _fewer(self) -> str:
        """What some, but too few, come to: a text without a number never says no to them."""
        return "unknown" if self.row.options.get("fewer") == "unknown" else "not-met"

    # -- the words of a visit ----------------------------------------------------------------

    def _visit(self, on: object, kind: str | None = None, without: str = "", but: str = "") -> str:
        """A visit that counts, except for what it lacks (`without`) or has instead (`but`)."""
        kind = kind or self._kinds[0]
        words = [word for word in self._traits(kind) if word != without]
        when = f"{on}..{on + 2 * DAY}" if kind != "emergency" and isinstance(on, date) else f"{on}"
        return " ".join([kind, when, *words, but])

    def _traits(self, kind: str) -> list[str]:
        options = self.row.options
        return [
            *(["avoidable"] if options.get("avoidable") else []),
            *(["unplanned"] if options.get("unplanned") and kind == "hospital" else []),
            *(["behavioral"] if options.get("behavioral") else []),
        ]

    def _weekly(self, last: date, number: int) -> list[str]:
        return [self._visit(last - WEEK * back) for back in reversed(range(number))]

    def _said(self, name: str, visits: list[str], outcome: str, **more: Any) -> Case:
        """A case with every encounter of the look-back declared."""
        declared = {"encounters": f"{self._since}..{self.row.asked}"}
        return self.row.case(name, {"visits": visits, "complete": declared}, outcome, **more)

    # -- the cases ---------------------------------------------------------------------------

    def _counts(self) -> Iterator[Case]:
        number, last = self._number, self.row.asked - 3 * DAY
        flags = tuple(self.row.options.get("flags", ()))
        yield self._said(
            f"{number} of them", self._weekly(last, number), "met", evidence=True, flags=flags
        )
        yield self._said(f"{number - 1} of them", self._weekly(last, number - 1), self._fewer)
        yield self._said(f"{number + 1} of them", self._weekly(last, number + 1), "met")
        yield self._said("none", [], "not-met")
        for kind in self._kinds[1:]:
            mixed = [*self._weekly(last, number - 1), self._visit(last - 60 * DAY, kind)]
            yield self._said(f"{number - 1} of one kind and one {kind}, added up", mixed, "met")

    def _look_back(self) -> Iterator[Case]:
        number, since, day = self._number, self._since, self.row.asked
        later = [self._visit(since + WEEK * (1 + index)) for index in range(number - 1)]
        yield self._said(
            "the first of them on the first day of the look-back",
            [self._visit(since), *later],
            "met",
        )
        yield self._said(
            "the first of them the day before the look-back",
            [self._visit(since - DAY), *later],
            self._fewer,
            flags=("outside-look-back",),
        )
        if self._window == self._months:
            apart = [self._visit(since), *self._weekly(day, number - 1)]
            yield self._said(
                "the first of them on the first day, the last on the day asked about", apart, "met"
            )
        before = self._weekly(day - WEEK, number - 1)
        yield self._said(
            "the last of them on the day asked about", [*before, self._visit(day)], "met"
        )
        yield self._said(
            "the last of them the day after", [*before, self._visit(day + DAY)], self._fewer
        )

    def _sliding(self) -> Iterator[Case]:
        number = self._number
        first = self._since + 40 * DAY
        last = add_months(first, self._window)
        between = [self._visit(first + WEEK * index) for index in range(number - 1)]
        yield self._said(
            f"first and last {self._window} months apart", [*between, self._visit(last)], "met"
        )
        yield self._said(
            f"first and last {self._window} months and a day apart",
            [*between, self._visit(last + DAY)],
            self._fewer,
        )

    def _unknown(self) -> Iterator[Case]:
        row, number, since, day = self.row, self._number, self._since, self.row.asked
        fewer = self._weekly(day - 3 * DAY, number - 1)
        kinds = "-or-".join(self._kinds)
        yield row.case("nothing known", {}, "unknown", missing=kinds)
        yield row.case(
            f"{number - 1} of them, and encounters not declared complete",
            {"visits": fewer},
            "unknown",
            missing=kinds,
        )
        yield row.case(
            "complete but for the first day of the look-back",
            {"visits": [], "complete": {"encounters": f"{since + DAY}..{day}"}},
            "unknown",
        )
        yield row.case(
            "complete but for the day asked about",
            {"visits": [], "complete": {"encounters": f"{since}..{day - DAY}"}},
            "unknown",
        )
        yield row.case(
            "declared complete, but one encounter was unreadable",
            {"complete": {"encounters": f"{since}..{day}"}, "incomplete": ["encounters"]},
            "unknown",
            issue="not-complete",
        )
        yield row.case("enough of them need no completeness", self.met(day), "met")
        yield self._said(
            "one of them on an unknown day",
            [*fewer, self._visit("")],
            "unknown",
            missing="encounter-date",
        )
        month = [self._visit(since + 20 * DAY + WEEK * index) for index in range(number - 1)]
        yield self._said(
            "one of them in a month that straddles the look-back",
            [*month, self._visit(f"{since:%Y-%m}")],
            "unknown",
        )

    def _same(self) -> Iterator[Case]:
        number, last = self._number, self.row.asked - 3 * DAY
        fewer = self._weekly(last, number - 1)
        yield self._said("one of them recorded twice", [*fewer, fewer[-1]], self._fewer)
        if self._kinds[0] == "emergency" and "hospital" not in self._kinds:
            stay = f"hospital {last}..{last + DAY} unplanned of:ed"
            became = [*fewer, self._visit(last, but="as:ed"), stay]
            yield self._said("one of them became a stay", became, self._fewer)
        if "hospital" in self._kinds:
            watched = [*fewer, f"observation {last - 60 * DAY}..{last - 59 * DAY}"]
            yield self._said(
                "one of them only under observation",
                watched,
                self._fewer,
                flags=("observation-stay",),
            )

    def _attributes(self) -> Iterator[Case]:
        words = {
            "avoidable": ("unavoidable", "avoidable-encounter"),
            "unplanned": ("planned", "admission-type"),
            "behavioral": ("other-cause", "principal-diagnosis"),
        }
        last = self.row.asked - 3 * DAY
        fewer = self._weekly(last - WEEK, self._number - 1)
        for trait in self._traits(self._kinds[0]):
            opposite, asked = words[trait]
            silent = self._visit(last, without=trait)
            yield self._said(
                f"one of them not known to be {trait}", [*fewer, silent], "unknown", missing=asked
            )
            yield self._said(
                f"one of them {opposite}",
                [*fewer, self._visit(last, without=trait, but=opposite)],
                self._fewer,
            )
        if self.row.options.get("avoidable"):
            silent_ones = [
                self._visit(last - WEEK * i, without="avoidable") for i in range(self._number)
            ]
            blanket = {"answers": {"avoidable-encounter": True}, "visits": silent_ones}
            yield self.row.case("all of them said to be avoidable at once", blanket, "met")

    def _short_term(self) -> Iterator[Case]:
        days, last = self.row.options["short_term_days"], self.row.asked - 20 * DAY
        fewer = self._weekly(self.row.asked - 9 * DAY, self._number - 1)
        words = " ".join(self._traits("snf"))
        for length, outcome in ((days, "met"), (days + 1, self._fewer)):
            stay = f"snf {last - length * DAY}..{last} {words}"
            yield self._said(f"a nursing facility stay of {length} days", [*fewer, stay], outcome)
