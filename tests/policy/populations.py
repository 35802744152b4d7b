"""Cases for a text that refers to other populations, and what meets each of those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from eligibility.dates import add_months
from tests.policy.rows import Case, Row
from tests.policy.shorthand import Words

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class OtherPopulation:
    """A row that begins with `populations`: one of them is met."""

    row: Row

    def met(self, day: date) -> Words:
        """By serious mental illness, which an adult's facts meet on every day of every text."""
        years = 10 if self.row.text.age.get("under") == 21 else 40
        return {"born": add_months(day, -12 * years), **recipe("smi-sud", day)}

    def cases(self) -> Iterator[Case]:
        """Each population alone, none, some undecided, and two at once."""
        row, day = self.row, self.row.asked
        for population in self._reachable:
            yield row.case(f"{population} is met", self._by(population, day), "met")
        nobody: Words = {"everything_else": False, "races": ["2106-3"]}
        yield row.case("every other population decided, and none met", nobody, "not-met")
        yield row.case("nothing known of any", {}, "unknown", missing=self._reachable[0])
        answers: dict[str, Any] = {"homeless-family": "declined", "in-shelter": True}
        yield row.case(
            "only homelessness undecided",
            {**nobody, "answers": answers},
            "unknown",
            missing="homelessness",
        )
        first, second = self._reachable[:2]
        together = {**self._by(first, day), **self._by(second, day)}
        yield row.case(f"{first} and {second} are met", together, "met")

    @property
    def _reachable(self) -> Sequence[str]:
        """Those a member of the text's age can be in, and whose text is in force."""
        adult_only = ("ltc-at-risk", "nf-transition")
        young = self.row.text.age.get("under") == 21
        return [one for one in self.row.options["populations"] if not (young and one in adult_only)]

    def _by(self, population: str, day: date) -> Words:
        grown = population in ("ltc-at-risk", "nf-transition")
        years = 40 if grown else 10
        return {"born": add_months(day, -12 * years), **recipe(population, day)}


def recipe(population: str, day: date) -> Words:
    """Facts that meet one population by the state's and by Partnership's text.

    A child's, but for the two populations that are adults' alone.
    """
    long_ago = day - 500 * DAY
    served: Words = {
        "enrolled": [f"smhs {long_ago}.."],
        "answers": {"social-factor-food": True, "high-risk-suicide": True},
    }
    found: Mapping[str, Words] = {
        "homelessness": {"answers": {"homeless-family": True, "in-shelter": True}},
        "avoidable-utilization": {
            "visits": [f"emergency {day - WEEK * back} avoidable" for back in range(3)]
        },
        "smi-sud": served,
        "incarceration": {"enrolled": [f"incarceration-youth {long_ago}..{day - DAY}"]},
        "ltc-at-risk": {
            "answers": {
                "nf-resident": False,
                "snf-level-of-care": True,
                "environmental-factor": True,
                "can-reside-in-community": True,
            }
        },
        "nf-transition": {
            "answers": {
                "nf-resident": True,
                "wants-to-leave-facility": True,
                "likely-transition-success": True,
                "can-reside-in-community": True,
            }
        },
        "ccs": {"enrolled": [f"ccs {long_ago}.."], "answers": {"social-factor-food": True}},
        "child-welfare": {"enrolled": [f"foster-care {long_ago}.. in:CA"]},
        "birth-equity": {"answers": {"pregnant": True}, "races": ["2054-5"]},
    }
    return found[population]
