"""Exclusions: every one is listed, with its kind on the day, what points to it and what to ask."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.determination import ExclusionResult
from eligibility.evaluate import evaluate
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.packs import texts
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 8, 15)
PLANS = ("partnership", "anthem", "health-net", "dhcs")


def listed(
    plan: str = "partnership", as_of: date = AS_OF, **words: Any
) -> dict[str, ExclusionResult]:
    answer = evaluate(
        facts(words, as_of), plan=plan, as_of=as_of, complete=completeness(words, as_of)
    )
    return {one.exclusion.id: one for one in answer.exclusions}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("as_of", (date(2022, 1, 1), date(2024, 6, 30), AS_OF))
def test_every_exclusion_of_the_plan_is_listed_once_on_every_day(plan, as_of):
    held = texts(plan).exclusions
    assert held is not None
    assert list(listed(plan, as_of)) == [one.id for one in held.entries]


def test_rules_about_outreach_are_not_evaluated():
    """Unsafe or unresponsive members are found out later; the policy file says so."""
    held = texts("partnership").exclusions
    assert held is not None
    assert held.not_evaluated
    assert not {one.id for one in held.not_evaluated} & set(listed())


def test_an_exclusion_that_is_over_says_until_when():
    gone = listed(enrolled=["cal-mediconnect 2020-01-01.."])["cal-mediconnect"]
    assert gone.outcome is NOT_MET
    assert gone.reason == "In force until 2022-12-31; the policy date is 2025-08-15."


def test_what_nobody_knows_asks_and_shows_nothing():
    hospice = listed()["hospice"]
    assert (hospice.outcome, hospice.evidence) == (UNKNOWN, ())
    assert [one.code for one in hospice.missing] == ["hospice"]


def test_what_is_met_shows_the_enrolment_and_asks_nothing():
    pace = listed(enrolled=["pace 2025-01-01.."])["pace"]
    assert (pace.outcome, pace.missing) == (MET, ())
    assert [one.reference for one in pace.evidence] == ["EpisodeOfCare/e1"]


def test_a_question_shows_only_what_raises_it():
    """County case management without a purpose; the enrolment that ended is no evidence."""
    tcm = listed(
        as_of=date(2025, 2, 15),
        enrolled=["county-tcm 2024-01-01..", "county-tcm-home-visiting 2020-01-01..2021-01-01"],
    )["county-tcm"]
    assert tcm.outcome is UNKNOWN
    assert [one.reference for one in tcm.evidence] == ["EpisodeOfCare/e1"]


@pytest.mark.parametrize(
    ("day", "kind"),
    ((date(2024, 6, 30), "wrap"), (date(2024, 7, 1), "excluded"), (AS_OF, "excluded")),
)
def test_the_kind_is_that_of_the_policy_date(day, kind):
    assert listed(as_of=day)["county-tcm"].kind == kind


def test_the_kind_follows_the_policy_date_and_not_the_day_asked_about():
    answer = evaluate(facts({}, AS_OF), plan="dhcs", as_of=AS_OF, policy_date=date(2024, 6, 30))
    (tcm,) = (one for one in answer.exclusions if one.exclusion.id == "county-tcm")
    assert tcm.kind == "wrap"


@pytest.mark.parametrize("plan", PLANS)
def test_whatever_excludes_or_competes_names_what_to_do_instead(plan):
    for one in listed(plan).values():
        if one.exclusion.id != "cal-mediconnect":
            assert one.exclusion.alternative
