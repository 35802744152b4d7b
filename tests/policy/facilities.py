"""Cases for facilities: released from a correctional one, living in a nursing one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from eligibility.dates import add_months
from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)
EVER = timedelta(days=800)


@dataclass(frozen=True)
class Released:
    """A row that begins with `released_within_months`: left a correctional facility, or leaving."""

    row: Row

    def met(self, day: date) -> Words:
        """An episode in a youth facility that ended a month ago: it serves both age groups."""
        return {"enrolled": [f"incarceration-youth {day - 90 * DAY}..{day - 30 * DAY}"]}

    def cases(self) -> Iterator[Case]:
        """The days around the window, by episode and by answer, and what is not known."""
        yield from self._episodes()
        yield from self._answers()
        yield from self._facility()
        yield from self._silence()

    @property
    def _programme(self) -> str:
        return "incarceration-youth" if self._youth else "incarceration-adult"

    @property
    def _youth(self) -> bool:
        return bool(self.row.options["facility"] == "youth")

    @property
    def _since(self) -> date:
        return add_months(self.row.asked, -int(self.row.options["released_within_months"]))

    def _episode(self, name: str, end: object, outcome: str, twice: int = 1, **more: Any) -> Case:
        spans = [f"{self._programme} {self._since - EVER}..{end}"] * twice
        return self.row.case(name, {"enrolled": spans}, outcome, **more)

    def _answered(self, name: str, outcome: str, answers: Words, **more: Any) -> Case:
        facility = {"facility-type": "youth"} if self._youth else {}
        return self.row.case(name, {"answers": {**facility, **answers}}, outcome, **more)

    def _episodes(self) -> Iterator[Case]:
        day, since = self.row.asked, self._since
        yield self._episode("released on the first day that counts", since, "met", evidence=True)
        yield self._episode("released the day before", since - DAY, "not-met")
        yield self._episode("released on the day asked about", day, "met")
        yield self._episode("to be released the day after", day + DAY, "unknown")
        yield self._episode("still inside, as far as is known", "", "unknown", evidence=True)
        yield self._episode(
            "released in a month that may be too early", f"{since:%Y-%m}", "unknown"
        )
        yield self._episode("one release recorded twice", day - DAY, "met", twice=2)

    def _answers(self) -> Iterator[Case]:
        day, since = self.row.asked, self._since
        yield self._answered("answered: released on the first day", "met", {"release-date": since})
        yield self._answered(
            "answered: released the day before", "not-met", {"release-date": since - DAY}
        )
        yield self._answered(
            "answered: to be released tomorrow", "unknown", {"release-date": day + DAY}
        )
        yield self._answered(
            "two release dates given at once",
            "unknown",
            {"release-date": [day - DAY, day - 2 * DAY]},
            issue="contradiction",
        )
        leaving = "transitioning-from-incarceration"
        yield self._answered("answered: leaving now", "met", {leaving: True})
        yield self._answered("answered: not leaving", "unknown", {leaving: False})
        yield self._answered("declined", "unknown", {leaving: "declined"})
        yield self._answered(
            "answered the day after, which nobody knows yet",
            "unknown",
            {leaving: f"yes on {day + DAY}"},
        )

    def _facility(self) -> Iterator[Case]:
        if not self._youth:
            words = {"enrolled": [f"incarceration-youth {self._since - EVER}..{self.row.asked}"]}
            yield self.row.case("released from a youth facility", words, "met")
            return
        row, day = self.row, self.row.asked
        adult = {"enrolled": [f"incarceration-adult {self._since - EVER}..{day}"]}
        yield row.case("released from an adult facility", adult, "unknown", flags=("review",))
        answered = {"answers": {"release-date": day - DAY, "facility-type": "adult"}}
        yield row.case("answered: an adult facility", answered, "unknown", flags=("review",))
        silent = {"answers": {"release-date": day - DAY}}
        yield row.case("nobody said which facility", silent, "unknown", missing="facility-type")

    def _silence(self) -> Iterator[Case]:
        row, day, since = self.row, self.row.asked, self._since
        yield row.case("nothing known", {}, "unknown", missing="release-date")
        for name, declared, outcome in (
            ("programs complete, and no release", f"{since}..{day}", "not-met"),
            ("programs complete but for the first day", f"{since + DAY}..{day}", "unknown"),
        ):
            yield row.case(name, {"complete": {"programs": declared}}, outcome)
        for concept in row.options.get("suggested_by", ()):
            screened = {"screened": [f"93028-9 {concept} {day - DAY}"]}
            yield row.case("screened positive, with no date", screened, "unknown", evidence=True)


@dataclass(frozen=True)
class Resident:
    """A row that begins with `resident`: lives in a nursing facility now."""

    row: Row

    def met(self, _day: date) -> Words:
        """Answered yes."""
        return {"answers": {"nf-resident": True}}

    def cases(self) -> Iterator[Case]:
        """By answer, by programme and by an open stay."""
        row, day = self.row, self.row.asked
        began = day - 60 * DAY
        both = dict.fromkeys(("programs", "encounters"), f"{began}..{day}")
        home = {"answers": {"nf-resident": False}}
        programme = "nursing-facility"
        for name, words, outcome in (
            ("answered yes", self.met(day), "met"),
            ("answered no", home, "not-met"),
            ("declined", {"answers": {"nf-resident": "declined"}}, "unknown"),
            ("answered tomorrow", {"answers": {"nf-resident": f"yes on {day + DAY}"}}, "unknown"),
            ("in the programme from the day", {"enrolled": [f"{programme} {day}.."]}, "met"),
            ("in it from the day after", {"enrolled": [f"{programme} {day + DAY}.."]}, "unknown"),
            ("in it until the day", {"enrolled": [f"{programme} {began}..{day}"]}, "met"),
            (
                "in it until the day before",
                {"enrolled": [f"{programme} {began}..{day - DAY}"]},
                "unknown",
            ),
            ("a stay that is still open", {"visits": [f"snf {began}.."]}, "met"),
            (
                "an open stay recorded twice",
                {"visits": [f"snf {began}..", f"snf {began}.."]},
                "met",
            ),
            ("a stay that ends on the day", {"visits": [f"snf {began}..{day}"]}, "met"),
            (
                "a stay that ended the day before",
                {"visits": [f"snf {began}..{day - DAY}"]},
                "unknown",
            ),
            ("an open stay on an unknown day", {"visits": ["snf"]}, "unknown"),
            ("an open hospital stay", {"visits": [f"hospital {began}.."]}, "unknown"),
            ("an open stay, but answered no", {"visits": [f"snf {began}.."], **home}, "not-met"),
            ("nothing known", {}, "unknown"),
            ("programs and encounters complete", {"complete": both}, "not-met"),
            ("only programs complete", {"complete": {"programs": both["programs"]}}, "unknown"),
            (
                "only encounters complete",
                {"complete": {"encounters": both["encounters"]}},
                "unknown",
            ),
        ):
            yield row.case(name, words, outcome)
