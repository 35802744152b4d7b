"""What a Subscription may ask for, and what it is told where it asks for something else."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.notifications import backport
from adapter.notifications.definition import read_definition
from adapter.notifications.topics import SDOH_SERVICE_REQUEST, SDOH_TASK, topics
from tests.unit.adapter.notifications.asking import subscription


def faults(resource: dict[str, Any]) -> list[tuple[str, str]]:
    _, issues = read_definition(resource, topics())
    return [(one.code, one.expression) for one in issues]


def test_everything_that_is_asked_for_is_read() -> None:
    definition, issues = read_definition(
        subscription(
            filters=("Task?owner=Organization/o1&status:not=draft", "requester=Organization/o2"),
            content="full-resource",
            heartbeat=60,
            timeout=20,
            max_count=10,
            end="2027-01-01T00:00:00-08:00",
        ),
        topics(),
    )
    assert issues == ()
    assert definition is not None
    assert definition.filters == (
        "owner=Organization/o1",
        "status:not=draft",
        "requester=Organization/o2",
    )
    assert (definition.content, definition.heartbeat_seconds) == ("full-resource", 60)
    assert (definition.timeout_seconds, definition.max_count) == (20, 10)
    assert definition.ends_at == 1798790400000


def test_one_event_is_told_at_a_time_where_nobody_says_how_many() -> None:
    definition, _ = read_definition(subscription(), topics())
    assert definition is not None
    assert definition.max_count == 1


def test_the_topics_of_sdoh_clinical_care_are_known_by_their_exact_urls() -> None:
    base = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/"
    assert f"{base}Task" == SDOH_TASK
    assert f"{base}Servicerequest" == SDOH_SERVICE_REQUEST
    assert faults(subscription(topic=f"{base}Servicerequest")) == []
    assert faults(subscription(topic=f"{base}ServiceRequest")) == [
        ("not-supported", "Subscription.criteria")
    ]


@pytest.mark.parametrize(
    ("changes", "code", "expression"),
    (
        ({"topic": "https://example.org/topic"}, "not-supported", "Subscription.criteria"),
        (
            {"filters": ("code:text=x",)},
            "not-supported",
            "Subscription.criteria.extension[0].value",
        ),
        (
            {"filters": ("description=x",)},
            "not-supported",
            "Subscription.criteria.extension[0].value",
        ),
        (
            {"filters": ("ServiceRequest?status=active",)},
            "not-supported",
            "Subscription.criteria.extension[0].value",
        ),
        (
            {"filters": ("owner.name=x",)},
            "not-supported",
            "Subscription.criteria.extension[0].value",
        ),
        ({"filters": ("",)}, "not-supported", "Subscription.criteria.extension[0].value"),
        (
            {"filters": ("_lastUpdated=yesterday",)},
            "not-supported",
            "Subscription.criteria.extension[0].value",
        ),
        ({"channel": "websocket"}, "not-supported", "Subscription.channel.type"),
        ({"channel": "message"}, "not-supported", "Subscription.channel.type"),
        ({"channel": "sms"}, "not-supported", "Subscription.channel.type"),
        ({"content": "everything"}, "not-supported", "Subscription.channel.payload.extension"),
        ({"mime": "text/html"}, "not-supported", "Subscription.channel.payload"),
        (
            {"mime": "application/fhir+json;fhirVersion=5.0"},
            "not-supported",
            "Subscription.channel.payload",
        ),
        ({"mime": "application/fhir+json;x"}, "not-supported", "Subscription.channel.payload"),
        ({"timeout": 61}, "not-supported", "Subscription.channel.extension"),
        ({"heartbeat": 1}, "not-supported", "Subscription.channel.extension"),
        ({"max_count": 1000}, "not-supported", "Subscription.channel.extension"),
        ({"end": "tomorrow"}, "value", "Subscription.end"),
        ({"end": "2027-01-01T00:00:00"}, "value", "Subscription.end"),
    ),
)
def test_what_is_not_supported_is_refused_with_its_place(
    changes: dict[str, Any], code: str, expression: str
) -> None:
    assert faults(subscription(**changes)) == [(code, expression)]


def test_a_filter_in_an_extension_of_another_version_is_refused_not_passed_over() -> None:
    asked = subscription()
    url = "http://hl7.org/fhir/5.0/subscriptions-backport/StructureDefinition/backport-filter-criteria"
    asked["_criteria"] = {"extension": [{"url": url, "valueString": "owner=Organization/1"}]}
    assert faults(asked) == [("not-supported", "Subscription.criteria.extension")]


def test_a_channel_type_in_an_extension_is_refused() -> None:
    asked = subscription()
    coding = {"system": "http://example.org/channels", "code": "zulip"}
    asked["channel"]["_type"] = {
        "extension": [{"url": f"{backport.SUBSCRIPTION}-channel-type", "valueCoding": coding}]
    }
    assert faults(asked) == [("not-supported", "Subscription.channel.type")]


def test_an_email_takes_no_payload_that_could_tell_of_a_person() -> None:
    mail: dict[str, Any] = {
        "channel": "email",
        "endpoint": "mailto:desk@example.org",
        "mime": "text/plain",
    }
    assert faults(subscription(**mail)) == []
    assert faults(subscription(**mail, content="full-resource")) == [
        ("not-supported", "Subscription.channel.payload.extension")
    ]
    attached = mail | {"mime": "text/plain;attach=application/fhir+json"}
    assert faults(subscription(**attached)) == [("not-supported", "Subscription.channel.payload")]


def test_every_fault_is_told_at_once() -> None:
    assert len(faults(subscription(topic="x", mime="text/html", content="all", timeout=99))) == 4


def test_a_missing_payload_or_channel_is_told() -> None:
    asked = subscription()
    del asked["channel"]["payload"], asked["channel"]["_payload"]
    assert len(faults(asked)) == 2
    del asked["channel"]
    assert faults(asked) == [("value", "Subscription.channel")]


@pytest.mark.parametrize(
    ("mime", "is_xml", "is_r4b"),
    (
        ("application/fhir+json", False, False),
        ("application/fhir+xml; charset=utf-8", True, False),
        ("application/fhir+json; fhirVersion=4.3", False, True),
        ('application/json;fhirVersion="4.0"', False, False),
    ),
)
def test_the_payloads_type_says_json_or_xml_and_the_release(
    mime: str, is_xml: bool, is_r4b: bool
) -> None:
    definition, issues = read_definition(subscription(mime=mime), topics())
    assert issues == ()
    assert definition is not None
    assert (definition.is_xml, definition.is_r4b) == (is_xml, is_r4b)
