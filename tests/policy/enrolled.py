"""Cases for programmes (`programme`): enrolled in one now, or within some months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from eligibility.dates import add_months
from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)
EVER = timedelta(days=800)


@dataclass(frozen=True)
class Programme:
    """A row that begins with `programme`: enrolled in one of them now, or within some months."""

    row: Row

    def met(self, day: date) -> Words:
        """Enrolled since long before, and still."""
        return {"enrolled": [self._enrolled(f"{day - 200 * DAY}..")]}

    def cases(self) -> Iterator[Case]:
        """The days around both ends of an enrolment, what is unknown, and what is no enrolment."""
        yield from self._days()
        yield from self._absent()
        yield from self._other_signs()
        if self.row.options.get("state"):
            yield from self._states()

    @property
    def _programmes(self) -> Sequence[str]:
        given = self.row.options["programme"]
        return [given] if isinstance(given, str) else given

    @property
    def _counts(self) -> str:
        """What being enrolled is worth."""
        return str(self.row.options.get("counts_as", "met"))

    @property
    def _since(self) -> date:
        return add_months(self.row.asked, -int(self.row.options.get("within_months", 0)))

    def _enrolled(self, span: str, programme: str | None = None) -> str:
        state = self.row.options.get("state")
        return f"{programme or self._programmes[0]} {span}" + (f" in:{state}" if state else "")

    def _said(self, name: str, *spans: str, outcome: str, **more: Any) -> Case:
        words = {"enrolled": [self._enrolled(span) for span in spans]}
        return self.row.case(name, words, outcome, **more)

    def _days(self) -> Iterator[Case]:
        day, since, counts = self.row.asked, self._since, self._counts
        began = since - 200 * DAY
        yield self._said("enrolled and still in it", f"{began}..", outcome=counts, evidence=True)
        yield self._said("enrolled, nobody knows since when", "", outcome=counts)
        yield self._said("from the day asked about", f"{day}..", outcome=counts)
        yield self._said("from the day after", f"{day + DAY}..", outcome="unknown")
        yield self._said("until the day asked about", f"{began}..{day}", outcome=counts)
        yield self._said("ended on the first day that counts", f"{began}..{since}", outcome=counts)
        yield self._said(
            "ended the day before the first day that counts",
            f"{began}..{since - DAY}",
            outcome="not-met",
        )
        yield self._said("ended, nobody knows when", f"{began}.. ended", outcome="unknown")
        month = f"{began}..{since:%Y-%m}"
        yield self._said("ended in a month that may be too early", month, outcome="unknown")
        yield self._said("recorded twice", f"{began}..", f"{began}..", outcome=counts)
        yield self._said(
            "ended once and enrolled again", f"{began}..{began + DAY}", f"{day}..", outcome=counts
        )

    def _absent(self) -> Iterator[Case]:
        row, day, since = self.row, self.row.asked, self._since
        asked = self._programmes[0]
        yield row.case("no enrolment known", {}, "unknown", missing=asked)
        for name, declared, outcome in (
            ("programs complete, and not in it", f"{since}..{day}", "not-met"),
            ("programs complete only to the day before", f"{since}..{day - DAY}", "unknown"),
            ("programs complete only from the day after", f"{since + DAY}..{day}", "unknown"),
        ):
            yield row.case(name, {"complete": {"programs": declared}}, outcome)
        yield row.case(
            "declared complete, but one was unreadable",
            {"complete": {"programs": f"{since}..{day}"}, "incomplete": ["programs"]},
            "unknown",
            issue="not-complete",
        )
        yield row.case(
            "on the waiting list, which is no enrolment",
            {"enrolled": [f"{asked}-waitlist {day - EVER}.."]},
            "unknown",
        )

    def _other_signs(self) -> Iterator[Case]:
        row, day = self.row, self.row.asked
        for programme in self._programmes[1:]:
            words = {"enrolled": [self._enrolled(f"{day - EVER}..", programme)]}
            yield row.case(f"enrolled in {programme}", words, self._counts)
        for code in row.options.get("aid_codes", ()):
            covered = {"coverage": [f"fee-for-service {day - EVER}.. aid:{code}"]}
            yield row.case(f"aid code {code}", covered, self._counts)
        months = row.options.get("suggested_within_months")
        for concept in row.options.get("suggested_by", ()):
            yield row.case(
                f"{concept} is coded, which only suggests it",
                {"coded": [f"{concept} {day - 40 * DAY} procedure"]},
                "unknown",
                evidence=True,
            )
            if months is not None:
                first = add_months(day, -months)
                for on, shown in ((first, True), (first - DAY, False)):
                    words = {"coded": [f"{concept} {on} procedure"]}
                    name = f"{concept} coded {'' if shown else 'more than '}{months} months ago"
                    yield row.case(name, words, "unknown", evidence=shown)

    def _states(self) -> Iterator[Case]:
        row, span = self.row, f"{self.row.asked - EVER}.."
        programme = self._programmes[0]
        yield row.case(
            "run by another state", {"enrolled": [f"{programme} {span} in:NV"]}, "unknown"
        )
        yield row.case(
            "run by a state nobody wrote down", {"enrolled": [f"{programme} {span}"]}, "unknown"
        )
