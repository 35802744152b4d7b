"""How subscriptions are told: in order, each event at least once, and only what may be told."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.notifications.endpoints import Reach
from adapter.notifications.retrying import DAY, HOUR, SECOND, Verdict
from adapter.store.records import Permit
from tests.unit.adapter.notifications.checking import check, every, focuses, numbers, only
from tests.unit.adapter.notifications.receiver import Received, Receiver
from tests.unit.adapter.notifications.world import (
    CLINIC,
    PROVIDER,
    TENANT,
    World,
    both,
    task,
    viewer,
)


def begun(world: World, receiver: Receiver, **asked: Any) -> str:
    """An active subscription, its handshake forgotten."""
    id = world.subscribe(receiver.url, **asked)
    world.work()
    receiver.received.clear()
    return id


def happens(world: World, *ids: str, status: str = "requested") -> None:
    for id in ids:
        world.write(task(id, status), PROVIDER)


@pytest.mark.parametrize("content", ("empty", "id-only", "full-resource"))
def test_each_event_is_told_once_and_in_order(
    world: World, receiver: Receiver, content: str
) -> None:
    id = begun(world, receiver, content=content)
    happens(world, "a", "b", "a")
    world.work()
    happens(world, "c")
    world.work()
    for bundle in receiver.bundles:
        check(bundle, "event-notification", id, content)
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1], [2], [3], [4]]


@both
def test_a_resource_is_told_as_it_was_at_each_event(world: World, receiver: Receiver) -> None:
    begun(world, receiver, content="full-resource")
    for status in ("requested", "accepted", "completed"):
        happens(world, "t1", status=status)
    world.work()
    told = [bundle["entry"][1]["resource"] for bundle in receiver.bundles]
    assert [one["status"] for one in told] == ["requested", "accepted", "completed"]


def test_as_many_events_go_together_as_the_client_takes(world: World, receiver: Receiver) -> None:
    begun(world, receiver, max_count=3)
    happens(world, *"abcdefg")
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1, 2, 3], [4, 5, 6], [7]]
    last = [only(one["entry"][0]["resource"], "events-since-subscription-start") for one in
            receiver.bundles]  # fmt: skip
    assert [one["valueString"] for one in last] == ["3", "6", "7"]


@both
def test_a_retry_is_the_same_notification_though_more_happened(
    world: World, receiver: Receiver
) -> None:
    begun(world, receiver, max_count=10)
    receiver.answer = lambda _: (503, {})
    happens(world, "a", "b")
    world.work()
    happens(world, "c")
    receiver.answer = lambda _: (200, {})
    world.clock += 10 * SECOND
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1, 2], [1, 2], [3]]
    ids = [bundle["id"] for bundle in receiver.bundles]
    assert ids[0] == ids[1] != ids[2]


def test_nothing_is_sent_before_the_receivers_wish(world: World, receiver: Receiver) -> None:
    begun(world, receiver)
    receiver.answer = lambda _: (429, {"Retry-After": "600"})
    happens(world, "a")
    world.work()
    for minutes in (5, 4):
        world.clock += minutes * 60 * SECOND
        world.work()
    assert len(receiver.received) == 1
    world.clock += 60 * SECOND
    world.work()
    assert len(receiver.received) == 2


def test_an_endpoint_that_is_down_for_days_misses_nothing(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver, max_count=2)
    receiver.answer = lambda _: (502, {})
    happens(world, "a", "b", "c")
    for _ in range(60):
        world.work()
        world.clock += HOUR
    assert world.status(id) == "active"
    assert all(numbers(bundle) == [1, 2] for bundle in receiver.bundles)
    receiver.received.clear()
    receiver.answer = lambda _: (200, {})
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1, 2], [3]]


def test_after_seven_days_it_is_given_up_and_what_waits_goes_on_waiting(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    receiver.answer = lambda _: (502, {})
    happens(world, "a")
    for _ in range(7 * 24 + 1):
        world.work()
        world.clock += HOUR
    world.work()
    assert world.status(id) == "error"
    happens(world, "b")
    tried = len(receiver.received)
    world.clock += 30 * DAY
    world.work()
    assert len(receiver.received) == tried
    receiver.received.clear()
    receiver.answer = lambda _: (200, {})
    world.subscribe(receiver.url, id=id)
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[], [1], [2]]


@both
def test_a_notification_that_is_refused_is_a_dead_letter_and_does_not_block_the_rest(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    receiver.answer = lambda one: (422 if numbers(one.json) == [1] else 200, {})
    happens(world, "a", "b")
    world.work()
    assert world.status(id) == "error"
    world.subscribe(receiver.url, id=id)
    world.work()
    assert world.status(id) == "active"
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1], [], [2]]


def test_an_endpoint_that_is_gone_is_not_called_again(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    receiver.answer = lambda _: (410, {})
    happens(world, "a", "b")
    world.work()
    world.clock += DAY
    world.work()
    assert len(receiver.received) == 1
    assert world.status(id) == "error"
    assert world.resource("Subscription", id)["error"] == "the endpoint answered 410"


@both
def test_who_died_before_noting_leaves_the_same_notification_to_the_next(
    world: World, receiver: Receiver
) -> None:
    begun(world, receiver, max_count=5)
    happens(world, "a", "b")
    (held,) = world.telling.lease("dies", (), 5)
    under_way = world.telling._step(held, None, Verdict(kind="taken"), 0)
    assert under_way is not None
    world.telling._send(under_way)
    happens(world, "c")
    world.work()
    assert len(receiver.received) == 1
    world.clock += 200 * SECOND
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1, 2], [1, 2], [3]]
    assert receiver.bundles[0]["id"] == receiver.bundles[1]["id"]


def test_who_lost_its_lease_notes_nothing(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, "a")
    (held,) = world.telling.lease("slow", (), 5)

    def overtaken(_: Received) -> tuple[int, dict[str, str]]:
        receiver.answer = lambda _: (200, {})
        world.clock += 200 * SECOND
        world.work()
        return 410, {}

    receiver.answer = overtaken
    world.telling.tell(held)
    assert world.status(id) == "active"
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1], [1]]


def test_what_was_changed_while_it_was_told_is_told_by_the_new_words(
    world: World, receiver: Receiver
) -> None:
    id = world.subscribe(receiver.url)

    def meanwhile(_: Received) -> tuple[int, dict[str, str]]:
        receiver.answer = lambda _: (200, {})
        world.subscribe(receiver.url + "/new", id=id)
        return 410, {}

    receiver.answer = meanwhile
    world.work()
    assert world.status(id) == "active"
    assert [one.path for one in receiver.received] == ["/in", "/in/new"]


def test_rights_are_asked_at_the_send_and_what_may_not_be_told_is_a_number(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver, content="full-resource", max_count=5)
    happens(world, "a", "b")
    with world.store.unit() as unit:
        unit.grant(("Task", "a"), TENANT, frozenset())
    world.work()
    (bundle,) = receiver.bundles
    assert numbers(bundle) == [1, 2]
    assert focuses(bundle) == ["", "https://ecm.example.org/fhir/Task/b"]
    assert b"Task/a" not in receiver.received[0].body
    assert world.audited(entity="Task") == [
        ("refused", "Task/a", f"Subscription/{id} event 1 full-resource"),
        ("success", "Task/b", f"Subscription/{id} event 2 full-resource"),
    ]


def test_a_revoked_consent_stops_the_next_send(world: World, receiver: Receiver) -> None:
    world.register(viewer(CLINIC, covered=False))
    id = world.subscribe(receiver.url, by=CLINIC)
    world.work()
    receiver.received.clear()
    permit = Permit(patient="p1", party=CLINIC, label="*", start=0, end=2**50)
    consent = {"resourceType": "Consent", "id": "c1", "patient": {"reference": "Patient/p1"}}
    with world.store.unit() as unit:
        world.write(consent, unit=unit)
        unit.permit(TENANT, ("Consent", "c1"), (permit,))
    world.write(task(), CLINIC)
    receiver.answer = lambda _: (503, {})
    world.work()
    with world.store.unit() as unit:
        unit.permit(TENANT, ("Consent", "c1"), ())
    world.clock += 10 * SECOND
    world.work()
    assert [focuses(bundle) != [""] for bundle in receiver.bundles] == [True, False]
    assert world.status(id) == "active"


def test_records_of_substance_use_that_are_told_by_consent_bear_the_statement(
    world: World, receiver: Receiver
) -> None:
    """42 CFR 2.32, also where they are asked for again; and what consent it was is audited."""
    id = begun(world, receiver, content="full-resource")
    consent = {"resourceType": "Consent", "id": "c1", "patient": {"reference": "Patient/p1"}}
    permit = Permit(patient="p1", party=PROVIDER, label="eth", start=0, end=2**50)
    with world.store.unit() as unit:
        world.write(consent, unit=unit)
        unit.permit(TENANT, ("Consent", "c1"), (permit,))
    world.write(task("a", meta={"security": [{"system": "urn:s", "code": "ETH"}]}), PROVIDER)
    happens(world, "b")
    world.work()
    with world.store.reading() as unit:
        again = world.operations.events(unit, viewer(PROVIDER), id, {})
        rows = unit.connection.rows(
            "SELECT consent, labels, patient FROM audit WHERE entity = 'Task/a'", {}
        )
    for bundle, expected in (*zip(receiver.bundles, (True, False), strict=True), (again, True)):
        outcome = bundle["entry"][0]["response"].get("outcome", {})
        assert ("42 CFR part 2 prohibits" in str(outcome)) is expected
        assert ("Consent/c1" in str(outcome)) is expected
    assert ("Consent/c1", "eth", "p1") in rows


def test_a_client_that_was_taken_out_is_told_nothing_more(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, "a")
    del world.clients["provider"]
    world.work()
    assert receiver.received == []
    assert world.status(id) == "off"


def test_a_host_that_is_not_registered_any_more_is_not_called(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    world.register(viewer(PROVIDER), Reach(hosts=frozenset({"hook.example.org"})))
    happens(world, "a")
    world.work()
    assert receiver.received == []
    assert world.status(id) == "error"


def test_an_address_that_may_not_be_called_any_more_is_not_connected_to(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    world.register(viewer(PROVIDER), Reach())
    happens(world, "a")
    world.work()
    assert receiver.received == []
    assert world.status(id) == "error"


@both
def test_a_heartbeat_comes_when_there_was_nothing_to_tell(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver, heartbeat=60)
    world.clock += 59 * SECOND
    world.work()
    assert receiver.received == []
    happens(world, "a")
    world.work()
    world.clock += 59 * SECOND
    world.work()
    assert len(receiver.received) == 1
    world.clock += SECOND
    world.work()
    check(receiver.bundles[1], "heartbeat", id)
    status = receiver.bundles[1]["entry"][0]["resource"]
    assert only(status, "events-since-subscription-start")["valueString"] == "1"


def test_one_that_fails_hears_of_it_once_an_hour_if_it_asked_for_heartbeats(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver, heartbeat=60)
    receiver.answer = lambda one: (422 if numbers(one.json) else 200, {})
    happens(world, "a")
    world.work()
    receiver.received.clear()
    for _ in range(120):
        world.clock += 60 * SECOND
        world.work()
    assert len(receiver.received) == 2
    status = receiver.bundles[0]["entry"][0]["resource"]
    assert only(status, "status")["valueCode"] == "error"
    assert every(status, "error")
    assert world.status(id) == "error"


def test_one_that_failed_and_may_not_be_called_is_not_looked_at_all_the_time(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver, heartbeat=60)
    world.register(viewer(PROVIDER), Reach())
    happens(world, "a")
    world.clock += HOUR
    world.work()
    world.clock += HOUR
    world.work()
    assert world.status(id) == "error"
    assert world.telling.lease("looks", (), 5) == []


def test_every_attempt_is_audited(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    receiver.answer = lambda _: (500, {})
    happens(world, "a")
    world.work()
    receiver.answer = lambda _: (200, {})
    world.clock += 10 * SECOND
    world.work()
    told = ("success", "Task/a", f"Subscription/{id} event 1 id-only")
    assert world.audited() == [
        ("success", f"Subscription/{id}", "handshake"),
        told,
        ("failed", f"Subscription/{id}", "the endpoint answered 500"),
        told,
    ]


def test_what_cannot_be_written_does_not_stop_the_others(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(world, receiver, mime="application/fhir+xml")
    begun(world, receiver)
    happens(world, "a")

    def fails(_: bytes) -> bytes:
        raise RuntimeError

    monkeypatch.setattr("profiles.xml.to_xml", fails)
    world.work()
    assert [one.headers["Content-Type"] for one in receiver.received] == ["application/fhir+json"]


@both
def test_what_was_told_is_kept_for_more_than_thirty_days_and_the_rest_for_longer(
    world: World, receiver: Receiver
) -> None:
    from adapter.store.events import between

    id = begun(world, receiver)
    receiver.answer = lambda one: (422 if numbers(one.json) == [2] else 200, {})
    happens(world, "a", "b", "c")
    world.work()

    def kept() -> list[int]:
        with world.store.reading() as unit:
            return [one.number for one in between(unit.connection, TENANT, id, 1, 9, 9)]

    with world.store.reading() as unit:
        began = unit.now
    world.clock = began + 31 * DAY
    world.sweeping.forget()
    assert kept() == [1, 2, 3]
    world.clock = began + 36 * DAY
    world.sweeping.forget()
    assert kept() == [2, 3]
    world.clock = began + 366 * DAY
    world.sweeping.forget()
    assert kept() == []
