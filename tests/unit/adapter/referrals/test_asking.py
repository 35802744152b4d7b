"""Who may be asked for what, by whom: new Tasks, claims, assignments."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from tests.unit.adapter.referrals.referral import (
    CLAIMER,
    OTHERS,
    PLANS,
    SOURCE,
    Referral,
    because,
    order,
    task,
)
from tests.unit.adapter.referrals.world import (
    HOSPITAL,
    NPI,
    OPERATOR,
    OTHER,
    PLAN,
    PROVIDER,
    STRANGER,
    org,
)

FULL = because("no place", "no-capacity")


def test_nobody_is_asked_twice_for_the_same_order():
    """The second Task is refused and names the first."""
    referral = Referral()
    with pytest.raises(Refused, match=f"{referral.task} asks the same") as refusal:
        referral.world.create(SOURCE, "Task", task(referral.order, "Patient/p", HOSPITAL, PLAN))
    assert refusal.value.status == 409


def test_two_may_be_asked_for_the_same_order():
    """One Task for each owner."""
    referral = Referral()
    referral.world.create(SOURCE, "Task", task(referral.order, "Patient/p", HOSPITAL, OTHER))


def test_whoever_declined_may_be_asked_again():
    """What has ended is not in the way."""
    referral = Referral()
    referral.world.update(PLANS, referral.task, status="rejected", statusReason=FULL)
    referral.world.create(SOURCE, "Task", task(referral.order, "Patient/p", HOSPITAL, PLAN))


@pytest.mark.parametrize("status", ("draft", "on-hold", "revoked", "completed"))
def test_only_an_active_order_is_asked_for(status):
    """A Task may wait as a draft until then."""
    referral = Referral()
    place = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    stored = referral.world.versions[place][-1]
    assert stored is not None
    stored["status"] = status
    asked = task(place, "Patient/p", HOSPITAL, PLAN)
    with pytest.raises(Refused, match=f"the ServiceRequest is '{status}'"):
        referral.world.create(SOURCE, "Task", asked)
    draft = referral.world.create(SOURCE, "Task", {**asked, "status": "draft"})
    with pytest.raises(Refused, match=f"the ServiceRequest is '{status}'"):
        referral.world.update(SOURCE, draft, status="requested")


def test_a_task_is_asked_for_in_ones_own_name():
    """The requester is the writer's organization."""
    referral = Referral()
    with pytest.raises(Refused, match=r"Task\.requester has to be your own"):
        referral.world.create(PLANS, "Task", task(referral.order, "Patient/p", HOSPITAL, OTHER))


def test_anothers_order_is_not_handed_on_as_it_is():
    """Who was asked writes an order of their own that is based on it."""
    referral = Referral().accepted()
    parts = [{"reference": referral.task}]
    with pytest.raises(Refused, match="the ServiceRequest is another organization's"):
        referral.world.create(
            PLANS, "Task", task(referral.order, "Patient/p", PLAN, PROVIDER, partOf=parts)
        )


def test_whoever_is_asked_has_to_be_registered_unless_the_operator_answers_for_them():
    """A partner cannot leave a referral with nobody; the operator's waits in its queue."""
    referral = Referral()
    outside = {"identifier": {"system": NPI, "value": "999"}}
    asked = task(referral.order, "Patient/p", HOSPITAL, PLAN) | {"owner": outside}
    with pytest.raises(Refused, match="nobody could act"):
        referral.world.create(SOURCE, "Task", asked)
    place = referral.world.create(OPERATOR, "Task", asked)
    work = referral.world.works[place.removeprefix("Task/")]
    assert (work.owner, work.queue) == ("", "exchange-operations")
    referral.world.update(OPERATOR, place, status="accepted")


def test_whoever_may_claim_takes_a_referral_that_nobody_owns():
    """It waits in a queue, seen by those who may."""
    referral = Referral(owner=None)
    world = referral.world
    assert (world.works["task-3"].queue, world.works["task-3"].next_event) == ("claimable", "claim")
    assert world.sees(CLAIMER, referral.task)
    assert not world.sees(OTHERS, referral.task)
    world.update(CLAIMER, referral.task, owner=org(OTHER), status="accepted")
    assert world.works["task-3"].owner == OTHER
    assert not world.sees(
        PLANS.__class__(tenant="t", client="x", party=STRANGER, claims=True), referral.task
    )


def test_a_claim_is_for_oneself_and_for_who_may():
    """Neither for another nor without leave."""
    referral = Referral(owner=None)
    with pytest.raises(Refused, match="who may claim"):
        referral.world.update(CLAIMER, referral.task, owner=org(PLAN))
    with pytest.raises(Refused, match="who may claim"):
        referral.world.update(OTHERS, referral.task, owner=org(OTHER))


def test_what_nobody_owns_cannot_be_accepted():
    """The operator assigns it first."""
    referral = Referral(owner=None)
    with pytest.raises(Refused, match="nobody owns the Task yet"):
        referral.world.update(OPERATOR, referral.task, status="accepted")
    referral.world.update(OPERATOR, referral.task, owner=org(PLAN))
    referral.world.update(PLANS, referral.task, status="accepted")


def test_an_owner_does_not_pass_a_task_on_by_itself():
    """The operator assigns it anew, while it is only requested."""
    referral = Referral()
    with pytest.raises(Refused, match="assigns it anew"):
        referral.world.update(PLANS, referral.task, owner=org(OTHER))
    referral.world.update(OPERATOR, referral.task, owner=org(OTHER))
    assert not referral.world.sees(PLANS, referral.task)
    referral.world.update(OTHERS, referral.task, status="accepted")
    with pytest.raises(Refused, match="while it is 'requested' only"):
        referral.world.update(OPERATOR, referral.task, owner=org(PLAN))


@pytest.mark.parametrize(
    "above",
    (
        {"identifier": {"system": "urn:plan", "value": "TSK-1"}},
        {"reference": "https://hospital.example.org/fhir/Task/1"},
    ),
)
def test_a_task_may_be_part_of_one_on_another_server(above):
    """Named by identifier, or where it is; what is above is not ours to know."""
    referral = Referral()
    mine = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    place = referral.world.create(
        SOURCE, "Task", task(mine, "Patient/p", HOSPITAL, PROVIDER, partOf=[above])
    )
    assert referral.world.said(place) == "assigned-to-provider"


@pytest.mark.parametrize(
    "above", ({"reference": "https://elsewhere.example.org/Task/1"}, {"display": "x"}, {})
)
def test_a_task_is_not_part_of_something_unknown(above):
    """Neither of a stranger's server nor of nothing."""
    referral = Referral()
    mine = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    with pytest.raises(Refused, match="has to be one reference to another Task"):
        referral.world.create(
            SOURCE, "Task", task(mine, "Patient/p", HOSPITAL, PROVIDER, partOf=[above])
        )
