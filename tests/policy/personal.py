"""Cases for the person: age and self-reported race."""

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
class Age:
    """A row that begins with `under` or `at_least`: an age that turns on the birthday."""

    row: Row

    def met(self, day: date) -> Words:
        """A year on the right side of the limit."""
        years = self._limit - 1 if self._under else self._limit + 1
        return {"born": add_months(day, -12 * years)}

    def cases(self) -> Iterator[Case]:
        """The days around the birthday, and birth dates known only in part."""
        row, day = self.row, self.row.asked
        birthday = add_months(day, -12 * self._limit)
        old, young = ("not-met", "met") if self._under else ("met", "not-met")
        limit = self._limit
        for name, born, outcome in (
            (f"turns {limit} on the day asked about", birthday, old),
            (f"turns {limit} the day after", birthday + DAY, young),
            (f"turned {limit} the day before", birthday - DAY, old),
            ("born the day asked about", day, young),
            ("ninety years old", add_months(day, -1080), old),
            ("only the year of birth, which straddles the birthday", birthday.year, "unknown"),
            ("only the year of birth, and long enough ago", birthday.year - 1, old),
            ("only the year of birth, and late enough", birthday.year + 1, young),
            (
                "only the month of birth, which straddles the birthday",
                f"{birthday:%Y-%m}",
                "unknown",
            ),
            ("only the month of birth, the one before", f"{birthday - 31 * DAY:%Y-%m}", old),
        ):
            yield row.case(name, {"born": born}, outcome)
        yield row.case("no birth date", {"born": None}, "unknown", missing="birth-date")

    @property
    def _under(self) -> bool:
        return self.row.kind == "under"

    @property
    def _limit(self) -> int:
        return int(self.row.options[self.row.kind])


@dataclass(frozen=True)
class Race:
    """A row that begins with `races`: self-reported race in a list, by OMB category code."""

    row: Row

    def met(self, _day: date) -> Words:
        """The first of the list."""
        return {"races": [self.row.options["races"][0]]}

    def cases(self) -> Iterator[Case]:
        """Each listed group, the others, several, and none stated."""
        row, listed = self.row, self.row.options["races"]
        for race in ("2054-5", "1002-5", "2076-8", "2106-3", "2028-9", "2131-1"):
            outcome = "met" if race in listed else "not-met"
            yield row.case(f"reports {race}", {"races": [race]}, outcome, evidence=True)
        yield row.case("reports a listed and another race", {"races": ["2106-3", listed[0]]}, "met")
        yield row.case(
            "reports two races, neither listed", {"races": ["2106-3", "2028-9"]}, "not-met"
        )
        yield row.case("reports the same race twice", {"races": [listed[0], listed[0]]}, "met")
        yield row.case("not stated", {}, "unknown", missing="race")
        yield row.case("not stated, and everything complete", {"complete": "everything"}, "unknown")
