"""Cases for what a person answers: yes or no, a score, a day ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """A row that begins with `question`: a yes or no, and what codes can do beside it."""

    row: Row

    def met(self, _day: date) -> Words:
        """Answered yes."""
        if self.row.options["question"] is None:
            return {"coded": [self.row.options["coded"][0]]}
        return self._answer(True)

    def cases(self) -> Iterator[Case]:
        """Every way to answer, and not to answer, a question."""
        if self.row.options["question"] is not None:
            yield from self._answers()
        yield from coded(self.row, self._answer)
        yield from absent(self.row)

    def _answer(self, *given: Any) -> Words:
        return {"answers": {self.row.options["question"]: list(given)}}

    def _answers(self) -> Iterator[Case]:
        row, day = self.row, self.row.asked
        asked = row.options["question"]
        before, after = day - 40 * DAY, day + DAY
        yield row.case("answered yes", self._answer(f"yes on {before}"), "met", evidence=True)
        yield row.case("answered no", self._answer(f"no on {before}"), "not-met", evidence=True)
        yield row.case("answered yes on the day asked about", self._answer(f"yes on {day}"), "met")
        yield row.case(
            "answered yes the day after, which nobody knows yet",
            self._answer(f"yes on {after}"),
            "unknown",
            missing=asked,
        )
        yield row.case("not answered", {}, "unknown", missing=asked)
        yield row.case(
            "answered unknown or declined", self._answer("declined"), "unknown", missing=asked
        )
        yield row.case("the same yes twice on one day", self._answer(True, True), "met")
        yield row.case(
            "yes and no on one day", self._answer(True, False), "unknown", issue="contradiction"
        )
        yield row.case(
            "a later no outweighs a yes", self._answer(f"yes on {before}", False), "not-met"
        )
        yield row.case("a later yes outweighs a no", self._answer(f"no on {before}", True), "met")
        yield row.case(
            "declined after a yes", self._answer(f"yes on {before}", "declined"), "unknown"
        )
        yield row.case("answered yes, nobody knows when", self._answer("yes on undated"), "met")


@dataclass(frozen=True)
class Score:
    """A row that begins with `score`: a number answered that must reach `at_least`."""

    row: Row

    def met(self, _day: date) -> Words:
        """Answered with the threshold itself."""
        return self._answer(self.row.options["at_least"])

    def cases(self) -> Iterator[Case]:
        """On, below and above the threshold, and every way not to answer."""
        row, day = self.row, self.row.asked
        asked, threshold = row.options["score"], row.options["at_least"]
        yield row.case(f"answered {threshold}", self._answer(threshold), "met", evidence=True)
        yield row.case(f"answered {threshold - 1}", self._answer(threshold - 1), "not-met")
        yield row.case(f"answered {threshold + 1}", self._answer(threshold + 1), "met")
        yield row.case("answered 0", self._answer(0), "not-met")
        yield row.case(
            "answered the day after, which nobody knows yet",
            self._answer(f"{threshold} on {day + DAY}"),
            "unknown",
            missing=asked,
        )
        yield row.case("not answered", {}, "unknown", missing=asked)
        yield row.case("declined", self._answer("declined"), "unknown", missing=asked)
        yield row.case(
            "answered yes, which is no number", self._answer(True), "unknown", missing=asked
        )
        yield row.case("the same number twice", self._answer(threshold, threshold), "met")
        yield row.case(
            "two numbers on one day",
            self._answer(threshold, threshold - 1),
            "unknown",
            issue="contradiction",
        )
        yield row.case(
            "a later lower number outweighs",
            self._answer(f"{threshold} on {day - 40 * DAY}", threshold - 1),
            "not-met",
        )
        yield from coded(self.row, lambda said: self._answer(threshold if said else 0))
        yield from absent(self.row)

    def _answer(self, *given: Any) -> Words:
        return {"answers": {self.row.options["score"]: list(given)}}


@dataclass(frozen=True)
class DayAhead:
    """A row that begins with `day_ahead`: a date answered, at most `days` after the day."""

    row: Row

    def met(self, day: date) -> Words:
        """A week ahead."""
        return self._answer(day + 7 * DAY)

    def cases(self) -> Iterator[Case]:
        """The days around both ends of the window ahead."""
        row, day, days = self.row, self.row.asked, self.row.options["days"]
        asked = row.options["day_ahead"]
        yield row.case(f"{days} days ahead", self._answer(day + days * DAY), "met", evidence=True)
        yield row.case(f"{days - 1} days ahead", self._answer(day + (days - 1) * DAY), "met")
        yield row.case(f"{days + 1} days ahead", self._answer(day + (days + 1) * DAY), "not-met")
        yield row.case("on the day asked about", self._answer(day), "met")
        yield row.case(
            "the day before: it has passed and may not have come",
            self._answer(day - DAY),
            "unknown",
            missing=asked,
        )
        straddling = f"{day + days * DAY:%Y-%m}"
        yield row.case(
            "a month that only begins inside the window", self._answer(straddling), "unknown"
        )
        yield row.case("not answered", {}, "unknown", missing=asked)
        yield row.case("declined", self._answer("declined"), "unknown", missing=asked)
        yield row.case(
            "answered the day after, which nobody knows yet",
            self._answer(f"{day + 7 * DAY} on {day + DAY}"),
            "unknown",
        )
        yield row.case(
            "the same day given twice", self._answer(day + 7 * DAY, day + 7 * DAY), "met"
        )
        yield row.case(
            "two days given at once",
            self._answer(day + 7 * DAY, day + 8 * DAY),
            "unknown",
            issue="contradiction",
        )
        yield from absent(self.row)

    def _answer(self, *given: Any) -> Words:
        return {"answers": {self.row.options["day_ahead"]: list(given)}}


def coded(row: Row, answer: Any) -> Iterator[Case]:
    """What codes can do: those `coded` meet the criterion, those `suggested_by` only show."""
    day = row.asked
    for concept in row.options.get("coded", ()):
        yield row.case(
            f"a current condition of {concept}", {"coded": [f"{concept} {day - 40 * DAY}"]}, "met"
        )
        yield row.case(
            f"screened positive: {concept}",
            {"screened": [f"00000-0 {concept} {day - DAY}"]},
            "met",
            evidence=True,
        )
    for concept in row.options.get("suggested_by", ()):
        yield row.case(
            f"{concept} is coded, which only suggests it",
            {"coded": [concept]},
            "unknown",
            evidence=True,
            flags=("review",) if row.options.get("review") else (),
        )
    for concept in row.options.get("coded", ())[:1]:
        yield from _condition_days(row, concept)
        if next(iter(row.options.values())) is not None:
            yield row.case(
                "an answer outweighs a code", {"coded": [concept], **answer(False)}, "not-met"
            )


def _condition_days(row: Row, concept: str) -> Iterator[Case]:
    day = row.asked
    began = day - 40 * DAY
    yield row.case("recorded on the day", {"coded": [f"{concept} recorded:{day}"]}, "met")
    yield row.case(
        "recorded the day after", {"coded": [f"{concept} recorded:{day + DAY}"]}, "unknown"
    )
    yield row.case("it ended on the day", {"coded": [f"{concept} {began}..{day}"]}, "met")
    yield row.case(
        "it ended the day before", {"coded": [f"{concept} {began}..{day - DAY}"]}, "unknown"
    )
    yield row.case("no longer active", {"coded": [f"{concept} inactive"]}, "unknown")
    yield row.case("recorded twice", {"coded": [concept, concept]}, "met")
    yield row.case("coded, nobody knows since when", {"coded": [concept]}, "met")


def absent(row: Row) -> Iterator[Case]:
    """Whether a complete source makes silence a no: only the one the row names, if it names one."""
    day = row.asked
    source = row.options.get("absent_from")
    if source is None:
        yield row.case(
            "every source complete, and no answer", {"complete": "everything"}, "unknown"
        )
        return
    ever = day - 400 * DAY
    yield row.case(
        f"{source} complete, and nothing there", {"complete": {source: f"{ever}..{day}"}}, "not-met"
    )
    yield row.case(
        f"{source} complete only to the day before",
        {"complete": {source: f"{ever}..{day - DAY}"}},
        "unknown",
    )
    yield row.case(
        f"{source} declared complete, but one was unreadable",
        {"complete": {source: f"{ever}..{day}"}, "incomplete": [source]},
        "unknown",
        issue="not-complete",
    )
    others = {"encounters", "conditions", "programs", "screenings"} - {source}
    yield row.case(
        "every other source complete",
        {"complete": dict.fromkeys(sorted(others), f"{ever}..{day}")},
        "unknown",
    )
