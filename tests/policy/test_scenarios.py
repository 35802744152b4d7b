"""Members and days that a table of criteria cannot say, one sentence each (`scenarios/*.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import pytest
import yaml

from tests.policy.expectations import differences
from tests.policy.harness import determine
from tests.policy.rows import ASKED, HERE

FILES = sorted((HERE / "scenarios").glob("*.yaml"))


class Scenario(NamedTuple):
    """One member, one plan, one day, and what must be said."""

    case: str
    plan: str | None
    asked: date
    member: Mapping[str, Any]
    expect: Mapping[str, Any]
    policy_date: date | None


def read(written: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios an entry stands for: one per plan and, with `days`, one per day."""
    assert set(written) <= {"case", "plan", "asked", "member", "expect", "days", "policy_date"}
    given = written.get("plan")
    days = written.get("days") or {written.get("asked", ASKED): written["expect"]}
    for plan in given if isinstance(given, list) else [given]:
        for day, expected in days.items():
            name = f"{written['case']} ({plan or 'no plan named'}, {day})"
            member = written.get("member", {})
            yield Scenario(name, plan, day, member, expected, written.get("policy_date"))


SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario.case}")
    for path in FILES
    for written in yaml.safe_load(path.read_text(encoding="utf-8"))["scenarios"]
    for scenario in read(written)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_whole_answer_is_what_the_scenario_expects(scenario: Scenario) -> None:
    """Everything the scenario says of the answer is so."""
    more = {"policy_date": scenario.policy_date} if scenario.policy_date else {}
    answer = determine(scenario.member, scenario.plan, scenario.asked, **more)
    found = list(differences(answer, scenario.expect))
    if found:
        pytest.fail("\n".join((*found, f"facts: {scenario.member}")), pytrace=False)
