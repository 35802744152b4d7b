"""Subscriptions as clients write them."""

from __future__ import annotations

from typing import Any

from adapter.notifications import backport
from adapter.notifications.topics import SDOH_TASK


def subscription(
    endpoint: str = "https://hook.example.org/in",
    *,
    topic: str = SDOH_TASK,
    filters: tuple[str, ...] = (),
    content: str = "id-only",
    mime: str = "application/fhir+json",
    status: str = "requested",
    headers: tuple[str, ...] = (),
    channel: str = "rest-hook",
    heartbeat: int | None = None,
    timeout: int | None = None,
    max_count: int | None = None,
    **elements: Any,
) -> dict[str, Any]:
    """A Subscription of the Backport."""
    extensions = [
        *([_extension(backport.HEARTBEAT_PERIOD, "UnsignedInt", heartbeat)] if heartbeat else []),
        *([_extension(backport.TIMEOUT, "UnsignedInt", timeout)] if timeout else []),
        *([_extension(backport.MAX_COUNT, "PositiveInt", max_count)] if max_count else []),
    ]
    criteria = [_extension(backport.FILTER_CRITERIA, "String", one) for one in filters]
    return {
        "resourceType": "Subscription",
        "status": status,
        "reason": "to hear of referrals",
        "criteria": topic,
        **({"_criteria": {"extension": criteria}} if criteria else {}),
        "channel": {
            "type": channel,
            "endpoint": endpoint,
            "payload": mime,
            "_payload": {"extension": [_extension(backport.PAYLOAD_CONTENT, "Code", content)]},
            **({"extension": extensions} if extensions else {}),
            **({"header": list(headers)} if headers else {}),
        },
        **elements,
    }


def _extension(url: str, kind: str, value: object) -> dict[str, Any]:
    return {"url": url, f"value{kind}": value}
