"""Events: which there are, who gets them, and that their numbers have no gaps."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import msgspec
import pytest

from adapter.notifications.topics import OVERDUE, SDOH_SERVICE_REQUEST, topic_url
from adapter.store.database import Database
from adapter.store.deliveries import lease
from adapter.store.events import between
from adapter.store.records import Permit, Work
from adapter.store.resources import ResourceStore
from adapter.store.subscribing import set_status
from tests.unit.adapter.notifications.receiver import Receiver
from tests.unit.adapter.notifications.world import (
    CLINIC,
    PLAN,
    PROVIDER,
    TENANT,
    World,
    both,
    task,
    viewer,
)


def active(world: World, *, by: str = PROVIDER, status: str = "active", **asked: Any) -> str:
    """A subscription whose handshake is taken for done."""
    id = world.subscribe("http://127.0.0.1:1/in", by=by, **asked)
    with world.store.unit() as unit:
        set_status(unit.connection, TENANT, id, status)
    return id


def events(world: World, id: str) -> list[tuple[int, str, str, int]]:
    with world.store.reading() as unit:
        found = between(unit.connection, TENANT, id, 1, 10**6, 10**6)
    return [(one.number, one.action, f"{one.type}/{one.id}", one.version) for one in found]


@both
def test_every_status_is_an_event_of_its_own(world: World) -> None:
    id = active(world)
    for status in ("requested", "accepted", "in-progress", "completed"):
        world.write(task(status=status), PROVIDER)
    world.delete("Task", "t1", PROVIDER)
    assert events(world, id) == [
        (1, "create", "Task/t1", 1),
        (2, "update", "Task/t1", 2),
        (3, "update", "Task/t1", 3),
        (4, "update", "Task/t1", 4),
        (5, "delete", "Task/t1", 5),
    ]


@both
def test_several_changes_of_one_transaction_are_numbered_in_their_order(world: World) -> None:
    id, other = active(world), active(world)
    with world.store.unit() as unit:
        for name, status in (("a", "requested"), ("b", "requested"), ("a", "accepted")):
            world.write(task(name, status), PROVIDER, unit=unit)
        assert world.recording.record(unit, TENANT) == 6
    expected = [
        (1, "create", "Task/a", 1),
        (2, "create", "Task/b", 1),
        (3, "update", "Task/a", 2),
    ]
    assert events(world, id) == events(world, other) == expected


def test_what_is_not_committed_leaves_no_event_and_no_gap(world: World) -> None:
    id = active(world)
    world.write(task("a"), PROVIDER)
    with pytest.raises(RuntimeError):
        world.write(task("b"), PROVIDER, fails=True)
    world.write(task("c"), PROVIDER)
    assert [one[:3] for one in events(world, id)] == [
        (1, "create", "Task/a"),
        (2, "create", "Task/c"),
    ]


def test_a_subscription_that_fails_goes_on_counting(world: World) -> None:
    id = active(world, status="error")
    world.write(task(), PROVIDER)
    assert len(events(world, id)) == 1


def test_what_happens_before_the_handshake_counts(world: World) -> None:
    """Who subscribes and then looks once misses nothing in between."""
    id = active(world, status="requested")
    world.write(task(), PROVIDER)
    assert len(events(world, id)) == 1


@pytest.mark.parametrize("status", ("off", "deleted"))
def test_one_that_is_over_does_not(world: World, status: str) -> None:
    id = active(world, status=status)
    world.write(task(), PROVIDER)
    assert events(world, id) == []


def test_a_filter_narrows_it(world: World) -> None:
    owner = active(world, filters=("Task?owner=Organization/provider&status:not=requested",))
    other = active(world, filters=("owner=Organization/other",))
    world.write(task(), PROVIDER)
    world.write(task(status="accepted"), PROVIDER)
    assert [one[3] for one in events(world, owner)] == [2]
    assert events(world, other) == []


def test_a_draft_and_another_intent_are_no_events(world: World) -> None:
    id = active(world)
    world.write(task("a", "draft"), PROVIDER)
    world.write(task("b", intent="proposal"), PROVIDER)
    assert events(world, id) == []


def test_of_a_service_request_changes_and_deletion_are_told_but_not_its_creation(
    world: World,
) -> None:
    id = active(world, topic=SDOH_SERVICE_REQUEST)
    request = {"resourceType": "ServiceRequest", "id": "r1", "status": "active", "intent": "order"}
    world.write(request, PROVIDER)
    world.write(request | {"status": "revoked"}, PROVIDER)
    world.delete("ServiceRequest", "r1", PROVIDER)
    assert [one[1] for one in events(world, id)] == ["update", "delete"]


def test_who_may_not_see_it_gets_no_event(world: World) -> None:
    ids = {party: active(world, by=party) for party in (PLAN, PROVIDER, CLINIC)}
    world.write(task(), PROVIDER)
    assert {party: len(events(world, id)) for party, id in ids.items()} == {
        PLAN: 1,
        PROVIDER: 1,
        CLINIC: 0,
    }


def test_another_tenants_subscription_gets_no_event(world: World) -> None:
    id = active(world, by=PLAN)
    moved = "UPDATE subscription SET tenant = 'other' WHERE id = :id"
    with world.store.unit() as unit:
        unit.connection.run(moved, {"id": id})
    world.write(task(), PROVIDER)
    assert events(world, id) == []


def test_labelled_data_needs_clearance_or_a_consent_in_force(world: World) -> None:
    id = active(world)
    labelled = task(meta={"security": [{"system": "urn:s", "code": "ETH"}]})
    world.write(labelled, PROVIDER)
    assert events(world, id) == []
    consent = {"resourceType": "Consent", "id": "c1", "patient": {"reference": "Patient/p1"}}
    permit = Permit(patient="p1", party=PROVIDER, label="eth", start=0, end=2**50)
    with world.store.unit() as unit:
        world.write(consent, unit=unit)
        unit.permit(TENANT, ("Consent", "c1"), (permit,))
    world.write(labelled, PROVIDER)
    assert [one[3] for one in events(world, id)] == [2]
    with world.store.unit() as unit:
        unit.permit(TENANT, ("Consent", "c1"), ())
    world.write(labelled, PROVIDER)
    assert [one[3] for one in events(world, id)] == [2]


def test_scopes_that_are_narrowed_narrow_what_is_told(world: World) -> None:
    id = active(world)
    scopes = ("system/Task.rs?status=accepted",)
    world.register(viewer(PROVIDER, scopes=scopes))
    world.write(task("a"), PROVIDER)
    world.write(task("b", "accepted"), PROVIDER)
    assert [one[2] for one in events(world, id)] == ["Task/b"]


def test_a_client_that_is_not_registered_any_more_gets_no_event(world: World) -> None:
    id = active(world)
    del world.clients["provider"]
    world.write(task(), PROVIDER)
    assert events(world, id) == []


@both
def test_a_due_date_that_passed_is_told_once(world: World) -> None:
    id = active(world, topic=topic_url(OVERDUE), filters=("status=requested",))
    every = active(world)
    work = Work(
        owner=PROVIDER,
        queue="",
        requester=PLAN,
        status="requested",
        business_status="",
        due_at=world.clock + 1000,
        next_event="accept",
        thread="",
    )

    def due(at: int) -> None:
        with world.store.unit() as unit:
            unit.work(TENANT, "Task", "t1", msgspec.structs.replace(work, due_at=at))

    world.write(task(), PROVIDER)
    due(world.clock + 1000)
    assert world.sweeping.tell_overdue() == 0
    world.clock += 1000
    assert [world.sweeping.tell_overdue() for _ in range(3)] == [1, 0, 0]
    due(world.clock + 5000)
    world.clock += 5000
    assert world.sweeping.tell_overdue() == 1
    assert [one[:3] for one in events(world, id)] == [(1, "", "Task/t1"), (2, "", "Task/t1")]
    assert [one[1] for one in events(world, every)] == ["create"]


@both
def test_numbers_have_no_gaps_however_many_write_at_once(world: World, database: Database) -> None:
    """Eight writers, each of 15 transactions of which every third is given up."""
    ids = [active(world), active(world)]
    barrier = Barrier(8)
    faults: list[BaseException] = []

    def write(writer: int) -> None:
        barrier.wait()
        for number in range(15):
            try:
                world.write(task(f"{writer}-{number}"), PROVIDER, fails=number % 3 == 0)
            except RuntimeError:
                continue
            except BaseException as fault:
                faults.append(fault)
                raise

    threads = [Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for id in ids:
        assert [one[0] for one in events(world, id)] == list(range(1, 81))
        assert len({one[2] for one in events(world, id)}) == 80


@both
def test_an_event_is_visible_with_its_change_and_not_before(
    world: World, database: Database
) -> None:
    id = active(world)
    other = ResourceStore(database)
    with world.store.unit() as unit:
        world.write(task(), PROVIDER, unit=unit)
        world.recording.record(unit, TENANT)
        with other.reading() as elsewhere:
            assert elsewhere.current(TENANT, "Task", "t1") is None
            assert between(elsewhere.connection, TENANT, id, 1, 9, 9) == []
    with other.reading() as elsewhere:
        assert elsewhere.current(TENANT, "Task", "t1") is not None
        assert len(between(elsewhere.connection, TENANT, id, 1, 9, 9)) == 1


@both
def test_two_workers_never_hold_the_same_subscription(world: World, receiver: Receiver) -> None:
    for _ in range(6):
        active(world)
    world.write(task(), PROVIDER)
    with world.store.unit() as unit:
        until = world.clock + 1000
        one = lease(unit.connection, world.clock, "one", until, (), 4)
        if not unit.connection.is_file:
            with world.store.unit() as elsewhere:
                other = lease(elsewhere.connection, world.clock, "other", until, (), 4)
        else:
            other = []
    if not other:
        with world.store.unit() as unit:
            other = lease(unit.connection, world.clock, "other", until, (), 4)
    assert (len(one), len(other)) == (4, 2)
    assert not {held.subscription for held in one} & {held.subscription for held in other}
