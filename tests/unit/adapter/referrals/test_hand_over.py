"""A referral that is handed on, and what comes of it: rolled up, referred again, on record."""

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
    order,
    task,
)
from tests.unit.adapter.referrals.world import (
    HOSPITAL,
    OTHER,
    PLAN,
    PROVIDER,
    STRANGER,
)

FULL = because("no place", "no-capacity")


def done(referral: Referral, child: str, who=PROVIDERS) -> None:
    referral.world.update(who, child, status="accepted")
    referral.world.update(who, child, status="in-progress")
    referral.world.update(who, child, status="completed", output=OUTPUT)


def test_a_referral_is_handed_on_by_its_owner_once_accepted():
    """Not before, and by nobody else."""
    referral = Referral()
    with pytest.raises(Refused, match="handed on while it is accepted"):
        referral.handed_on()
    referral.accepted()
    own = referral.world.create(
        SOURCE,
        "ServiceRequest",
        order("Patient/p", HOSPITAL, basedOn=[{"reference": referral.order}]),
    )
    parts = [{"reference": referral.task}]
    with pytest.raises(Refused, match="only the owner of a Task hands it on"):
        referral.world.create(
            SOURCE, "Task", task(own, "Patient/p", HOSPITAL, PROVIDER, partOf=parts)
        )


def test_the_order_of_a_part_is_based_on_the_order_of_the_whole():
    """Otherwise nobody could tell what it is for."""
    referral = Referral().accepted()
    unrelated = referral.world.create(PLANS, "ServiceRequest", order("Patient/p", PLAN))
    parts = [{"reference": referral.task}]
    with pytest.raises(Refused, match="has to be based on"):
        referral.world.create(
            PLANS, "Task", task(unrelated, "Patient/p", PLAN, PROVIDER, partOf=parts)
        )


def test_what_the_provider_does_shows_at_the_plans_task():
    """Step by step, until the loop is closed."""
    referral = Referral().accepted()
    world, child = referral.world, referral.handed_on()
    assert (world.status(referral.task), world.said(child)) == (
        "in-progress",
        "assigned-to-provider",
    )
    seen = []
    for elements in (
        {"status": "accepted"},
        {"status": "in-progress"},
        {"businessStatus": {"coding": [{**_ours(), "code": "outreach-initiated"}]}},
        {"businessStatus": {"coding": [{**_ours(), "code": "enrolled"}]}},
        {"status": "completed", "output": OUTPUT},
    ):
        world.update(PROVIDERS, child, **elements)
        seen.append((world.status(referral.task), world.said(referral.task)))
    assert seen == [
        ("in-progress", "provider-accepted"),
        ("in-progress", "provider-accepted"),
        ("in-progress", "outreach-initiated"),
        ("in-progress", "enrolled"),
        ("completed", "loop-closed"),
    ]
    assert world.current(referral.task)["output"] == OUTPUT
    assert {one["status"] for one in world.of_type("ServiceRequest")} == {"completed"}
    assert world.works == {}


def _ours() -> dict[str, str]:
    return {"system": "https://ecm.example.org/fhir/CodeSystem/ecm-referral-business-status"}


def test_a_provider_that_declines_leaves_the_plan_to_ask_another():
    """The referral of the hospital goes on."""
    referral = Referral().accepted()
    world = referral.world
    child = referral.handed_on()
    world.update(PROVIDERS, child, status="rejected", statusReason=FULL)
    assert world.status(referral.task) == "in-progress"
    assert world.said(referral.task) == "awaiting-provider"
    assert world.works["task-3"].next_event == "assign-provider"
    done(referral, referral.handed_on(OTHER), OTHERS)
    assert world.status(referral.task) == "completed"


def test_a_plan_without_anybody_to_ask_fails_the_referral():
    """It ends by the plan's word alone."""
    referral = Referral().accepted()
    child = referral.handed_on()
    referral.world.update(PROVIDERS, child, status="rejected", statusReason=FULL)
    nobody = because("everybody declined", "no-provider-available")
    referral.world.update(PLANS, referral.task, status="failed", statusReason=nobody)
    assert referral.world.status(referral.order) == "active"


def test_the_whole_goes_on_while_any_part_does():
    """Split between two: the first outcome does not end the other's work."""
    referral = Referral().accepted()
    first, second = referral.handed_on(), referral.handed_on(OTHER)
    done(referral, first)
    assert referral.world.status(referral.task) == "in-progress"
    referral.world.update(OTHERS, second, status="rejected", statusReason=FULL)
    assert referral.world.status(referral.task) == "completed"


def test_the_whole_waits_for_every_part_where_the_tenant_wants_that():
    """The part that was declined has to be asked for again."""
    referral = Referral(Choices(completion="all")).accepted()
    first, second = referral.handed_on(), referral.handed_on(OTHER)
    done(referral, first)
    referral.world.update(OTHERS, second, status="rejected", statusReason=FULL)
    assert referral.world.status(referral.task) == "in-progress"
    focus = referral.world.current(second)["focus"]["reference"]
    third = referral.world.create(
        PLANS,
        "Task",
        task(focus, "Patient/p", PLAN, STRANGER, partOf=[{"reference": referral.task}]),
    )
    done(referral, third, PLANS.__class__(tenant="t", client="s", party=STRANGER))
    assert referral.world.status(referral.task) == "completed"


@pytest.mark.parametrize("status", ("completed", "on-hold"))
def test_the_whole_neither_completes_nor_pauses_beside_its_parts(status):
    """While a provider is at work."""
    referral = Referral().accepted()
    referral.handed_on()
    with pytest.raises(Refused, match="was handed on; while Task/"):
        referral.world.update(
            PLANS, referral.task, status=status, output=OUTPUT, statusReason=because("why")
        )


def test_a_referral_that_replaces_another_ends_it_and_shares_its_thread():
    """A member who wants another provider is never with two."""
    referral = Referral().accepted()
    world = referral.world
    again = world.create(
        SOURCE,
        "ServiceRequest",
        order("Patient/p", HOSPITAL, replaces=[{"reference": referral.order}]),
    )
    assert world.status(referral.task) == "cancelled"
    assert world.current(referral.task)["statusReason"]["coding"][0]["code"] == "replaced"
    assert world.status(referral.order) == "revoked"
    new = world.create(SOURCE, "Task", task(again, "Patient/p", HOSPITAL, OTHER))
    assert world.current(new)["groupIdentifier"] == world.current(referral.task)["groupIdentifier"]


def test_a_thread_is_what_the_first_task_says():
    """An order that names none has that of its Task; what is based on it or replaces it too."""
    world = Referral().world
    place = world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    ours = {"system": "urn:hospital", "value": "THR-1"}
    asked = task(place, "Patient/p", HOSPITAL, PLAN, groupIdentifier=ours)
    first = world.create(SOURCE, "Task", asked)
    based = world.create(
        PLANS, "ServiceRequest", order("Patient/p", PLAN, basedOn=[{"reference": place}])
    )
    again = world.create(
        SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL, replaces=[{"reference": place}])
    )
    assert world.status(first) == "cancelled"
    assert [world.current(one).get("requisition") for one in (place, based, again)] == [
        None, ours, ours,
    ]  # fmt: skip


def test_a_draft_replaces_nothing_yet():
    """Not until it is active."""
    referral = Referral()
    world = referral.world
    again = world.create(
        SOURCE,
        "ServiceRequest",
        order("Patient/p", HOSPITAL, status="draft", replaces=[{"reference": referral.order}]),
    )
    assert world.status(referral.task) == "requested"
    world.update(SOURCE, again, status="active")
    assert world.status(referral.task) == "cancelled"


def test_nobody_replaces_anothers_order():
    """Nor starts another thread for one's own."""
    referral = Referral()
    replaces = [{"reference": referral.order}]
    with pytest.raises(Refused, match="replaced by the organization that ordered it"):
        referral.world.create(PLANS, "ServiceRequest", order("Patient/p", PLAN, replaces=replaces))
    with pytest.raises(Refused, match="has its requisition"):
        referral.world.create(
            SOURCE,
            "ServiceRequest",
            order("Patient/p", HOSPITAL, replaces=replaces, requisition={"value": "new"}),
        )


def test_the_part_of_a_part_rolls_up_all_the_way():
    """Three hops: the hospital, the plan, a network and its member."""
    referral = Referral().accepted()
    world, child = referral.world, referral.handed_on()
    world.update(PROVIDERS, child, status="accepted")
    below = world.create(
        PROVIDERS,
        "ServiceRequest",
        order(
            "Patient/p",
            PROVIDER,
            basedOn=[{"reference": world.current(child)["focus"]["reference"]}],
        ),
    )
    last = world.create(
        PROVIDERS,
        "Task",
        task(below, "Patient/p", PROVIDER, OTHER, partOf=[{"reference": child}]),
    )
    done(referral, last, OTHERS)
    assert [world.status(one) for one in (last, child, referral.task)] == ["completed"] * 3
