"""The topics a referral is followed by: what sets off an event, and how it may be narrowed.

Written as R4B's SubscriptionTopic, which says what a topic is in elements that are checked. FHIR R4
has no such resource, so `as_basic` writes one as the Subscriptions R5 Backport asks: a Basic with
extensions of the later versions. Two topics are those of SDOH Clinical Care, by their exact URLs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE

_FOLDER = Path(__file__).parent / "definitions" / "subscription_topics"
_R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic"
_R4B = "http://hl7.org/fhir/4.3/StructureDefinition/extension-SubscriptionTopic"
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/"

#: Elements of a topic, by the type of extension value they become.
_HEAD = {
    "url": "Uri",
    "version": "String",
    "title": "String",
    "date": "DateTime",
    "description": "Markdown",
}
_PARTS = {
    "description": "Markdown",
    "resource": "Uri",
    "supportedInteraction": "Code",
    "filterParameter": "String",
    "current": "String",
    "resultForCreate": "Code",
    "resultForDelete": "Code",
    "requireBoth": "Boolean",
    "include": "String",
}


class Topic(Struct, frozen=True, kw_only=True):
    """A shipped topic."""

    url: str
    title: str
    #: Type of the focus of an event.
    type: str
    #: create, update, delete; empty: only the exchange itself sets it off.
    methods: tuple[str, ...]
    #: What has to hold for the focus, as search parameters; empty: nothing.
    current: str
    #: Search parameters by which a subscription may narrow it.
    filters: tuple[str, ...]


@cache
def topics(base: str = DEFAULT_BASE) -> tuple[Topic, ...]:
    """Give the shipped topics, ours under `base`."""
    return tuple(_topic(one) for one in topic_resources(base))


def topic_resources(base: str = DEFAULT_BASE) -> list[dict[str, Any]]:
    """Give the shipped topics as R4B SubscriptionTopics, by their ids."""
    read = (file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.json")))
    return [msgspec.json.decode(text.replace(DEFAULT_BASE, base.rstrip("/"))) for text in read]


def as_basic(topic: dict[str, Any]) -> dict[str, Any]:
    """A topic as FHIR R4 can carry it."""
    extensions = [
        {"url": f"{_R5}.{name}", f"value{kind}": topic[name]}
        for name, kind in _HEAD.items()
        if name in topic
    ]
    for name in ("resourceTrigger", "canFilterBy", "notificationShape"):
        extensions += [
            {"url": f"{_R4B}.{name}", "extension": _parts(one)} for one in topic.get(name, ())
        ]
    return {
        "resourceType": "Basic",
        "id": topic["id"],
        "extension": extensions,
        "modifierExtension": [{"url": f"{_R5}.status", "valueCode": topic["status"]}],
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]
        },
    }


def _parts(element: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for name, value in element.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                parts.append({"url": name, "extension": _parts(one)})
            else:
                parts.append({"url": name, f"value{_PARTS[name]}": one})
    return parts


def _topic(resource: dict[str, Any]) -> Topic:
    (trigger,) = resource["resourceTrigger"]
    return Topic(
        url=resource["url"],
        title=resource["title"],
        type=trigger["resource"].removeprefix(_FHIR_TYPE),
        methods=tuple(trigger.get("supportedInteraction", ())),
        current=trigger.get("queryCriteria", {}).get("current", ""),
        filters=tuple(one["filterParameter"] for one in resource["canFilterBy"]),
    )
