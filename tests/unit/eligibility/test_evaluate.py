"""The whole answer: what is always there, in which order, and by whose text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.determination import Determination, VariantResult
from eligibility.errors import NoPolicyInForce, UnknownPlan
from eligibility.evaluate import evaluate
from eligibility.facts import Issue, MemberFacts
from eligibility.logic import MET, NOT_MET, UNKNOWN
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
PLANS = ("partnership", "anthem", "health-net", "dhcs")
NINE = (
    "homelessness",
    "avoidable-utilization",
    "smi-sud",
    "incarceration",
    "ltc-at-risk",
    "nf-transition",
    "ccs",
    "child-welfare",
    "birth-equity",
)


def answer(
    plan: str | None = "partnership",
    as_of: date = AS_OF,
    policy_date: date | None = None,
    **words: Any,
) -> Determination:
    return evaluate(
        facts(words, as_of),
        plan=plan,
        as_of=as_of,
        policy_date=policy_date,
        complete=completeness(words, as_of),
    )


def variant(determination: Determination, id: str) -> VariantResult:
    population, _, name = id.partition("/")
    return next(
        one
        for result in determination.populations
        if result.id == population
        for one in result.variants
        if one.policy.variant == name
    )


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("as_of", (date(2022, 1, 1), AS_OF, date(2040, 1, 1)))
def test_nine_populations_always_come_in_the_states_order(plan, as_of):
    found = answer(plan, as_of)
    assert [(one.number, one.id) for one in found.populations] == list(enumerate(NINE, start=1))
    assert [one.id for one in found.state] == list(NINE)
    assert [one.id for one in found.overlays] == ["idd"]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("as_of", (date(2022, 1, 1), date(2023, 6, 30), date(2023, 12, 31), AS_OF))
def test_a_population_that_is_not_met_says_why_or_shows_its_criteria(plan, as_of):
    for result in answer(plan, as_of, born="1985-05-01", county="Fresno").populations:
        assert result.variants
        for one in result.variants:
            assert one.reason or one.trace is not None


def test_the_state_is_its_own_floor():
    found = answer("dhcs", born="1985-05-01")
    assert all(ours is theirs for ours, theirs in zip(found.populations, found.state, strict=True))
    assert found.narrower == ()


@pytest.mark.parametrize("plan", ("kaiser", "", "Partnership"))
def test_a_plan_without_policies_is_an_error(plan):
    with pytest.raises(UnknownPlan, match="partnership"):
        answer(plan)


def test_a_day_before_ecm_began_is_an_error():
    with pytest.raises(NoPolicyInForce, match="2021-12-31"):
        answer(as_of=date(2021, 12, 31))


def test_a_policy_date_before_ecm_began_is_an_error_whatever_the_day():
    with pytest.raises(NoPolicyInForce, match="2021-12-31"):
        answer(policy_date=date(2021, 12, 31))


def test_an_old_record_can_be_asked_about_by_todays_rules():
    """Ten years before ECM: the policy date decides which text, the day which facts."""
    found = answer(
        as_of=date(2012, 3, 1), policy_date=AS_OF, born="2005-05-01", enrolled=["smhs 2010-01-01.."]
    )
    assert variant(found, "smi-sud/child-youth").outcome is MET
    assert found.policy_date == AS_OF


def test_without_a_policy_date_none_is_told():
    assert answer().policy_date is None


def test_issues_of_the_reading_come_along():
    told = Issue(severity="error", code="entered-in-error", details="Left out.")
    found = evaluate(MemberFacts(member="Patient/p1", issues=(told,)), as_of=AS_OF)
    assert told in found.issues


@pytest.mark.parametrize(
    ("id", "words", "reason"),
    (
        ("smi-sud/adult", {"born": "2012-05-01"}, "Applies from age 21."),
        ("smi-sud/child-youth", {"born": "1985-05-01"}, "Applies under age 21."),
        ("incarceration/adult", {"born": "2012-05-01"}, "Applies from age 21."),
    ),
)
def test_a_text_for_another_age_says_for_which(id, words, reason):
    found = variant(answer(**words), id)
    assert (found.outcome, found.reason, found.trace) == (NOT_MET, reason, None)


def test_a_text_of_another_day_says_since_when():
    found = variant(answer(as_of=date(2022, 3, 1), born="2012-05-01"), "ccs/child-youth")
    assert found.reason == "In force from 2023-07-01; the policy date is 2022-03-01."


def test_a_text_whose_age_cannot_be_told_is_open_and_asks_for_the_birth_date():
    found = variant(answer(enrolled=["smhs 2020-01-01.."]), "smi-sud/child-youth")
    assert found.outcome is UNKNOWN
    assert found.missing[0].code == "birth-date"


def test_what_is_decided_asks_nothing():
    found = variant(
        answer(born="2012-05-01", enrolled=["smhs 2020-01-01.."]), "smi-sud/child-youth"
    )
    assert (found.outcome, found.missing) == (MET, ())


def test_nothing_is_asked_that_can_change_nothing():
    """With a social factor met, the other factors are not asked about."""
    found = variant(
        answer(
            born="1985-05-01", enrolled=["smhs 2020-01-01.."], answers={"social-factor-food": True}
        ),
        "smi-sud/adult",
    )
    asked = {one.code for one in found.missing}
    assert "high-risk-suicide" in asked
    assert not {code for code in asked if code.startswith("social-factor")}
    assert "dmc-criteria-met" not in asked


def test_a_determination_belongs_to_the_member_the_plan_and_the_day():
    found = answer(coverage=["anthem 2024-01-01.."], plan=None)
    assert (found.member, found.plan, found.as_of) == ("Patient/p1", "anthem", AS_OF)
