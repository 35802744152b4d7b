"""Enrolments, releases and residence: what is shown, flagged and asked (contract, section 5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.programmes import Enrolled, Resident
from eligibility.criteria.release import Released
from eligibility.determination import Finding, Missing, Window
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
CCS = Enrolled(programs=("ccs", "ccs-wcm"))
RECENT = Enrolled(programs=("family-maintenance",), within_months=12)
IN_CALIFORNIA = Enrolled(programs=("foster-care",), state="CA")
ANY = Released(within_months=12, facility="any", suggests=("incarceration-screening",))
YOUTH = Released(within_months=12, facility="youth")


def found(test: Any, **words: Any) -> Finding:
    declared = completeness(words, AS_OF)
    finding: Finding = test.find(Context(facts(words, AS_OF), AS_OF, declared, registry(), AS_OF))
    return finding


def test_every_programme_that_would_do_is_asked_about():
    assert found(CCS).missing == (Missing("programme", "ccs"), Missing("programme", "ccs-wcm"))


def test_the_best_of_several_enrolments_decides():
    finding = found(CCS, enrolled=["ccs 2010-01-01..2020-01-01", "ccs-wcm 2024-01-01.."])
    assert finding.outcome is MET
    assert [one.reference for one in finding.evidence] == ["EpisodeOfCare/e2"]


def test_an_enrolment_that_is_over_is_a_no_of_its_own():
    finding = found(CCS, enrolled=["ccs 2010-01-01..2020-01-01"])
    assert (finding.outcome, finding.missing) == (NOT_MET, ())


def test_an_enrolment_that_begins_in_a_month_not_over_may_not_have_begun():
    assert found(CCS, enrolled=["ccs 2025-02.."]).outcome is UNKNOWN


def test_a_flag_that_names_the_programme_asks_about_it():
    """A flag (`prog:hospice`) is no enrolment."""
    finding = found(Enrolled(programs=("hospice",)), coded=["prog:hospice flag"])
    assert (finding.outcome, finding.indicated) == (UNKNOWN, True)


def test_a_current_enrolment_has_no_window_and_one_in_the_last_months_has():
    assert found(CCS, enrolled=["ccs 2024-01-01.."]).window is None
    finding = found(RECENT, enrolled=["family-maintenance 2024-01-01.."])
    assert finding.window == Window(date(2024, 2, 15), AS_OF)


@pytest.mark.parametrize(
    ("spans", "other"),
    (
        (["2020-01-01..2024-02-15"], (NOT_MET, NOT_MET, MET)),
        (["2020-01-01..2024-02-15", "2024-05-01..2024-06-01"], ()),
        (["2020-01-01..2024-02-15", "2024-05-01.. ended"], ()),
        (["2020-01-01..2025-02-15"], ()),
        (["2025-02-15.."], ()),
    ),
    ids=(
        "on the edge",
        "another in the middle",
        "another that began later and is over",
        "over today",
        "from today",
    ),
)
def test_an_end_on_the_edge_says_how_it_would_be_read_otherwise(spans, other):
    finding = found(RECENT, enrolled=[f"family-maintenance {span}" for span in spans])
    assert (finding.outcome, finding.alternatives) == (MET, other)


def test_an_enrolment_that_began_inside_the_window_was_one_whenever_it_ended():
    assert found(RECENT, enrolled=["family-maintenance 2024-02-15.. ended"]).outcome is MET
    assert found(RECENT, enrolled=["family-maintenance 2024-02-14.. ended"]).outcome is UNKNOWN


def test_an_end_on_the_edge_beside_one_of_unknown_end_is_unknown_by_the_other_readings():
    finding = found(
        RECENT,
        enrolled=[
            "family-maintenance 2020-01-01..2024-02-15",
            "family-maintenance 2010-01-01.. ended",
        ],
    )
    assert (finding.outcome, finding.alternatives) == (MET, (UNKNOWN, UNKNOWN, MET))


@pytest.mark.parametrize(
    ("enrolled", "flags"),
    (
        (["foster-care 2023-01-01.. in:NV"], ("review",)),
        (["foster-care 2023-01-01.."], ()),
        (["foster-care 2023-01-01..2024-01-01 in:NV"], ()),
        (["foster-care 2023-01-01.. in:NV", "foster-care 2023-01-01.. in:CA"], ()),
    ),
    ids=("another state now", "a state nobody wrote down", "another state once", "both"),
)
def test_only_another_state_now_is_for_a_person_to_review(enrolled, flags):
    assert found(IN_CALIFORNIA, enrolled=enrolled).flags == flags


@pytest.mark.parametrize(
    ("counts_as", "outcome", "told"),
    (
        ("unknown", UNKNOWN, "is not stated"),
        ("not-met", NOT_MET, "does not count on the policy date"),
        ("met", MET, None),
    ),
)
def test_an_enrolment_is_worth_what_the_policy_says_and_why_is_told(counts_as, outcome, told):
    test = Enrolled(programs=("county-tcm",), counts_as=counts_as)
    finding = found(test, enrolled=["county-tcm 2024-01-01.."])
    assert finding.outcome is outcome
    assert told is None or told in (finding.reason or "")


def test_the_facility_is_asked_only_where_it_matters():
    assert [one.code for one in found(ANY).missing] == [
        "release-date",
        "transitioning-from-incarceration",
    ]
    assert "facility-type" in [one.code for one in found(YOUTH).missing]


def test_a_youth_release_on_the_edge_is_read_otherwise_as_the_adult_one_is():
    """By the narrower readings only the adult facility's release is left, and that is unknown."""
    finding = found(
        YOUTH,
        enrolled=[
            "incarceration-youth 2020-01-01..2024-02-15",
            "incarceration-adult 2024-05-01..2024-06-01",
        ],
    )
    assert (finding.outcome, finding.alternatives) == (MET, (UNKNOWN, UNKNOWN, MET))


def test_leaving_now_is_no_day_on_an_edge():
    finding = found(ANY, answers={"transitioning-from-incarceration": True})
    assert (finding.outcome, finding.alternatives) == (MET, ())


def test_an_old_release_does_not_deny_that_the_member_is_leaving_again():
    finding = found(
        ANY,
        enrolled=["incarceration-adult 2010-01-01..2011-01-01"],
        answers={"transitioning-from-incarceration": True},
    )
    assert finding.outcome is MET


def test_a_planned_release_is_not_one_yet():
    finding = found(ANY, answers={"release-date": "2025-03-01"})
    assert (finding.outcome, finding.indicated) == (UNKNOWN, True)


def test_a_resident_by_a_stay_shows_the_stay():
    finding = found(Resident(), visits=["snf 2024-12-01.. at:x", "snf 2024-12-01.."])
    assert [one.reference for one in finding.evidence] == ["Encounter/v1"]


def test_a_member_who_says_to_live_elsewhere_does():
    finding = found(
        Resident(),
        enrolled=["nursing-facility 2024-01-01.."],
        answers={"nf-resident": "no on 2025-02-01"},
    )
    assert finding.outcome is NOT_MET


def test_a_release_answered_for_the_day_itself_has_happened():
    finding = found(ANY, answers={"release-date": "2025-02-15"})
    assert (finding.outcome, finding.alternatives) == (MET, (MET, MET, NOT_MET))


@pytest.mark.parametrize(
    ("facility", "outcome", "flags"),
    (("youth", MET, ()), ("adult", UNKNOWN, ("review",)), ("declined", UNKNOWN, ())),
)
def test_leaving_a_facility_is_judged_by_its_type_for_youth(facility, outcome, flags):
    answers = {"transitioning-from-incarceration": True, "facility-type": facility}
    finding = found(YOUTH, answers=answers)
    assert (finding.outcome, finding.flags) == (outcome, flags)


def test_leaving_is_judged_by_no_type_for_adults():
    answers = {"transitioning-from-incarceration": True, "facility-type": "youth"}
    finding = found(ANY, answers=answers)
    assert (finding.outcome, finding.flags) == (MET, ())


def test_a_member_who_is_not_leaving_shows_no_evidence():
    finding = found(ANY, answers={"transitioning-from-incarceration": False})
    assert (finding.evidence, finding.indicated) == ((), False)


def test_an_imprisonment_that_begins_later_says_nothing_yet():
    finding = found(ANY, enrolled=["incarceration-adult 2025-02-16.."])
    assert (finding.outcome, finding.evidence) == (UNKNOWN, ())


@pytest.mark.parametrize(("lives_there", "shown"), ((True, True), (False, False)))
def test_living_in_a_facility_is_a_sign_and_living_elsewhere_is_none(lives_there, shown):
    assert found(Resident(), answers={"nf-resident": lives_there}).indicated is shown
