"""An operator who moves in brings its referrals along as they stand."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from adapter.referrals.lifecycle import ENDED, LIVE
from tests.unit.adapter.referrals.referral import OUTPUT, PLANS, SOURCE, Referral, order, task
from tests.unit.adapter.referrals.specified import ORDER_STATUSES, TASK_STATUSES
from tests.unit.adapter.referrals.world import (
    HOSPITAL,
    OPERATOR,
    PLAN,
    World,
)

LATE = [one for one in TASK_STATUSES if one not in ("draft", "requested")]


def moved(status: str = "active") -> tuple[World, str]:
    """A member with an order in any status, entered by the operator."""
    world = Referral().world
    return world, world.create(OPERATOR, "ServiceRequest", old_order(status))


def old_order(status: str) -> dict[str, Any]:
    return order("Patient/p", HOSPITAL, status=status)


@pytest.mark.parametrize("status", LATE)
def test_a_task_is_entered_in_any_status_and_nothing_follows(status):
    """Its order, and what it is part of, are entered as they stood."""
    world, ordered = moved()
    parent = world.create(OPERATOR, "Task", task(ordered, "Patient/p", HOSPITAL, PLAN))
    above = world.current(parent)
    part = {"partOf": [{"reference": parent}]}
    output = {"output": OUTPUT} if status == "completed" else {}
    below = world.create(OPERATOR, "ServiceRequest", old_order("active"))
    place = world.create(
        OPERATOR, "Task", task(below, "Patient/p", HOSPITAL, None, status=status, **part, **output)
    )
    assert world.status(place) == status
    assert world.status(ordered) == world.status(below) == "active"
    assert world.current(parent) == above
    on_worklist = place.partition("/")[2] in world.works
    assert on_worklist == (status in LIVE["Task"])
    assert world.of_type("Provenance")[-1]["target"] == [{"reference": f"{place}/_history/1"}]


@pytest.mark.parametrize("status", ORDER_STATUSES)
def test_an_order_is_entered_in_any_status(status):
    """Without Tasks, too."""
    world, ordered = moved(status)
    assert world.status(ordered) == status


def test_what_was_entered_under_way_goes_on():
    """By its own side and by the table."""
    world, ordered = moved()
    place = world.create(
        OPERATOR, "Task", task(ordered, "Patient/p", HOSPITAL, PLAN, status="in-progress")
    )
    world.update(PLANS, place, status="completed", output=OUTPUT)
    assert world.status(ordered) == "completed"


def test_nobody_is_asked_twice_in_a_history_either():
    """Two Tasks under way for one order would leave two owners to act."""
    world, ordered = moved()
    old = task(ordered, "Patient/p", HOSPITAL, PLAN, status="accepted")
    world.create(OPERATOR, "Task", old)
    with pytest.raises(Refused, match="asks the same"):
        world.create(OPERATOR, "Task", old)
    world.create(OPERATOR, "Task", {**old, "status": "completed", "output": OUTPUT})


@pytest.mark.parametrize("status", LATE)
def test_an_operator_that_is_one_side_accepts_for_nobody(status):
    """What its own referrals came to it may enter; that another accepted one, only that other."""
    world, ordered = moved()
    runs_it = OPERATOR.__class__(
        tenant="t", client="hospital", party=HOSPITAL, operator=True, clearance=frozenset({"*"})
    )
    sent = task(ordered, "Patient/p", HOSPITAL, PLAN, status=status)
    if status in ENDED["Task"]:
        assert world.status(world.create(runs_it, "Task", sent)) == status
        return
    with pytest.raises(Refused, match="begins as draft or requested"):
        world.create(runs_it, "Task", sent)


@pytest.mark.parametrize("status", LATE)
def test_a_partner_has_no_history_here(status):
    """Neither of its Tasks nor of its orders."""
    referral = Referral(owner=None)
    sent = task(referral.order, "Patient/p", HOSPITAL, PLAN, status=status)
    with pytest.raises(Refused, match="begins as draft or requested"):
        referral.world.create(SOURCE, "Task", sent)
    for ended in ("completed", "revoked", "on-hold"):
        with pytest.raises(Refused, match="begins as draft or active"):
            referral.world.create(SOURCE, "ServiceRequest", old_order(ended))


def test_a_status_that_no_referral_has_is_entered_by_nobody():
    """FHIR has `unknown` for an order; nothing could follow it."""
    with pytest.raises(Refused, match="begins as draft or active"):
        moved("unknown")
