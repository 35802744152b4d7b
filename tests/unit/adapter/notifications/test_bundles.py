"""Notifications are what the Backport says they are, in R4 and in R4B."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapter.notifications.bundles import Head, Kind, Told, bundle_id, notification, status
from adapter.notifications.definition import Content
from profiles.xml import to_json, to_xml
from tests.unit.adapter.notifications.checking import check, focuses, numbers, only

HEAD = Head(
    base="https://ecm.example.org/fhir",
    subscription="s1",
    topic="https://example.org/topic",
    status="active",
    events=3,
)
BODY = b'{"resourceType":"Task","id":"t1","meta":{"versionId":"2"},"x":1.10}'
TOLD = (
    Told(number=1, at=1000, action="create", type="Task", id="t1", version=1, body=BODY),
    Told(number=2, at=2000, action="update", type="Task", id="t1", version=2, body=BODY),
    Told(number=3, at=3000, action="delete", type="Task", id="t2", version=5),
)
WITHHELD = (Told(number=4, at=4000, action="update"),)


def made(
    kind: Kind, told: tuple[Told, ...] = (), content: Content = "id-only", head: Head = HEAD
) -> dict[str, Any]:
    bundle = notification(head, kind, told, content, id="b1", at=5000)
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(bundle))
    return decoded


@pytest.mark.parametrize("content", ("empty", "id-only", "full-resource"))
def test_an_event_notification_passes_the_checks_of_the_test_kit(content: Content) -> None:
    bundle = made("event-notification", TOLD, content)
    check(bundle, "event-notification", "s1", content)
    assert numbers(bundle) == [1, 2, 3]


@pytest.mark.parametrize("kind", ("handshake", "heartbeat"))
def test_handshake_and_heartbeat_tell_of_no_event(kind: Kind) -> None:
    check(made(kind), kind, "s1")


def test_each_change_of_one_resource_is_an_event_of_its_own_with_its_version() -> None:
    bundle = made("event-notification", TOLD, "id-only")
    entries = bundle["entry"][1:]
    assert [entry["request"]["method"] for entry in entries] == ["POST", "PUT", "DELETE"]
    assert [entry["request"]["url"] for entry in entries] == ["Task", "Task/t1", "Task/t2"]
    assert [entry["response"]["etag"] for entry in entries] == ['W/"1"', 'W/"2"', 'W/"5"']


def test_a_resource_goes_out_byte_for_byte() -> None:
    bundle = notification(HEAD, "event-notification", TOLD[:1], "full-resource", id="b", at=1)
    assert BODY in msgspec.json.encode(bundle)


def test_of_an_event_that_may_not_be_told_the_number_is_all_there_is() -> None:
    for content in ("empty", "id-only", "full-resource"):
        bundle = made("event-notification", WITHHELD, content)
        assert numbers(bundle) == [4]
        assert focuses(bundle) == [""]
        assert len(bundle["entry"]) == 1
        (event,) = [
            one
            for one in bundle["entry"][0]["resource"]["parameter"]
            if one["name"] == "notification-event"
        ]
        assert event["part"] == [{"name": "event-number", "valueString": "4"}]


def test_r4b_is_told_with_a_subscription_status() -> None:
    from fhir.resources.R4B.subscriptionstatus import SubscriptionStatus

    bundle = made("event-notification", TOLD, "id-only", msgspec.structs.replace(HEAD, r4b=True))
    told = bundle["entry"][0]["resource"]
    SubscriptionStatus.model_validate(told)
    assert told["eventsSinceSubscriptionStart"] == "3"
    assert [event["eventNumber"] for event in told["notificationEvent"]] == ["1", "2", "3"]
    assert told["notificationEvent"][0]["focus"] == {"reference": f"{HEAD.base}/Task/t1"}
    assert bundle["entry"][0]["request"]["url"].endswith("/Subscription/s1/$status")


def test_a_failing_subscription_says_what_failed() -> None:
    failing = msgspec.structs.replace(HEAD, status="error", error="the endpoint answered 410")
    told = status(failing, "query-status")
    assert only(told, "status")["valueCode"] == "error"
    assert only(told, "error")["valueCodeableConcept"]["text"] == "the endpoint answered 410"


def test_the_same_events_have_the_same_bundle_id_and_others_another() -> None:
    base = HEAD.base
    one = bundle_id(base, "s1", "event-notification", 1, 3)
    assert one == bundle_id(base, "s1", "event-notification", 1, 3)
    others = {
        bundle_id(base, "s1", "event-notification", 1, 4),
        bundle_id(base, "s2", "event-notification", 1, 3),
        bundle_id("https://other.example.org/fhir", "s1", "event-notification", 1, 3),
        bundle_id(base, "s1", "handshake", 1, 3),
    }
    assert len(others | {one}) == 5


@pytest.mark.parametrize("content", ("empty", "id-only"))
def test_a_notification_goes_through_xml_and_comes_back_the_same(content: Content) -> None:
    bundle = made("event-notification", TOLD, content)
    assert msgspec.json.decode(to_json(to_xml(msgspec.json.encode(bundle)))) == bundle
