"""Cases for pregnancy and the months after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from eligibility.dates import add_months
from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Pregnant:
    """A row that begins with `pregnant_within_months`: records older than that no longer speak."""

    row: Row

    def met(self, _day: date) -> Words:
        """Answered yes."""
        return {"answers": {"pregnant": True}}

    def cases(self) -> Iterator[Case]:
        """By condition, by observation, by answer, and never past an end."""
        row, day = self.row, self.row.asked
        since = add_months(day, -int(row.options["pregnant_within_months"]))
        seen = "pregnant-observed"
        complete = {"complete": {"conditions": f"{since}..{day}"}}
        short = {"complete": {"conditions": f"{since + DAY}..{day}"}}
        no = {"answers": {"pregnant": False}}
        for name, words, outcome in (
            ("recorded on the first day that counts", {"coded": [f"pregnancy {since}"]}, "met"),
            ("recorded the day before it", {"coded": [f"pregnancy {since - DAY}"]}, "unknown"),
            (
                "recorded too long ago, conditions complete",
                {"coded": [f"pregnancy {since - DAY}"], **complete},
                "not-met",
            ),
            ("recorded on the day asked about", {"coded": [f"pregnancy {day}"]}, "met"),
            ("recorded the day after", {"coded": [f"pregnancy {day + DAY}"]}, "unknown"),
            ("recorded twice", {"coded": [f"pregnancy {day}", f"pregnancy {day}"]}, "met"),
            ("recorded, nobody knows when", {"coded": ["pregnancy"]}, "unknown"),
            (
                "in a month that may be too early",
                {"coded": [f"pregnancy {since:%Y-%m}"]},
                "unknown",
            ),
            ("abated the day before", {"coded": [f"pregnancy {since}..{day - DAY}"]}, "unknown"),
            (
                "delivered since",
                {"coded": [f"pregnancy {since}", f"delivery {day - DAY}"]},
                "unknown",
            ),
            (
                "observed on the first day that counts",
                {"answers": {seen: f"yes on {since}"}},
                "met",
            ),
            ("observed the day before it", {"answers": {seen: f"yes on {since - DAY}"}}, "unknown"),
            ("answered yes", self.met(day), "met"),
            ("answered no", no, "not-met"),
            ("answered no, though coded", {"coded": [f"pregnancy {day}"], **no}, "not-met"),
            ("answered tomorrow", {"answers": {"pregnant": f"yes on {day + DAY}"}}, "unknown"),
            ("declined", {"answers": {"pregnant": "declined"}}, "unknown"),
            ("nothing known", {}, "unknown"),
            ("conditions complete, and none", complete, "not-met"),
            ("conditions complete but for the first day", short, "unknown"),
        ):
            yield row.case(name, words, outcome)
        both = {"answers": {"pregnant": [True, False]}}
        yield row.case("yes and no on one day", both, "unknown", issue="contradiction")


@dataclass(frozen=True)
class Postpartum:
    """A row that begins with `ended_within_months`: a pregnancy ended so lately."""

    row: Row

    def met(self, day: date) -> Words:
        """Delivered a month ago."""
        return {"coded": [f"delivery {day - 30 * DAY}"]}

    def cases(self) -> Iterator[Case]:
        """By delivery, loss, abatement and answer."""
        row, day = self.row, self.row.asked
        since = add_months(day, -int(row.options["ended_within_months"]))
        asked = "pregnancy-end-date"
        complete = {"complete": {"conditions": f"{since}..{day}"}}
        short = {"complete": {"conditions": f"{since + DAY}..{day}"}}
        early = f"delivery {since - DAY}"
        for name, words, outcome in (
            ("delivered on the first day that counts", {"coded": [f"delivery {since}"]}, "met"),
            ("delivered the day before it", {"coded": [early]}, "unknown"),
            (
                "delivered the day before it, conditions complete",
                {"coded": [early], **complete},
                "not-met",
            ),
            ("delivered on the day asked about", {"coded": [f"delivery {day}"]}, "met"),
            ("delivered the day after", {"coded": [f"delivery {day + DAY}"]}, "unknown"),
            ("delivered, by procedure", {"coded": [f"delivery {day} procedure"]}, "met"),
            (
                "one delivery recorded twice",
                {"coded": [f"delivery {day}", f"delivery {day}"]},
                "met",
            ),
            ("in a month that may be too early", {"coded": [f"delivery {since:%Y-%m}"]}, "unknown"),
            ("a pregnancy that abated", {"coded": [f"pregnancy ..{since}"]}, "met"),
            ("answered: the first day that counts", {"answers": {asked: since}}, "met"),
            ("answered: the day before it", {"answers": {asked: since - DAY}}, "not-met"),
            ("answered: tomorrow", {"answers": {asked: day + DAY}}, "unknown"),
            ("declined", {"answers": {asked: "declined"}}, "unknown"),
            ("answered only tomorrow", {"answers": {asked: f"{day} on {day + DAY}"}}, "unknown"),
            ("nothing known", {}, "unknown"),
            ("conditions complete, and none", complete, "not-met"),
            ("conditions complete but for the first day", short, "unknown"),
        ):
            yield row.case(name, words, outcome)
        two = {"answers": {asked: [day, day - DAY]}}
        yield row.case("two days given at once", two, "unknown", issue="contradiction")
        lost = {"coded": [f"pregnancy-loss {day - 30 * DAY}"]}
        yield row.case(
            "lost, which a person reviews and no answer shows",
            lost,
            "met",
            flags=("review",),
            evidence=False,
        )
