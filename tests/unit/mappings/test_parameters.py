"""A determination as FHIR Parameters."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.parameters import Parameters

from eligibility.evaluate import evaluate
from eligibility.facts import Completeness, Issue, MemberFacts
from mappings.inbound.bundle import read_member
from mappings.outbound.parameters import as_parameters

DATA = Path(__file__).parents[2] / "examples" / "data"
DAY = date(2025, 5, 10)


def parameters_of(chart: str) -> dict[str, Any]:
    facts = read_member((DATA / f"{chart}.bundle.json").read_bytes())
    complete = Completeness(source="encounters", first=date(2024, 1, 1), last=DAY)
    determination = evaluate(
        facts, plan="partnership", as_of=DAY, policy_date=DAY, complete=(complete,)
    )
    return as_parameters(determination)


def parts(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
    key = "parameter" if "parameter" in resource else "part"
    return [one for one in resource[key] if one["name"] == name]


@pytest.mark.parametrize(
    "chart", sorted(p.name.split(".")[0] for p in DATA.glob("*.bundle.json"))[::4]
)
def test_the_answer_is_valid_r4(chart: str) -> None:
    """As the nearest published model of R4 sees it; nothing empty, nothing null."""
    resource = parameters_of(chart)
    Parameters.model_validate(resource)
    written = json.dumps(resource)
    for empty in ("null", "[]", "{}", '""'):
        assert empty not in written


def test_the_answer_names_what_was_asked_and_the_nine_populations() -> None:
    """Member, plan and days, then the populations in order."""
    resource = parameters_of("02-undecided-visits")
    head = [one["name"] for one in resource["parameter"]][:6]
    assert head == ["member", "plan", "asOf", "policyDate", "status", "membership"]
    assert parts(resource, "asOf")[0]["valueDate"] == "2025-05-10"
    numbers = [parts(one, "number")[0]["valueInteger"] for one in parts(resource, "population")]
    assert numbers == list(range(1, 10))


def test_a_population_says_its_outcome_and_what_is_missing() -> None:
    """The questions stand with the variant they would decide."""
    second = parts(parameters_of("02-undecided-visits"), "population")[1]
    assert parts(second, "outcome")[0]["valueCode"] == "unknown"
    assert parts(second, "possible")[0]["valueBoolean"] is True
    adult = parts(second, "variant")[0]
    missing = parts(adult, "missing")[0]
    assert parts(missing, "question")[0]["valueString"].endswith("?")
    assert parts(missing, "reference")[0]["valueReference"]["reference"].startswith("Encounter/")


@pytest.mark.parametrize("severity", ("error", "warning", "information"))
def test_an_issue_is_an_operation_outcome(severity: Any) -> None:
    """With the element it is about."""
    issue = Issue(
        severity=severity, code="unreadable", details="A date that is none.",
        resource="Encounter/e1", expression="Encounter.period.start",
    )  # fmt: skip
    facts = MemberFacts(member="Patient/p1", issues=(issue,))
    told = parts(as_parameters(evaluate(facts, as_of=DAY)), "issue")
    for one in told:
        OperationOutcome.model_validate(one["resource"])
    issues = [one["resource"]["issue"][0] for one in told]
    found = next(one for one in issues if one.get("diagnostics") == "Encounter/e1")
    assert found["severity"] == severity
    assert found["expression"] == ["Encounter.period.start"]
