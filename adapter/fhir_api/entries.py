"""The entries of a transaction or batch, read: each a call of its own.

https://hl7.org/fhir/R4/bundle.html#Bundle.entry.request. A resource keeps the bytes it was sent in.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any, Literal
from urllib.parse import unquote

import msgspec
from msgspec import Raw, Struct

from adapter.fhir_api.call import Call, parameters
from adapter.fhir_api.document import read_document
from adapter.fhir_api.faults import Issue, Refused, refused

#: Entries of one Bundle. A referral has about ten.
MOST_ENTRIES = 1000

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

#: Element of a request → header of HTTP.
_HEADERS = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}


class Entry(Struct, frozen=True, kw_only=True):
    """One entry."""

    #: Counts from 0.
    place: int
    #: Empty: it has none.
    full_url: str
    call: Call
    #: The resource decoded; None: there is none, or it is a patch.
    resource: dict[str, Any] | None


class _Entry(Struct):
    """As it is sent."""

    resource: Raw = Raw(b"")
    fullUrl: str = ""  # noqa: N815 - FHIR's name
    request: dict[str, Any] | None = None


def read_entries(
    call: Call, bases: tuple[str, ...]
) -> tuple[Literal["transaction", "batch"], list[Entry]]:
    """Type and entries of a Bundle.

    Args:
        call: with the Bundle as its body.
        bases: under which this server is known.

    Raises:
        Refused: 400, it is no transaction or batch that can be read; 413, it has too many entries.
    """
    document = read_document(call.body)
    kind = document.data.get("type")
    if document.type != "Bundle" or kind not in ("transaction", "batch"):
        raise refused(
            400, "structure", "this address takes a Bundle of type transaction or batch; send one"
        )
    given = document.data.get("entry", [])
    if not isinstance(given, list):
        raise refused(400, "structure", "Bundle.entry is no list", "Bundle.entry")
    if len(given) > MOST_ENTRIES:
        raise refused(
            413,
            "too-long",
            f"the Bundle has more than {MOST_ENTRIES} entries; send it in parts",
            "Bundle.entry",
        )
    try:
        sent = msgspec.json.decode(document.raw.get("entry", b"[]"), type=list[_Entry])
    except msgspec.ValidationError:
        raise refused(
            400, "structure", "an entry is not of the form of FHIR R4", "Bundle.entry"
        ) from None
    entries = []
    for place, (one, data) in enumerate(zip(sent, given, strict=True)):
        try:
            entries.append(_entry(place, one, data, call, bases))
        except Refused as fault:
            raise at_entry(fault, place) from None
    return kind, entries


def at_entry(fault: Refused, place: int) -> Refused:
    """A refusal of one entry as one of the Bundle: its issues say which entry."""
    found = Refused(
        fault.status,
        *(
            Issue(
                code=one.code,
                severity=one.severity,
                diagnostics=one.diagnostics,
                expression=_within(one.expression, place),
            )
            for one in fault.issues
        ),
        headers={
            name: value for name, value in fault.headers.items() if name != "WWW-Authenticate"
        },
    )
    found.action, found.entity = fault.action, fault.entity
    return found


def _within(expression: str, place: int) -> str:
    entry = f"Bundle.entry[{place}]"
    if not expression or expression.startswith("Bundle.entry["):
        return expression or entry
    type_, dot, rest = expression.partition(".")
    inner = rest if type_[:1].isupper() else expression
    return f"{entry}.resource.{inner}" if dot or inner else f"{entry}.resource"


def _entry(
    place: int, sent: _Entry, data: dict[str, Any], call: Call, bases: tuple[str, ...]
) -> Entry:
    request = sent.request or {}
    method, url = request.get("method"), request.get("url")
    if method not in _METHODS:
        raise refused(400, "required", "the entry's request has no method", "request.method")
    if not isinstance(url, str) or not url:
        raise refused(400, "required", "the entry's request has no url", "request.url")
    headers = {
        name: str(request[key])
        for key, name in _HEADERS.items()
        if isinstance(request.get(key), str)
    }
    body, resource = b"", data.get("resource")
    if bytes(sent.resource) and method in ("POST", "PUT", "PATCH"):
        headers["content-type"], body = "application/fhir+json", bytes(sent.resource)
    if method in ("POST", "PUT") and (not isinstance(resource, dict) or not body):
        raise refused(400, "required", "the entry has no resource", "resource")
    if method == "PATCH" and isinstance(resource, dict):
        if resource.get("resourceType") == "Binary":
            headers["content-type"], body = _patch(resource)
        resource = None
    path, query = _address(url, bases)
    if not path:
        raise refused(400, "not-supported", "a Bundle cannot be sent in a Bundle", "request.url")
    return Entry(
        place=place,
        full_url=sent.fullUrl,
        call=Call(
            method=str(method),
            path=path,
            query=query,
            headers=headers,
            body=body,
            base=call.base,
        ),
        resource=resource if method in ("POST", "PUT") else None,
    )


def _patch(binary: dict[str, Any]) -> tuple[str, bytes]:
    """Media type and body of a patch that is no resource."""
    try:
        return str(binary.get("contentType", "")), b64decode(
            str(binary.get("data", "")), validate=True
        )
    except (binascii.Error, ValueError):
        raise refused(400, "structure", "the patch is not in base64", "resource.data") from None


def _address(
    url: str, bases: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Path and query of `Task/1`, `/Task/1` or an absolute URL of this server."""
    for base in bases:
        if url == base or url.startswith((f"{base}/", f"{base}?")):
            url = url[len(base) :]
            break
    else:
        if "://" in url.partition("?")[0]:
            raise refused(
                400, "value", "the entry is for another server; write Type/id", "request.url"
            )
    path, _, query = url.partition("#")[0].partition("?")
    return tuple(unquote(one) for one in path.strip("/").split("/") if one), parameters(query)
