"""Pregnancy and its end: which record speaks, what undoes it, what is shown and asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility.context import Context
from eligibility.criteria.pregnancy import Postpartum, Pregnant
from eligibility.determination import Finding
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.registry import registry
from tests.policy.shorthand import completeness, facts

AS_OF = date(2025, 2, 15)
PREGNANT = Pregnant(within_months=10)
POSTPARTUM = Postpartum(within_months=12)
COMPLETE = {"conditions": "2020-01-01..2025-02-15"}


def found(test: Any, *coded: str, **words: Any) -> Finding:
    words = {"coded": coded, **words}
    declared = completeness(words, AS_OF)
    finding: Finding = test.find(Context(facts(words, AS_OF), AS_OF, declared, registry(), AS_OF))
    return finding


def observed(*given: str, **words: Any) -> dict[str, Any]:
    return {"answers": {"pregnant-observed": list(given)}, **words}


def shown(finding: Finding) -> list[str]:
    return [one.reference for one in finding.evidence]


def asked(finding: Finding) -> list[str]:
    return [one.code for one in finding.missing]


# -- pregnant now ----------------------------------------------------------------------------------


def test_nothing_known_asks_and_shows_nothing():
    finding = found(PREGNANT)
    assert (finding.outcome, asked(finding), shown(finding)) == (UNKNOWN, ["pregnant"], [])
    assert not finding.indicated


def test_a_current_record_is_a_sign_and_asks_nothing():
    finding = found(PREGNANT, "pregnancy 2025-01-10")
    assert (finding.outcome, asked(finding)) == (MET, [])
    assert finding.indicated
    assert finding.evidence[0].on == date(2025, 1, 10)


def test_an_undated_record_leaves_it_open_and_is_a_sign():
    finding = found(PREGNANT, "pregnancy")
    assert (finding.outcome, shown(finding), finding.indicated) == (UNKNOWN, ["Condition/c1"], True)


def test_a_record_speaks_by_its_onset_or_by_the_day_it_was_recorded():
    """Onset eleven months ago, recorded in January: the later day speaks."""
    assert found(PREGNANT, "pregnancy 2024-03-10 recorded:2025-01-10").outcome is MET
    assert found(PREGNANT, "pregnancy 2025-01-10 recorded:2024-03-10").outcome is MET


def test_the_last_of_several_ends_undoes_a_record():
    ends = ("delivery 2022-01-10", "delivery 2025-01-10")
    for some in (ends, ends[::-1]):
        finding = found(PREGNANT, "pregnancy 2024-06-01", *some, complete=COMPLETE)
        assert (finding.outcome, shown(finding)) == (NOT_MET, [])


def test_a_record_of_the_day_of_an_end_is_of_the_pregnancy_that_ended():
    finding = found(PREGNANT, "pregnancy 2025-01-10", "delivery 2025-01-10", complete=COMPLETE)
    assert finding.outcome is NOT_MET


def test_an_undated_end_undoes_nothing():
    assert found(PREGNANT, "pregnancy 2025-01-10", "delivery").outcome is MET


def test_an_end_that_is_still_to_come_undoes_nothing():
    assert found(PREGNANT, "pregnancy 2025-01-10", "delivery 2025-02-16").outcome is MET


def test_a_pregnancy_that_abated_after_the_day_was_one_on_it():
    """Asked about the past: the record is resolved by now."""
    assert found(PREGNANT, "pregnancy 2024-10-10..2025-06-01 inactive").outcome is MET
    assert found(PREGNANT, "pregnancy 2024-10-10..2025-02-15 inactive").outcome is UNKNOWN


def test_a_record_that_is_no_longer_active_says_nothing():
    assert found(PREGNANT, "pregnancy 2025-01-10 inactive").outcome is UNKNOWN


def test_a_procedure_is_no_pregnancy():
    assert found(PREGNANT, "pregnancy 2025-01-10 procedure").outcome is UNKNOWN


def test_observed_not_pregnant_is_a_no_and_is_shown():
    finding = found(PREGNANT, **observed("no on 2025-01-10"))
    assert (finding.outcome, shown(finding)) == (NOT_MET, ["Observation/pregnant-observed-0"])


def test_a_record_after_an_observed_no_speaks():
    finding = found(PREGNANT, "pregnancy 2025-02-01", **observed("no on 2025-01-10"))
    assert (finding.outcome, shown(finding)) == (MET, ["Condition/c1"])


def test_an_observed_no_of_unknown_day_denies_nothing():
    assert found(PREGNANT, **observed("no on undated")).outcome is UNKNOWN


def test_an_observation_nobody_could_make_denies_nothing():
    assert found(PREGNANT, **observed("declined on 2025-01-10")).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("day", "other"),
    (
        ("2024-04-14", (UNKNOWN, UNKNOWN, UNKNOWN)),
        ("2024-04-15", (UNKNOWN, UNKNOWN, MET)),
        ("2024-04-16", ()),
        ("2025-02-15", (MET, MET, UNKNOWN)),
    ),
)
def test_a_record_on_an_edge_says_how_it_would_be_read_otherwise(day, other):
    finding = found(PREGNANT, f"pregnancy {day}")
    if finding.outcome is UNKNOWN:
        other = ()
    assert finding.alternatives == other


def test_a_yes_given_today_is_on_no_edge():
    finding = found(PREGNANT, answers={"pregnant": True})
    assert (finding.outcome, finding.alternatives, finding.flags) == (MET, (), ())


def test_an_undated_yes_does_not_grow_old():
    assert found(PREGNANT, answers={"pregnant": "yes on undated"}).outcome is MET


# -- the months after ------------------------------------------------------------------------------


def test_nothing_known_of_an_end_asks_for_its_day():
    finding = found(POSTPARTUM)
    assert (finding.outcome, asked(finding)) == (UNKNOWN, ["pregnancy-end-date"])
    assert not finding.indicated


def test_only_the_ends_that_decide_are_shown():
    finding = found(POSTPARTUM, "delivery 2020-01-10", "delivery 2025-01-10")
    assert (finding.outcome, shown(finding), finding.indicated) == (MET, ["Condition/c2"], True)
    assert asked(finding) == []


def test_an_undated_delivery_may_be_a_recent_one_even_where_conditions_are_complete():
    finding = found(POSTPARTUM, "delivery", complete=COMPLETE)
    assert (finding.outcome, shown(finding)) == (UNKNOWN, ["Condition/c1"])


def test_an_undated_loss_is_reviewed_and_not_shown():
    finding = found(POSTPARTUM, "pregnancy-loss", complete=COMPLETE)
    assert (finding.outcome, shown(finding), finding.flags) == (UNKNOWN, [], ("review",))


def test_an_old_delivery_is_a_no_only_where_conditions_are_complete():
    assert found(POSTPARTUM, "delivery 2020-01-10").outcome is UNKNOWN
    finding = found(POSTPARTUM, "delivery 2020-01-10", complete=COMPLETE)
    assert (finding.outcome, finding.indicated, finding.flags) == (NOT_MET, False, ())


def test_the_day_answered_outweighs_what_is_coded():
    answers = {"pregnancy-end-date": "2020-01-10"}
    assert found(POSTPARTUM, "delivery 2025-01-10", answers=answers).outcome is NOT_MET


def test_the_day_answered_may_be_the_day_asked_about():
    finding = found(POSTPARTUM, answers={"pregnancy-end-date": "2025-02-15"})
    assert (finding.outcome, finding.alternatives) == (MET, (MET, MET, NOT_MET))


def test_a_day_answered_in_a_month_that_straddles_the_window_leaves_it_open():
    finding = found(POSTPARTUM, answers={"pregnancy-end-date": "2024-02"}, complete=COMPLETE)
    assert (finding.outcome, finding.indicated) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("day", "other"),
    (
        ("2024-02-15", (NOT_MET, NOT_MET, MET)),
        ("2024-02-16", ()),
        ("2025-02-15", (MET, MET, NOT_MET)),
    ),
)
def test_a_delivery_on_an_edge_says_how_it_would_be_read_otherwise(day, other):
    finding = found(POSTPARTUM, f"delivery {day}")
    assert (finding.outcome, finding.alternatives) == (MET, other)


def test_a_delivery_on_an_edge_is_flagged_no_more_when_another_is_inside():
    assert found(POSTPARTUM, "delivery 2024-02-15", "delivery 2025-01-10").alternatives == ()


def test_a_loss_and_a_delivery_are_reviewed_only_if_the_loss_alone_decides():
    assert found(POSTPARTUM, "pregnancy-loss 2025-01-10", "delivery 2020-01-10").flags == (
        "review",
    )
    assert found(POSTPARTUM, "pregnancy-loss 2025-01-10", "delivery 2024-12-10").flags == ()


def test_one_record_that_says_pregnancy_and_loss_is_a_loss():
    """A code of both groups: the same condition is never shown."""
    finding = found(POSTPARTUM, "pregnancy 2024-10-01..2025-01-10", "pregnancy-loss 2025-01-10")
    assert (finding.outcome, shown(finding), finding.flags) == (MET, [], ("review",))
