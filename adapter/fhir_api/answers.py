"""Answers in the form the client wants: OperationOutcomes, Bundles, JSON or XML, a part or all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Raw

from adapter.fhir_api.call import Answer
from adapter.fhir_api.document import instant
from adapter.fhir_api.faults import Issue, Refused
from adapter.fhir_api.negotiation import Wanted
from adapter.fhir_api.preferences import etag, version_headers
from adapter.fhir_api.views import View
from adapter.store.records import Version

#: Methods of the versions of a history, and the status each had.
_AS_REQUEST = {"create": ("POST", "201"), "update": ("PUT", "200"), "delete": ("DELETE", "204")}


#: In one OperationOutcome.
_MOST_ISSUES = 100


def outcome_body(issues: Iterable[Issue]) -> bytes:
    """An OperationOutcome in JSON; of very many issues the first, and how many there are."""
    given = list(issues)
    if len(given) > _MOST_ISSUES:
        more = f"{len(given) - _MOST_ISSUES} more issues are not listed; put these right first"
        given = [*given[:_MOST_ISSUES], Issue(code="too-long", diagnostics=more)]
    listed = []
    for one in given:
        issue: dict[str, Any] = {
            "severity": one.severity,
            "code": one.code,
            "diagnostics": one.diagnostics,
        }
        if one.expression:
            issue["expression"] = [one.expression]
        listed.append(issue)
    return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": listed})


def refusal(fault: Refused) -> Answer:
    """The answer to what is refused."""
    return Answer(status=fault.status, headers=dict(fault.headers), body=outcome_body(fault.issues))


def of_version(version: Version, status: int = 200) -> Answer:
    """The answer that is a version of a resource."""
    return Answer(
        status=status, headers=version_headers(version), body=version.body, version=version
    )


def as_asked(body: bytes, wanted: Wanted) -> bytes:
    """A resource in the form that is wanted."""
    if not body:
        return body
    if wanted.format == "xml":
        from profiles.xml import to_xml

        return to_xml(body, pretty=wanted.pretty)
    return msgspec.json.format(body, indent=2) if wanted.pretty else body


def bundle(
    type: str,
    entries: Sequence[dict[str, Any]],
    *,
    links: Sequence[tuple[str, str]] = (),
    total: int | None = None,
) -> bytes:
    """A Bundle in JSON; what has no elements is left out, as FHIR knows no empty list."""
    made: dict[str, Any] = {"resourceType": "Bundle", "type": type}
    if total is not None:
        made["total"] = total
    if links:
        made["link"] = [{"relation": relation, "url": url} for relation, url in links]
    if entries:
        made["entry"] = entries
    return msgspec.json.encode(made)


def found_entry(version: Version, base: str, mode: str, view: View) -> dict[str, Any]:
    """An entry of a searchset."""
    return {
        "fullUrl": f"{base}/{version.type}/{version.id}",
        "resource": Raw(view.of(version.body)),
        "search": {"mode": mode},
    }


def history_entry(version: Version, base: str, view: View) -> dict[str, Any]:
    """An entry of a history."""
    method, status = _AS_REQUEST[version.method]
    url = version.type if method == "POST" else f"{version.type}/{version.id}"
    entry: dict[str, Any] = {"fullUrl": f"{base}/{version.type}/{version.id}"}
    if not version.deleted:
        entry["resource"] = Raw(view.of(version.body))
    entry["request"] = {"method": method, "url": url}
    entry["response"] = {
        "status": status,
        "etag": etag(version),
        "lastModified": instant(version.updated_at),
    }
    return entry


def response_entry(answer: Answer, base: str) -> dict[str, Any]:
    """An entry of the answer to a transaction or batch."""
    status = HTTPStatus(answer.status)
    response: dict[str, Any] = {"status": f"{status.value} {status.phrase}"}
    if location := answer.headers.get("Location"):
        response["location"] = location.removeprefix(f"{base}/")
    if tag := answer.headers.get("ETag"):
        response["etag"] = tag
    if answer.version is not None:
        response["lastModified"] = instant(answer.version.updated_at)
    entry: dict[str, Any] = {}
    if answer.body:
        is_outcome = answer.version is None and b'"OperationOutcome"' in answer.body[:60]
        if is_outcome:
            response["outcome"] = Raw(answer.body)
        else:
            if answer.version is not None:
                entry["fullUrl"] = f"{base}/{answer.version.type}/{answer.version.id}"
            entry["resource"] = Raw(answer.body)
    entry["response"] = response
    return entry
