"""A referral that is cancelled: what ends with it, and who has to be asked."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from adapter.referrals.choices import Choices
from tests.unit.adapter.referrals.referral import (
    OTHERS,
    OUTPUT,
    PLANS,
    PROVIDERS,
    SOURCE,
    Referral,
    because,
    coded,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, OTHER, PLAN, TASK_CODE


def test_a_requester_who_cancels_ends_all_that_is_below():
    """The parts, their orders and the order itself."""
    referral = Referral().accepted()
    world, child = referral.world, referral.handed_on()
    world.update(PROVIDERS, child, status="accepted")
    withdrawn = because("the member declined", "member-declined")
    world.update(SOURCE, referral.task, status="cancelled", statusReason=withdrawn)
    assert world.status(child) == "cancelled"
    assert world.current(child)["statusReason"]["coding"][0]["code"] == "referral-ended"
    assert {one["status"] for one in world.of_type("ServiceRequest")} == {"revoked"}
    assert world.works == {}


def test_an_order_ends_with_the_last_of_its_tasks():
    """Two were asked: what becomes of the one leaves the other at work."""
    referral = Referral().accepted()
    world = referral.world
    asked = task(referral.order, "Patient/p", HOSPITAL, OTHER)
    first = world.create(SOURCE, "Task", asked)
    world.update(SOURCE, first, status="cancelled", statusReason=because("no need"))
    assert world.status(referral.order) == "active"
    second = world.create(SOURCE, "Task", asked)
    world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    assert world.status(referral.order) == "active"
    world.update(OTHERS, second, status="rejected", statusReason=because("no place"))
    assert world.status(referral.order) == "completed"


def test_an_owner_who_cancels_leaves_the_order_to_its_requester():
    """Who orders decides what becomes of the order."""
    referral = Referral().accepted()
    gone = because("moved away", "moved-out-of-area")
    referral.world.update(PLANS, referral.task, status="cancelled", statusReason=gone)
    assert referral.world.status(referral.order) == "active"


def test_a_revoked_order_ends_its_tasks():
    """The requester may withdraw at the order as well."""
    referral = Referral().accepted()
    child = referral.handed_on()
    referral.world.update(SOURCE, referral.order, status="revoked")
    assert referral.world.status(referral.task) == "cancelled"
    assert referral.world.status(child) == "cancelled"


def test_an_order_is_not_completed_beside_a_task():
    """It completes with the Task."""
    referral = Referral().accepted()
    with pytest.raises(Refused, match="is under way; it completes by itself"):
        referral.world.update(SOURCE, referral.order, status="completed")


def test_after_a_cancellation_the_outcome_comes_too_late():
    """Whoever commits first wins; the other learns where it stands."""
    referral = Referral().accepted()
    world = referral.world
    world.update(SOURCE, referral.task, status="cancelled", statusReason=because("no need"))
    with pytest.raises(Refused, match=r"the Task is 'cancelled' \(version 3\)"):
        world.update(PLANS, referral.task, status="completed", output=OUTPUT)


def abort(referral: Referral, **elements) -> str:
    asked = task(referral.task, "Patient/p", HOSPITAL, PLAN, **elements)
    asked["code"] = {"coding": [{"system": TASK_CODE, "code": "abort"}]}
    return referral.world.create(SOURCE, "Task", asked)


def test_a_task_that_asks_to_abort_is_answered_by_the_owner():
    """Granted: the referral is cancelled, and the question is answered."""
    referral = Referral().accepted()
    world, asked = referral.world, abort(referral)
    assert world.said(referral.task) == "cancellation-requested"
    assert world.works["task-3"].next_event == "answer-cancellation"
    assert world.works[asked.removeprefix("Task/")].next_event == "answer-cancellation"
    world.update(PLANS, asked, status="accepted")
    assert world.status(referral.task) == "cancelled"
    assert world.status(asked) == "completed"
    assert world.status(referral.order) == "revoked"


def test_an_owner_who_goes_on_says_no():
    """The referral is where it was."""
    referral = Referral().accepted()
    world, asked = referral.world, abort(referral)
    world.update(PLANS, asked, status="rejected", statusReason=because("services have begun"))
    assert world.status(referral.task) == "accepted"
    assert world.said(referral.task) == "eligibility-screening"


def test_a_referral_that_completes_anyway_answers_the_question():
    """Asked too late."""
    referral = Referral().accepted()
    world, asked = referral.world, abort(referral)
    world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    assert world.said(referral.task) == "loop-closed"
    assert world.status(asked) == "cancelled"


def test_only_the_requester_asks_and_only_once():
    """And only for what is under way."""
    referral = Referral().accepted()
    asked = task(referral.task, "Patient/p", PLAN, PLAN)
    asked["code"] = {"coding": [{"system": TASK_CODE, "code": "abort"}]}
    with pytest.raises(Refused, match="only the requester of a Task asks to abort it"):
        referral.world.create(PLANS, "Task", asked)
    abort(referral)
    with pytest.raises(Refused, match="asks to abort it already"):
        abort(referral)


def test_where_the_tenant_asks_first_a_cancellation_is_a_question():
    """Once the owner has accepted; before that it is at once."""
    referral = Referral(Choices(cancellation="ask-first")).accepted()
    world = referral.world
    why = because("the member is in hospital", "no-longer-needed")
    after = world.update(SOURCE, referral.task, status="cancelled", statusReason=why)
    assert after["status"] == "accepted"
    assert "statusReason" not in after
    assert world.said(referral.task) == "cancellation-requested"
    (asked,) = [one for one in world.of_type("Task") if one["focus"]["reference"] == referral.task]
    assert asked["statusReason"] == why
    with pytest.raises(Refused, match="was asked to cancel it already"):
        world.update(SOURCE, referral.task, status="cancelled", statusReason=why)
    world.update(PLANS, f"Task/{asked['id']}", status="accepted")
    assert world.status(referral.task) == "cancelled"
    assert world.current(referral.task)["statusReason"]["text"] == "the member is in hospital"


def test_before_it_is_accepted_nobody_has_to_be_asked():
    """Nothing has begun."""
    referral = Referral(Choices(cancellation="ask-first"))
    why = because("sent twice")
    after = referral.world.update(SOURCE, referral.task, status="cancelled", statusReason=why)
    assert after["status"] == "cancelled"


def test_the_reason_of_a_cancellation_may_come_with_the_question():
    """The Task stays where it is, and says why it is to be cancelled."""
    referral = Referral().accepted()
    why = because("the member moved in with family", "no-longer-needed")
    after = referral.world.update(
        SOURCE, referral.task, businessStatus=coded("cancellation-requested"), statusReason=why
    )
    assert (after["status"], after["statusReason"]) == ("accepted", why)
    assert referral.world.works["task-3"].next_event == "answer-cancellation"
