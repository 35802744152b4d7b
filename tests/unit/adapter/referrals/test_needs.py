"""What a step needs, and what is made of a status that the profile does not know."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from adapter.referrals import lifecycle
from tests.unit.adapter.referrals.referral import PLANS, SOURCE, Referral, because


@pytest.mark.parametrize(
    ("status", "needed"),
    (
        ("rejected", "'rejected' needs Task.statusReason.text"),
        ("cancelled", "'cancelled' needs Task.statusReason.text"),
    ),
)
@pytest.mark.parametrize("reason", (None, {}, {"text": " "}, {"coding": [{"code": "x"}]}))
def test_a_status_that_disappoints_needs_words(status, needed, reason):
    """A code alone, or an empty text, is not enough."""
    referral = Referral()
    with pytest.raises(Refused, match=needed) as refusal:
        referral.world.update(PLANS, referral.task, status=status, statusReason=reason)
    assert refusal.value.issues[0].expression == "Task.statusReason.text"


@pytest.mark.parametrize("output", (None, [], [None], "done"))
def test_completed_needs_an_output(output):
    """The outcome is what closes the loop."""
    referral = Referral().accepted()
    with pytest.raises(Refused, match=r"needs at least one Task\.output"):
        referral.world.update(PLANS, referral.task, status="completed", output=output)


def test_received_is_understood_and_never_kept():
    """A peer that writes `received` has acknowledged; the profile knows no such status."""
    referral = Referral()
    referral.world.update(PLANS, referral.task, status="received")
    assert referral.world.status(referral.task) == "requested"
    assert referral.world.said(referral.task) == "acknowledged"


def test_received_by_the_requester_acknowledges_nothing():
    """Only who was asked can say that it arrived."""
    referral = Referral()
    referral.world.update(SOURCE, referral.task, status="received")
    assert referral.world.said(referral.task) == "sent-to-plan"


def test_received_does_not_lead_back():
    """A Task that was accepted does not become requested by it."""
    referral = Referral().accepted()
    with pytest.raises(Refused, match="nothing leads from there to 'requested'"):
        referral.world.update(PLANS, referral.task, status="received")


def test_a_reason_lasts_as_long_as_the_status_it_explains():
    """What was said of the pause is not said of the time after it."""
    referral = Referral().accepted()
    paused = because("away", "member-unavailable")
    referral.world.update(PLANS, referral.task, status="on-hold", statusReason=paused)
    after = referral.world.update(PLANS, referral.task, status="in-progress")
    assert "statusReason" not in after


def test_a_way_over_several_steps_is_found_for_a_copy_that_fell_behind():
    """Each step is an edge; where nothing leads there is none."""
    assert lifecycle.path("requested", "completed") == ("accepted", "completed")
    assert lifecycle.path("requested", "in-progress") == ("accepted", "in-progress")
    assert lifecycle.path("rejected", "accepted") == ()
