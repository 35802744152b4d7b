"""What a Subscription asks for, read from the resource, with every fault told.

A Subscription of the Backport names a topic in `criteria` and narrows it with filters, says how
much of a resource it wants to be told, and where to. What is not understood is refused rather than
left out: a filter that is passed over tells a receiver more than it asked for, or less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from adapter.fhir_api.faults import Issue
from adapter.notifications.backport import (
    FILTER_CRITERIA,
    HEARTBEAT_PERIOD,
    MAX_COUNT,
    PAYLOAD_CONTENT,
    TIMEOUT,
)
from adapter.notifications.filters import Unsupported, read_filters
from adapter.notifications.topics import Topic

Channel = Literal["rest-hook", "email"]
Content = Literal["empty", "id-only", "full-resource"]

#: What a notification may be sent as, by channel.
_JSON = ("application/fhir+json", "application/json")
_XML = ("application/fhir+xml", "application/xml")
_MIME = {"rest-hook": (*_JSON, *_XML), "email": ("text/plain",)}
_CONTENT = {"rest-hook": ("empty", "id-only", "full-resource"), "email": ("empty", "id-only")}
_FHIR_VERSIONS = ("4.0", "4.0.1", "4.3", "4.3.0")

#: The longest that an endpoint is waited for, in seconds.
LONGEST_TIMEOUT = 60
#: The shortest time between two heartbeats, in seconds.
SHORTEST_HEARTBEAT = 10
#: The most events of one notification.
MOST_EVENTS = 100

_MIME_PARAMETER = re.compile(r"\s*([\w-]+)\s*=\s*\"?([\w.+-]+)\"?\s*")


class Definition(Struct, frozen=True, kw_only=True):
    """What one Subscription asks for. Holds no secret."""

    #: Canonical URL.
    topic: str
    #: `owner=Organization/1`, without the type; all have to hold.
    filters: tuple[str, ...] = ()
    channel: Channel
    #: URL, or `mailto:` with an address.
    endpoint: str
    #: As asked, with its parameters; what a notification is sent as.
    mime: str
    content: Content
    #: 0: no heartbeat.
    heartbeat_seconds: int = 0
    #: 0: not said.
    timeout_seconds: int = 0
    #: The most events of one notification. One, where nobody said: not every receiver reads on.
    max_count: int = 1
    #: Until when, in milliseconds since 1970; 0: without end.
    ends_at: int = 0

    @property
    def is_xml(self) -> bool:
        """Whether notifications are written as XML."""
        return self.mime.partition(";")[0].strip().lower() in _XML

    @property
    def is_r4b(self) -> bool:
        """Whether the status is R4B's SubscriptionStatus instead of R4's Parameters."""
        return mime_parameters(self.mime).get("fhirversion", "4.0").startswith("4.3")


def mime_parameters(mime: str) -> dict[str, str]:
    """The parameters of a MIME type, names in lower case; what cannot be read has an empty name."""
    found = {}
    for part in mime.split(";")[1:]:
        match = _MIME_PARAMETER.fullmatch(part)
        found[match[1].lower() if match else ""] = match[2] if match else part
    return found


def read_definition(
    resource: Mapping[str, Any], topics: Mapping[str, Topic]
) -> tuple[Definition | None, tuple[Issue, ...]]:
    """What the Subscription asks for, or why that cannot be had.

    Args:
        resource: a Subscription, valid in its structure.
        topics: those there are, by URL.

    Returns:
        The definition, or None and at least one issue.
    """
    issues = tuple(_faults(resource, topics))
    if issues:
        return None, issues
    channel = resource["channel"]
    extensions = _extensions(channel)
    return (
        Definition(
            topic=resource["criteria"],
            filters=tuple(
                one
                for written in _filters(resource)
                for one in read_filters(topics[resource["criteria"]], written)
            ),
            channel=channel["type"],
            endpoint=channel["endpoint"],
            mime=channel["payload"],
            content=_content(channel),
            heartbeat_seconds=extensions.get(HEARTBEAT_PERIOD, {}).get("valueUnsignedInt", 0),
            timeout_seconds=extensions.get(TIMEOUT, {}).get("valueUnsignedInt", 0),
            max_count=extensions.get(MAX_COUNT, {}).get("valuePositiveInt", 1),
            ends_at=_instant(resource.get("end")) or 0,
        ),
        (),
    )


def _faults(resource: Mapping[str, Any], topics: Mapping[str, Topic]) -> Iterator[Issue]:
    topic = topics.get(str(resource.get("criteria", "")))
    if topic is None:
        known = ", ".join(sorted(topics))
        yield _unsupported(
            f"`criteria` names no topic of this server; choose one of {known}",
            "Subscription.criteria",
        )
    yield from _filter_faults(resource, topic)
    if resource.get("end") is not None and _instant(resource["end"]) is None:
        yield _value("`end` is no instant with a time zone", "Subscription.end")
    channel = resource.get("channel")
    if not isinstance(channel, dict):
        yield _value("`channel` is missing", "Subscription.channel")
        return
    if channel.get("type") not in _MIME or _extensions(channel.get("_type")):
        yield _unsupported(
            "the channel is not supported; choose rest-hook or email", "Subscription.channel.type"
        )
        return
    if not isinstance(channel.get("endpoint"), str):
        yield _value("`endpoint` is missing", "Subscription.channel.endpoint")
    yield from _payload_faults(channel)
    yield from _extension_faults(channel)


def _filter_faults(resource: Mapping[str, Any], topic: Topic | None) -> Iterator[Issue]:
    for url in _extensions(resource.get("_criteria")):
        if url != FILTER_CRITERIA:
            yield _unsupported(
                f"an extension of `criteria` is not supported; filters stand in {FILTER_CRITERIA}",
                "Subscription.criteria.extension",
            )
    for position, written in enumerate(_filters(resource)):
        try:
            if topic is not None:
                read_filters(topic, written)
        except Unsupported as fault:
            yield _unsupported(str(fault), f"Subscription.criteria.extension[{position}].value")


def _payload_faults(channel: Mapping[str, Any]) -> Iterator[Issue]:
    path = "Subscription.channel.payload"
    mime = str(channel.get("payload", ""))
    supported = _MIME[channel["type"]]
    if mime.partition(";")[0].strip().lower() not in supported:
        yield _unsupported(
            f"the payload's type is not supported on this channel; choose {' or '.join(supported)}",
            path,
        )
    for name, value in mime_parameters(mime).items():
        if name == "charset" and value.lower() == "utf-8":
            continue
        if name == "fhirversion" and value in _FHIR_VERSIONS and channel["type"] == "rest-hook":
            continue
        yield _unsupported(
            "a parameter of the payload's type is not supported; there are charset=utf-8 and, "
            "of rest-hook, fhirVersion=4.0 or 4.3",
            path,
        )
    contents = _CONTENT[channel["type"]]
    if _content(channel) not in contents:
        yield _unsupported(
            f"the payload's content has to be said in {PAYLOAD_CONTENT}; this channel sends "
            f"{' or '.join(contents)}",
            f"{path}.extension",
        )


def _extension_faults(channel: Mapping[str, Any]) -> Iterator[Issue]:
    bounds = {
        HEARTBEAT_PERIOD: ("valueUnsignedInt", SHORTEST_HEARTBEAT, 2**31 - 1),
        TIMEOUT: ("valueUnsignedInt", 1, LONGEST_TIMEOUT),
        MAX_COUNT: ("valuePositiveInt", 1, MOST_EVENTS),
    }
    for url, extension in _extensions(channel).items():
        if url not in bounds:
            yield _unsupported(
                "an extension of `channel` is not supported; there are heartbeat period, timeout "
                "and max count of the Backport",
                "Subscription.channel.extension",
            )
            continue
        name, least, most = bounds[url]
        value = extension.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            yield _unsupported(
                f"{url.rpartition('/')[2]} has to be {name} from {least} to {most}",
                "Subscription.channel.extension",
            )


def _filters(resource: Mapping[str, Any]) -> list[str]:
    element = resource.get("_criteria")
    listed = element.get("extension", ()) if isinstance(element, dict) else ()
    return [str(one.get("valueString", "")) for one in listed if one.get("url") == FILTER_CRITERIA]


def _content(channel: Mapping[str, Any]) -> Any:
    return _extensions(channel.get("_payload")).get(PAYLOAD_CONTENT, {}).get("valueCode")


def _extensions(element: object) -> dict[str, dict[str, Any]]:
    listed = element.get("extension", ()) if isinstance(element, dict) else ()
    return {str(one.get("url")): one for one in listed if isinstance(one, dict)}


def _instant(written: object) -> int | None:
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return None if found.tzinfo is None else int(found.astimezone(UTC).timestamp() * 1000)


def _unsupported(words: str, expression: str) -> Issue:
    return Issue(code="not-supported", diagnostics=words, expression=expression)


def _value(words: str, expression: str) -> Issue:
    return Issue(code="value", diagnostics=words, expression=expression)
