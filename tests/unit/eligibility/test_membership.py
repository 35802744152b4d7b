"""Membership in words: why, by which Coverage, and what to verify."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.dates import Days, Span
from eligibility.evaluate import evaluate
from eligibility.facts import CoverageSpan, MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.membership import membership, plan_on
from eligibility.registry import registry
from tests.policy.shorthand import facts

AS_OF = date(2025, 2, 15)


def found(*coverage: str, plan: str = "partnership") -> Any:
    return membership(facts({"coverage": coverage}, AS_OF), plan, AS_OF, registry())


def payor(*payors: str, **more: Any) -> MemberFacts:
    traits = {"type": "managed-care", "active": True, "span": None, **more}
    coverage = CoverageSpan(payors=payors, ref="Coverage/k1", **traits)
    return MemberFacts(member="Patient/p1", coverages=(coverage,))


def test_the_coverage_that_decides_is_shown():
    result, issue = found("anthem 2020-01-01..2023-12-31", "partnership 2024-01-01..")
    assert result.outcome is MET
    assert [one.reference for one in result.evidence] == ["Coverage/k2"]
    assert issue is None


def test_a_no_shows_every_coverage_there_is():
    result, issue = found("anthem 2020-01-01..", "fee-for-service 2024-01-01..")
    assert result.outcome is NOT_MET
    assert [one.reference for one in result.evidence] == ["Coverage/k1", "Coverage/k2"]
    assert "fee-for-service or with somebody else" in result.reason
    assert issue is None


@pytest.mark.parametrize(
    ("coverage", "reason"),
    (
        ((), "No Coverage was given."),
        (("partnership", "anthem 2024-01-01.."), "states no period"),
        (("partnership 2024-01-01..2025-02",), "not certain"),
        (("medicaid 2024-01-01..",), "not a plan"),
    ),
)
def test_an_unknown_says_why_and_what_to_verify(coverage, reason):
    result, issue = found(*coverage)
    assert result.outcome is UNKNOWN
    assert reason in result.reason
    assert issue is not None
    assert (issue.code, issue.severity) == ("verify-membership", "warning")
    assert issue.details.endswith("Verify with the plan that the member is enrolled.")


@pytest.mark.parametrize(
    "name",
    (
        "Partnership HealthPlan of California",
        "PARTNERSHIP HEALTHPLAN OF CALIFORNIA",
        "Partnership Health-Plan of California",
        "https://example.org/ecm/sid/plan|partnership",
    ),
)
def test_a_payor_is_known_by_its_whole_name_or_an_identifier(name):
    result, _ = membership(payor(name), "partnership", AS_OF, registry())
    assert result.outcome is MET


@pytest.mark.parametrize("name", ("Partnership", "Anthem", "Partnership HealthPlan of Nevada"))
def test_a_part_of_a_name_is_nobodys(name):
    result, _ = membership(payor(name), "partnership", AS_OF, registry())
    assert result.outcome is NOT_MET


def test_an_identifier_goes_before_a_name():
    given = payor("Anthem Blue Cross", "https://example.org/ecm/sid/plan|partnership")
    assert plan_on(given, AS_OF, registry()) == "partnership"


def test_of_two_plans_the_one_that_began_last_answers():
    two = facts({"coverage": ["anthem 2020-01-01..", "partnership 2025-01-01.."]}, AS_OF)
    assert plan_on(two, AS_OF, registry()) == "partnership"


def test_a_plan_whose_days_are_certain_goes_before_one_that_may_have_ended():
    two = facts({"coverage": ["anthem 2025-01-15..2025-02", "partnership 2020-01-01.."]}, AS_OF)
    assert plan_on(two, AS_OF, registry()) == "partnership"


def test_a_cancelled_coverage_names_no_plan():
    gone = facts({"coverage": ["anthem 2020-01-01.. cancelled"]}, AS_OF)
    assert plan_on(gone, AS_OF, registry()) == "dhcs"


def test_an_aid_code_on_a_cancelled_coverage_says_nothing():
    gone = facts({"coverage": ["fee-for-service 2024-01-01.. aid:4K cancelled"]}, AS_OF)
    found = evaluate(gone, plan="partnership", as_of=AS_OF)
    assert next(one for one in found.populations if one.id == "child-welfare").outcome is UNKNOWN


def test_a_period_that_begins_in_a_month_not_over_may_not_have_begun():
    month = Days(date(2025, 2, 1), date(2025, 2, 28))
    given = payor("Partnership HealthPlan of California", span=Span(month))
    result, _ = membership(given, "partnership", AS_OF, registry())
    assert result.outcome is UNKNOWN
