"""The tests a policy may name, as code: each finds in the facts what one criterion asks.

`compiled` turns a policy's `Test` with the parameter values of one day into a record with a `find`;
equal tests of plan and state compile to the same record, so that one finding serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

import msgspec

from eligibility.context import Context
from eligibility.criteria.person import Age, OtherPopulation, Race
from eligibility.criteria.pregnancy import Postpartum, Pregnant
from eligibility.criteria.programmes import Enrolled, Resident
from eligibility.criteria.release import Released
from eligibility.criteria.stated import DateAhead, Fact, Number
from eligibility.criteria.utilization import Visits
from eligibility.determination import Finding
from eligibility.model import Test
from eligibility.provenance import Parameter, Ref, Value


class Finder(Protocol):
    """A compiled test."""

    def find(self, context: Context) -> Finding:
        """What the facts say of it; pure but for the context's own memory."""


_KINDS: dict[str, type[msgspec.Struct]] = {
    "fact": Fact,
    "number": Number,
    "date_ahead": DateAhead,
    "visits": Visits,
    "enrolled": Enrolled,
    "released": Released,
    "pregnant": Pregnant,
    "postpartum": Postpartum,
    "resident": Resident,
    "race": Race,
    "age": Age,
    "population": OtherPopulation,
}


def compiled(
    test: Test, parameters: Mapping[str, Parameter], day: date
) -> tuple[Finder, tuple[tuple[str, str, Value], ...]]:
    """The finder for `test` with the values in force on `day`, and those values by name and unit.

    Raises:
        NoValueInForce: a parameter of the test has no value on the day.
    """
    options: dict[str, object] = {}
    used: list[tuple[str, str, Value]] = []
    for name, option in test.options.items():
        if isinstance(option, Ref):
            parameter = parameters[option.name]
            value = parameter.on(day)
            used.append((option.name, parameter.unit, value))
            options[name] = value.value
        else:
            options[name] = option
    finder: Finder = msgspec.convert(options, _KINDS[test.kind])  # type: ignore[assignment]  # every kind is a Finder
    return finder, tuple(used)
