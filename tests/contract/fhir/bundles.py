"""Bundles that tests send."""

from __future__ import annotations

from typing import Any

from tests.contract.conftest import Answer

Resource = dict[str, Any]


def entry(
    method: str,
    url: str,
    resource: Resource | None = None,
    full_url: str = "",
    **request: str,
) -> Resource:
    made: Resource = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    if full_url:
        made["fullUrl"] = full_url
    return made


def transaction(*entries: Resource, type: str = "transaction") -> Resource:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


def condition(subject: str, **elements: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "code": {"text": "c"},
        "subject": {"reference": subject},
        **elements,
    }


def statuses(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["response"]["status"][:3] for one in answer.json["entry"]]


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012}"
