"""Payors by name and identifier, aid codes by day, questions by code."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.registry import question, registry

SYSTEM = "https://example.org/ecm/sid/plan"


@pytest.mark.parametrize(
    "payor",
    (
        "Partnership HealthPlan of California",
        "PARTNERSHIP HEALTHPLAN OF CALIFORNIA",
        "Partnership Health-Plan  of California.",
        f"{SYSTEM}|partnership",
    ),
)
def test_a_plan_is_known_by_name_whatever_its_case_and_spacing_and_by_identifier(payor):
    plan = registry().plan_of((payor,))
    assert plan is not None
    assert (plan.id, plan.policy) == ("partnership", "partnership")


@pytest.mark.parametrize("payor", ("Anthem", "", "Partnership", "urn:other|partnership"))
def test_a_bare_brand_or_another_system_names_no_plan(payor):
    assert registry().plan_of((payor,)) is None


def test_an_identifier_goes_before_a_name():
    plan = registry().plan_of(("Health Net", f"{SYSTEM}|anthem"))
    assert plan is not None
    assert plan.id == "anthem"


def test_names_of_two_plans_name_none():
    assert registry().plan_of(("Health Net", "Anthem Blue Cross")) is None


def test_a_plan_without_a_policy_of_its_own_is_still_a_plan():
    plan = registry().plan_of(("CalOptima",))
    assert plan is not None
    assert plan.policy is None


def test_the_state_is_fee_for_service_and_no_plan():
    assert registry().is_fee_for_service(("medi-cal",))
    assert registry().plan_of(("Medi-Cal",)) is None
    assert not registry().is_fee_for_service(("Medicaid",))


def test_medicaid_says_medi_cal_but_no_plan():
    assert registry().is_medi_cal(("Medicaid",))
    assert registry().is_medi_cal(("Medi-Cal",))
    assert not registry().is_medi_cal(("Aetna",))


def test_aid_code_4m_stands_for_former_foster_youth_whatever_its_case():
    found = registry().aid_code("4m", date(2022, 1, 1))
    assert found is not None
    assert found.sign == "aged-out-foster-youth"


def test_an_aid_code_says_nothing_before_its_first_day():
    assert registry().aid_code("4M", date(2021, 12, 31)) is None


def test_an_unlisted_aid_code_says_nothing():
    assert registry().aid_code("ZZ", date(2025, 1, 1)) is None


def test_what_would_decide_it_can_be_asked():
    asked = question("complex-need")
    assert asked is not None
    assert asked.question.endswith("?")
    assert asked.who


def test_a_question_about_one_visit_names_its_day():
    asked = question("avoidable-encounter", encounter=True)
    assert asked is not None
    assert "{date}" in asked.question


def test_there_is_no_question_for_an_unknown_code():
    assert question("nonsense") is None
