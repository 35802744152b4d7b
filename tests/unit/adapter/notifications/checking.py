"""What a notification has to be, as the test kit of the Backport checks it.

After `notification_conformance_verification` of https://github.com/inferno-framework/subscriptions-test-kit
"""

from __future__ import annotations

from typing import Any


def check(bundle: dict[str, Any], kind: str, subscription: str, content: str = "empty") -> None:
    """Fail where a notification is not what the test kit accepts."""
    assert bundle["resourceType"] == "Bundle"
    assert bundle["type"] == "history"
    first, *rest = bundle["entry"]
    assert first["request"]["url"].endswith(f"Subscription/{subscription}/$status")
    assert all(entry.get("request") and entry.get("response") for entry in bundle["entry"])
    assert all(entry["fullUrl"] for entry in bundle["entry"])
    status = first["resource"]
    assert status["resourceType"] == "Parameters"
    assert only(status, "type")["valueCode"] == kind
    assert only(status, "subscription")["valueReference"]["reference"].endswith(subscription)
    assert only(status, "status")["valueCode"] in ("requested", "active", "error", "off")
    assert only(status, "events-since-subscription-start")["valueString"].isdecimal()
    if kind != "event-notification":
        assert rest == []
        assert every(status, "notification-event") == []
        return
    told = every(status, "notification-event")
    assert told
    for event in told:
        assert part(event, "event-number")["valueString"].isdecimal()
        _CONTENTS[content](event, rest)
    if content == "empty":
        assert rest == []
        assert every(status, "topic") == []
    if content == "full-resource":
        assert only(status, "topic")["valueCanonical"]


def every(status: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The parameters of that name."""
    return [one for one in status["parameter"] if one["name"] == name]


def only(status: dict[str, Any], name: str) -> dict[str, Any]:
    """The one parameter of that name."""
    (found,) = every(status, name)
    return found


def part(event: dict[str, Any], name: str) -> dict[str, Any]:
    """A part of an event; empty: there is none."""
    found: dict[str, Any] = next((one for one in event["part"] if one["name"] == name), {})
    return found


def numbers(bundle: dict[str, Any]) -> list[int]:
    """The numbers of the events that are told."""
    told = every(bundle["entry"][0]["resource"], "notification-event")
    return [int(part(event, "event-number")["valueString"]) for event in told]


def focuses(bundle: dict[str, Any]) -> list[str]:
    """The focus of each event; empty: it is not told."""
    told = every(bundle["entry"][0]["resource"], "notification-event")
    return [part(one, "focus").get("valueReference", {}).get("reference", "") for one in told]


def _empty(event: dict[str, Any], rest: list[dict[str, Any]]) -> None:
    assert not part(event, "focus")
    assert not part(event, "additional-context")


def _id_only(event: dict[str, Any], rest: list[dict[str, Any]]) -> None:
    focus = part(event, "focus")["valueReference"]["reference"]
    assert any(entry["fullUrl"] == focus for entry in rest)
    assert all("resource" not in entry for entry in rest)


def _full_resource(event: dict[str, Any], rest: list[dict[str, Any]]) -> None:
    focus = part(event, "focus")["valueReference"]["reference"]
    (entry, *_) = [one for one in rest if one["fullUrl"] == focus]
    if entry["request"]["method"] != "DELETE":
        resource = entry["resource"]
        assert focus.endswith(f"{resource['resourceType']}/{resource['id']}")


_CONTENTS = {"empty": _empty, "id-only": _id_only, "full-resource": _full_resource}
