"""Every status against every status by everybody, from a table written out of the specification."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from adapter.referrals import lifecycle
from tests.unit.adapter.referrals.referral import (
    OUTPUT,
    PLANS,
    SOURCE,
    STRANGERS,
    Referral,
    because,
    order,
)
from tests.unit.adapter.referrals.specified import ORDER, ORDER_STATUSES, TASK, TASK_STATUSES, steps
from tests.unit.adapter.referrals.world import EXCHANGE, HOSPITAL, OPERATOR

ACTORS = {
    "requester": SOURCE,
    "owner": PLANS,
    "exchange": EXCHANGE,
    "admin": OPERATOR,
    "nobody": STRANGERS,
}


def at(status: str) -> Referral:
    """A referral whose Task stands at a status."""
    referral = Referral()
    stored = referral.world.versions[referral.task][-1]
    assert stored is not None
    stored["status"] = status
    stored.pop("businessStatus")
    if status in ("rejected", "cancelled", "on-hold", "failed"):
        stored["statusReason"] = because("why it stands there")
    if status == "completed":
        stored["output"] = OUTPUT
    return referral


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("source", TASK_STATUSES)
def test_a_task_goes_where_the_specification_draws_an_edge_and_nowhere_else(source, actor):
    """All targets, with everything that any of them needs."""
    for target in TASK_STATUSES:
        if target == source:
            continue
        referral = at(source)
        sent = {
            "status": target,
            "statusReason": because("why it goes on"),
            "output": None if actor == "requester" and source != "completed" else OUTPUT,
        }
        if (source, target, actor) in steps(TASK, TASK_STATUSES):
            assert referral.world.update(ACTORS[actor], referral.task, **sent)["status"] == target
            continue
        with pytest.raises(Refused) as refusal:
            referral.world.update(ACTORS[actor], referral.task, **sent)
        assert refusal.value.status in (403, 409, 422), (source, target, actor)
        assert referral.world.status(referral.task) == source


def test_the_shipped_table_is_the_specified_one():
    """No edge more, no edge less, for either side."""
    drawn = {
        (one.source, one.target, actor)
        for one in lifecycle.edges("Task")
        for actor in (*one.actors, "exchange", "admin")
    }
    assert drawn == steps(TASK, TASK_STATUSES)


@pytest.mark.parametrize("actor", ("requester", "exchange", "admin", "nobody"))
@pytest.mark.parametrize("source", ORDER_STATUSES)
def test_an_order_goes_where_fhir_draws_an_edge_by_its_requester_alone(source, actor):
    """The order is its requester's, or those who act for them."""
    allowed = steps(ORDER, ORDER_STATUSES)
    for target in ORDER_STATUSES:
        if target == source:
            continue
        referral = Referral()
        place = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
        stored = referral.world.versions[place][-1]
        assert stored is not None
        stored["status"] = source
        if (source, target, actor) in allowed:
            done = referral.world.update(ACTORS[actor], place, status=target)
            assert done["status"] == target
        else:
            with pytest.raises(Refused) as refusal:
                referral.world.update(ACTORS[actor], place, status=target)
            assert refusal.value.status == (403 if actor == "nobody" else 409)


@pytest.mark.parametrize(
    "status", [one for one in TASK_STATUSES if one not in ("draft", "requested")]
)
def test_a_task_begins_as_draft_or_requested(status):
    """Nobody creates a referral that is accepted already."""
    referral = Referral()
    made = referral.world.current(referral.task)
    del made["owner"], made["id"]
    with pytest.raises(Refused, match="begins as draft or requested"):
        referral.world.create(SOURCE, "Task", {**made, "status": status})


def test_a_refusal_says_where_it_stands_what_is_allowed_and_which_version_it_has():
    """A client can decide without another request."""
    referral = Referral()
    with pytest.raises(Refused) as refusal:
        referral.world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    assert refusal.value.status == 409
    assert refusal.value.headers == {"ETag": 'W/"1"'}
    assert str(refusal.value) == (
        "the Task is 'requested' (version 1), and nothing leads from there to 'completed'; you may "
        "take it to 'accepted', 'rejected', 'cancelled'"
    )


def test_a_refusal_says_whose_step_it_is():
    """The edge is there, but not for this side."""
    referral = Referral()
    with pytest.raises(Refused) as refusal:
        referral.world.update(SOURCE, referral.task, status="accepted")
    assert refusal.value.status == 422
    assert str(refusal.value) == (
        "the Task is 'requested' (version 1), and to take it to 'accepted' is for its owner; you "
        "are requester; you may take it to 'cancelled', 'entered-in-error'"
    )


def test_whoever_runs_the_exchange_does_not_accept_its_own_referral():
    """An operator that is one side has that side's rights alone, where the other is registered."""
    referral = Referral().accepted()
    child = referral.handed_on()
    plan_runs_it = PLANS.__class__(
        tenant="t", client="plan", party=PLANS.party, operator=True, clearance=frozenset({"*"})
    )
    with pytest.raises(Refused, match="for its owner; you are requester"):
        referral.world.update(plan_runs_it, child, status="accepted")
