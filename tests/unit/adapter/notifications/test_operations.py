"""`$status`, `$events` and `$resend`: what a subscriber asks, and how it catches up."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from adapter.fhir_api.faults import Refused
from tests.unit.adapter.notifications.checking import check, focuses, numbers, only
from tests.unit.adapter.notifications.receiver import Received, Receiver
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


def asked(world: World, operation: str, *args: Any, by: str = PROVIDER, **params: str) -> Any:
    """The answer to an operation, as its reader gets it."""
    traits = {"operator": True} if by == PLAN else {}
    given = {name: [value] for name, value in params.items()}
    with world.store.unit() as unit:
        ask = getattr(world.operations, operation)
        operands = args if operation == "status" else (*args, given)
        answer = ask(unit, viewer(by, **traits), *operands)
    return msgspec.json.decode(msgspec.json.encode(answer))


def begun(world: World, receiver: Receiver, **wanted: Any) -> str:
    id = world.subscribe(receiver.url, **wanted)
    world.work()
    receiver.received.clear()
    return id


def happens(world: World, *ids: str) -> None:
    for id in ids:
        world.write(task(id), PROVIDER)


def test_status_tells_how_many_events_there_were(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, "a", "b")
    answer = asked(world, "status", id)
    assert (answer["type"], answer["total"]) == ("searchset", 1)
    status = answer["entry"][0]["resource"]
    assert only(status, "type")["valueCode"] == "query-status"
    assert only(status, "status")["valueCode"] == "active"
    assert only(status, "events-since-subscription-start")["valueString"] == "2"


def test_status_says_what_went_wrong(world: World, receiver: Receiver) -> None:
    receiver.answer = lambda _: (404, {})
    id = begun(world, receiver)
    status = asked(world, "status", id)["entry"][0]["resource"]
    assert only(status, "status")["valueCode"] == "error"
    assert only(status, "error")["valueCodeableConcept"]["text"] == "the endpoint answered 404"


@both
def test_status_of_all_is_narrowed_by_id_and_status(world: World, receiver: Receiver) -> None:
    one, two = begun(world, receiver), begun(world, receiver)
    off = world.subscribe(receiver.url, status="off")
    begun(world, receiver, by=CLINIC)

    def found(**params: str) -> set[str]:
        entries = asked(world, "statuses", **params).get("entry", [])
        return {
            only(entry["resource"], "subscription")["valueReference"]["reference"].split("/")[-1]
            for entry in entries
        }

    assert found() == {one, two, off}
    assert found(status="active") == {one, two}
    assert found(status="active,off", id=f"{one},{off}") == {one, off}
    assert found(status="error") == set()


def test_anothers_subscription_is_as_good_as_none(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    for operation in ("status", "events", "resend"):
        for name in (id, "none"):
            with pytest.raises(Refused) as caught:
                asked(world, operation, name, by=CLINIC)
            assert caught.value.status == 404
    assert asked(world, "statuses", by=CLINIC)["total"] == 0


@pytest.mark.parametrize("content", ("empty", "id-only", "full-resource"))
def test_events_are_told_again_as_they_were_sent(
    world: World, receiver: Receiver, content: str
) -> None:
    id = begun(world, receiver, content=content)
    happens(world, "a", "b", "c")
    bundle = asked(world, "events", id)
    assert only(bundle["entry"][0]["resource"], "type")["valueCode"] == "query-event"
    assert numbers(bundle) == [1, 2, 3]
    world.work()
    check(receiver.bundles[0], "event-notification", id, content)
    sent = [focus for one in receiver.bundles for focus in focuses(one)]
    assert focuses(bundle) == sent
    if content == "full-resource":
        assert bundle["entry"][1]["resource"] == receiver.bundles[0]["entry"][1]["resource"]


def test_both_ends_of_the_numbers_are_included(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, *"abcde")
    assert numbers(asked(world, "events", id, eventsSinceNumber="2", eventsUntilNumber="4")) == [
        2,
        3,
        4,
    ]
    assert numbers(asked(world, "events", id, eventsSinceNumber="9")) == []
    for odd in ("x", "-1", "1.5", "9" * 30, "²"):
        with pytest.raises(Refused) as caught:
            asked(world, "events", id, eventsSinceNumber=odd)
        assert caught.value.status == 400


def test_content_may_be_less_than_the_subscriptions_but_not_more(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    happens(world, "a")
    assert focuses(asked(world, "events", id, content="empty")) == [""]
    more = asked(world, "events", id, content="full-resource")
    assert "resource" not in more["entry"][1]


def test_what_may_not_be_seen_any_more_is_not_told_by_events_either(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver)
    happens(world, "a", "b")
    with world.store.unit() as unit:
        unit.grant(("Task", "a"), TENANT, frozenset())
    bundle = asked(world, "events", id)
    assert [bool(one) for one in focuses(bundle)] == [False, True]
    assert ("refused", "Task/a") in [one[:2] for one in world.audited()]


@both
def test_resend_sends_again_under_the_same_numbers(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver, max_count=2)
    happens(world, *"abcde")
    world.work()
    receiver.received.clear()
    outcome = asked(world, "resend", id, eventsSinceNumber="2", eventsUntilNumber="4")
    assert outcome["resourceType"] == "OperationOutcome"
    happens(world, "f")
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[2, 3], [4], [6]]


def test_what_fails_while_it_is_sent_again_is_tried_again(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, "a", "b")
    world.work()
    asked(world, "resend", id)
    receiver.received.clear()
    receiver.answer = lambda _: (503, {})
    world.work()
    receiver.answer = lambda _: (200, {})
    world.clock += 10_000
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1], [1], [2]]


def test_resend_is_narrowed_by_instants(world: World, receiver: Receiver) -> None:
    id = begun(world, receiver)
    happens(world, "a")
    world.work()
    receiver.received.clear()
    asked(world, "resend", id, eventsSinceInstant="2100-01-01T00:00:00Z")
    world.work()
    assert receiver.received == []
    asked(world, "resend", id, eventsUntilInstant="2100-01-01T00:00:00Z")
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[1]]
    with pytest.raises(Refused):
        asked(world, "resend", id, eventsSinceInstant="yesterday")


def test_nothing_is_sent_again_to_one_that_fails(world: World, receiver: Receiver) -> None:
    receiver.answer = lambda _: (404, {})
    id = begun(world, receiver)
    with pytest.raises(Refused) as caught:
        asked(world, "resend", id)
    assert caught.value.status == 409
    assert "error" in str(caught.value)


class Consumer:
    """Loses, doubles and mixes up what it is sent, and catches up by the numbers."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed, self.calls = world, seed, 0
        self.late: list[dict[str, Any]] = []
        self.known: dict[int, str] = {}

    def takes(self, request: Received) -> tuple[int, dict[str, str]]:
        self.calls += 1
        drawn = sha256(f"{self.seed} {self.calls}".encode()).digest()[0] / 256
        if drawn < 0.2:
            return 503, {}  # lost on the way
        bundle = request.json
        if drawn < 0.4:
            self.learns(bundle)
            return 503, {}  # taken, and its answer lost
        if drawn < 0.6:
            self.late.append(bundle)  # taken, and worked off out of turn
            return 200, {}
        if drawn < 0.7:
            return 200, {}  # taken, and forgotten
        self.learns(bundle)
        return 200, {}

    def learns(self, bundle: dict[str, Any]) -> None:
        for number, focus in zip(numbers(bundle), focuses(bundle), strict=True):
            assert self.known.setdefault(number, focus) == focus

    def catches_up(self, id: str) -> None:
        for bundle in reversed(self.late):
            self.learns(bundle)
        status = asked(self.world, "status", id)["entry"][0]["resource"]
        count = int(only(status, "events-since-subscription-start")["valueString"])
        for number in range(1, count + 1):
            if number not in self.known:
                wanted = str(number)
                answer = asked(
                    self.world, "events", id, eventsSinceNumber=wanted, eventsUntilNumber=wanted
                )
                self.learns(answer)


@both
def test_a_consumer_that_loses_doubles_and_mixes_up_catches_up_through_events(
    world: World, receiver: Receiver
) -> None:
    id = begun(world, receiver, max_count=2)
    consumer = Consumer(world, seed=1)
    receiver.answer = consumer.takes
    for number in range(30):
        world.write(task(f"t{number}"), PROVIDER)
        if number % 3 == 0:
            world.work()
        world.clock += 3_600_000
    while world.work():
        world.clock += 3_600_000
    consumer.catches_up(id)
    expected = {number + 1: f"https://ecm.example.org/fhir/Task/t{number}" for number in range(30)}
    assert consumer.known == expected
