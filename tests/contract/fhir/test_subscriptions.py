"""Subscriptions over HTTP: a handshake, notifications, and the operations of the Backport."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapter.notifications import backport
from adapter.notifications.topics import SDOH_TASK
from tests.contract.fhir.conftest import Fhir, patient, told
from tests.unit.adapter.notifications.asking import subscription
from tests.unit.adapter.notifications.checking import check, numbers, only
from tests.unit.adapter.notifications.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def subscribed(fhir: Fhir, receiver: Receiver, **asked: Any) -> str:
    """The id of a Subscription that is active."""
    made = fhir.create(subscription(receiver.url, **asked))
    assert made["status"] == "requested"
    id = str(made["id"])
    until(lambda: fhir.get(f"Subscription/{id}").json["status"] == "active")
    return id


def referral(fhir: Fhir, status: str = "requested") -> dict[str, Any]:
    """A Task about somebody of its own."""
    someone = f"Patient/{fhir.create(patient('Notified'))['id']}"
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "order",
        "for": {"reference": someone},
    }


@pytest.mark.parametrize("content", ("empty", "id-only", "full-resource"))
def test_a_change_is_told_to_who_asked_for_it(fhir: Fhir, receiver: Receiver, content: str) -> None:
    task = referral(fhir)
    asked = {"content": content, "filters": (f"patient={task['for']['reference']}",)}
    id = subscribed(fhir, receiver, **asked, headers=("X-Key: canary-19",))
    check(receiver.bundles[0], "handshake", id)
    made = fhir.create(task)
    until(lambda: len(receiver.received) == 2)
    check(receiver.bundles[1], "event-notification", id, content)
    assert receiver.received[1].headers["X-Key"] == "canary-19"
    assert receiver.received[1].headers["Content-Type"] == "application/fhir+json"
    if content == "full-resource":
        assert receiver.bundles[1]["entry"][1]["resource"] == made
    status = fhir.get(f"Subscription/{id}/$status").json["entry"][0]["resource"]
    assert only(status, "events-since-subscription-start")["valueString"] == "1"
    again = fhir.get(f"Subscription/{id}/$events", {"eventsSinceNumber": "1"}).json
    assert numbers(again) == [1]
    assert "canary-19" not in fhir.get(f"Subscription/{id}/_history").body.decode()


def test_a_draft_is_told_of_when_it_is_sent(fhir: Fhir, receiver: Receiver) -> None:
    task = referral(fhir, "draft")
    id = subscribed(fhir, receiver, filters=(f"patient={task['for']['reference']}",))
    made = fhir.create(task)
    place = f"Task/{made['id']}"
    assert fhir("PUT", place, made | {"status": "requested"}).status == 200
    until(lambda: len(receiver.received) == 2)
    entry = receiver.bundles[1]["entry"][1]
    assert entry["fullUrl"] == f"{fhir.base}/{place}"
    assert entry["response"]["etag"] == 'W/"2"'
    assert fhir("DELETE", f"Subscription/{id}").status == 204


def test_events_are_sent_again_on_request(fhir: Fhir, receiver: Receiver) -> None:
    task = referral(fhir)
    id = subscribed(fhir, receiver, filters=(f"patient={task['for']['reference']}",))
    fhir.create(task)
    until(lambda: len(receiver.received) == 2)
    asked = {
        "resourceType": "Parameters",
        "parameter": [{"name": "eventsSinceNumber", "valueString": "1"}],
    }

    def resent() -> bool:
        # Until what was sent is noted there is nothing to send again.
        assert fhir("POST", f"Subscription/{id}/$resend", asked).status == 200
        return len(receiver.received) > 2

    until(resent)
    assert receiver.bundles[1]["id"] == receiver.bundles[2]["id"]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    (
        ("criteria", "https://example.org/topic", "Subscription.criteria"),
        ("channel.type", "websocket", "Subscription.channel.type"),
        ("channel.endpoint", "https://198.51.100.1.example/", "Subscription.channel.endpoint"),
        ("channel.payload", "text/html", "Subscription.channel.payload"),
    ),
)
def test_what_is_not_supported_is_refused_with_its_place(
    fhir: Fhir, path: str, value: str, place: str
) -> None:
    asked = subscription("http://127.0.0.1:9/in")
    element, _, name = path.rpartition(".")
    (asked[element] if element else asked)[name] = value
    issue = told(fhir("POST", "Subscription", asked), 422, "not-supported")
    assert issue["expression"] == [place]


def test_an_endpoint_where_clouds_keep_secrets_is_refused(fhir: Fhir) -> None:
    asked = subscription("http://169.254.169.254/latest")
    told(fhir("POST", "Subscription", asked), 422, "not-supported")


def test_what_is_supported_stands_in_the_capability_statement(fhir: Fhir) -> None:
    statement = fhir.get("metadata").json
    (one,) = [
        resource
        for resource in statement["rest"][0]["resource"]
        if resource["type"] == "Subscription"
    ]
    assert backport.SUBSCRIPTION in one["supportedProfile"]
    assert SDOH_TASK in str(one["extension"])
    assert {operation["name"] for operation in one["operation"]} >= {"status", "events", "resend"}
    assert "url" in {parameter["name"] for parameter in one["searchParam"]}
