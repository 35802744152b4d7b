"""Counting: which visits, how many at least and at most, and what would settle it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.utilization import Visits
from eligibility.determination import Finding, Missing, Window
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
YEAR = {"encounters": "2024-02-15..2025-02-15"}
THREE = Visits(kinds=("emergency",), at_least=3, look_back_months=12, avoidable=True)
PLAIN = Visits(kinds=("emergency",), at_least=3, look_back_months=12)
SLIDING = Visits(kinds=("emergency",), at_least=3, look_back_months=12, within_months=6)


def context(**words: Any) -> Context:
    return Context(facts(words, AS_OF), AS_OF, completeness(words, AS_OF), registry(), AS_OF)


def found(test: Visits, *visits: str, **words: Any) -> Finding:
    return test.find(context(visits=visits, **words))


def count(finding: Finding) -> tuple[int, int | None]:
    assert finding.count is not None
    return finding.count.low, finding.count.high


def test_the_count_is_open_upwards_until_encounters_are_complete():
    assert count(found(PLAIN, "emergency 2025-01-01")) == (1, None)
    assert count(found(PLAIN, "emergency 2025-01-01", complete=YEAR)) == (1, 1)


def test_what_is_undecided_widens_the_count():
    finding = found(
        THREE, "emergency 2025-01-01 avoidable", "emergency 2025-01-08 2025-01-15", complete=YEAR
    )
    assert (finding.outcome, count(finding)) == (UNKNOWN, (1, 3))
    assert [(one.kind, one.reference, one.on) for one in finding.missing] == [
        ("avoidability", "Encounter/v2", date(2025, 1, 8)),
        ("avoidability", "Encounter/v3", date(2025, 1, 15)),
    ]


def test_too_few_even_if_all_counted_ask_for_the_encounters_not_seen():
    finding = found(THREE, "emergency 2025-01-01")
    assert finding.missing == (Missing("encounters", "emergency"),)


def test_too_few_even_if_all_counted_are_a_no_where_encounters_are_complete():
    finding = found(THREE, "emergency 2025-01-01", complete=YEAR)
    assert (finding.outcome, finding.missing) == (NOT_MET, ())


def test_some_visits_under_a_text_without_a_number_ask_the_plan():
    test = Visits(kinds=("emergency",), at_least=3, look_back_months=12, below="unknown")
    finding = found(test, "emergency 2025-01-01", complete=YEAR)
    assert (finding.outcome, finding.missing) == (
        UNKNOWN,
        (Missing("policy", "no-number-in-text"),),
    )


def test_the_window_shown_is_the_fullest():
    """Three in the autumn, two in the spring: the autumn's six months are shown."""
    finding = found(SLIDING, "emergency 2024-03-01 2024-03-08 2024-10-01 2024-10-08 2024-10-15")
    assert finding.window == Window(date(2024, 10, 1), AS_OF)
    assert [one.reference for one in finding.evidence] == [f"Encounter/v{n}" for n in (3, 4, 5)]


def test_of_two_windows_as_full_the_earlier_is_shown():
    finding = found(SLIDING, "emergency 2024-03-01 2024-03-08 2024-10-01 2024-10-08")
    assert finding.window == Window(date(2024, 3, 1), date(2024, 9, 1))


def test_certain_visits_far_apart_are_not_counted_together():
    finding = found(SLIDING, "emergency 2024-03-01 2024-03-08 2024-11-01 2024-11-08", complete=YEAR)
    assert (finding.outcome, count(finding)) == (NOT_MET, (2, 2))


def test_the_surest_and_the_fullest_window_need_not_be_the_same():
    """Two certain ones in spring, three possible ones in autumn: two to three."""
    test = Visits(
        kinds=("emergency",), at_least=3, look_back_months=12, within_months=3, avoidable=True
    )
    finding = found(
        test,
        "emergency 2024-03-01 2024-03-08 avoidable",
        "emergency 2024-10-01 2024-10-08 2024-10-15",
        complete=YEAR,
    )
    assert (finding.outcome, count(finding)) == (UNKNOWN, (2, 3))


def test_an_undated_visit_may_lie_in_the_window_and_its_day_is_asked_for():
    finding = found(PLAIN, "emergency 2025-01-01 2025-01-08", "emergency", complete=YEAR)
    assert (finding.outcome, count(finding)) == (UNKNOWN, (2, 3))
    assert finding.missing == (Missing("data", "encounter-date", "Encounter/v3"),)


def test_every_record_of_a_visit_is_shown_as_evidence():
    finding = found(PLAIN, "emergency 2025-01-01 at:x", "emergency 2025-01-01")
    assert [one.reference for one in finding.evidence] == ["Encounter/v1", "Encounter/v2"]
    assert count(finding) == (1, None)


def test_an_answer_about_either_record_is_about_the_visit():
    finding = found(THREE, "emergency 2025-01-01 at:x", "emergency 2025-01-01 avoidable")
    assert count(finding) == (1, None)


def test_an_answer_about_the_visit_that_became_a_stay_is_about_the_stay():
    test = Visits(kinds=("hospital",), at_least=1, look_back_months=12, avoidable=True)
    finding = found(
        test, "emergency 2025-01-01 as:ed avoidable", "hospital 2025-01-01..2025-01-03 of:ed"
    )
    assert finding.outcome is MET


@pytest.mark.parametrize(
    ("answers", "low"),
    (
        (["yes on 2025-02-01"], 2),
        (["yes on 2025-01-05"], 1),
        (["no on 2025-02-01", "yes on 2025-01-02 about v1"], 1),
        (["yes on 2025-02-01", "no on 2025-01-02 about v1"], 1),
        (["yes on 2025-02-01", "declined on 2025-01-02 about v1"], 1),
        (["yes on 2025-02-01", "no on 2025-02-01"], 0),
        (["yes on undated"], 2),
        (["yes on 2025-03-01"], 0),
    ),
    ids=(
        "a blanket yes",
        "a blanket yes between them",
        "a blanket no, but yes for one",
        "a blanket yes, but no for one",
        "a blanket yes, but declined for one",
        "two blanket answers of one day",
        "an undated blanket yes",
        "a blanket yes of next month",
    ),
)
def test_an_answer_about_one_visit_outweighs_the_blanket_one_to_date(answers, low):
    finding = found(
        THREE, "emergency 2025-01-01 2025-01-08", answers={"avoidable-encounter": answers}
    )
    assert count(finding) == (low, None)


@pytest.mark.parametrize(
    "answers",
    (["yes on 2025-02-01", "yes about v1", "no about v1"], [True, False]),
    ids=("about one visit", "about all"),
)
def test_a_dispute_about_avoidability_is_told_once_and_leaves_it_open(answers):
    asked = context(
        visits=["emergency 2025-01-01 2025-01-08"], answers={"avoidable-encounter": answers}
    )
    finding = THREE.find(asked)
    assert count(finding) == (1 if len(answers) == 3 else 0, None)
    assert [one.code for one in asked.issues] == ["contradiction"]


def test_an_observation_stay_before_the_look_back_is_not_flagged():
    test = Visits(kinds=("hospital",), at_least=1, look_back_months=12)
    assert found(test, "observation 2024-02-14..2024-02-15").flags == ()
    assert found(test, "observation 2024-02-15..2024-02-16").flags == ("observation-stay",)


def test_a_visit_too_old_to_count_is_no_evidence():
    finding = found(PLAIN, "emergency 2024-02-14")
    assert (finding.evidence, finding.flags, finding.indicated) == (
        (),
        ("outside-look-back",),
        False,
    )


def test_a_nursing_facility_stay_of_unknown_length_is_undecided():
    """Closed, but nobody wrote down when: it may have been long."""
    test = Visits(kinds=("snf",), at_least=1, look_back_months=12, short_term_days=100)
    finding = found(test, "snf 2024-06-01")
    assert finding.outcome is UNKNOWN
    assert [one.code for one in finding.missing] == ["snf-end"]


def test_one_certain_visit_is_a_sign_where_the_policy_says_one_is():
    test = Visits(kinds=("emergency",), at_least=2, look_back_months=12, behavioural=True, signal=1)
    assert found(test, "emergency 2025-01-01 behavioral").indicated
    assert not found(test, "emergency 2025-01-01 other-cause").indicated
