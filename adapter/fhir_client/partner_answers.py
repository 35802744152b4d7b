"""What a partner's FHIR server says, and how values of searches are written to it."""

from __future__ import annotations

import json
from datetime import UTC
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import msgspec
import requests
from msgspec import Struct

from adapter import clock

Resource = dict[str, Any]

#: Decimals keep their digits (FHIR R4: their precision is significant).
ENCODER = msgspec.json.Encoder(decimal_format="number")


class Answer(Struct, frozen=True, kw_only=True):
    """What a server said to one call, all of 2xx."""

    status: int
    #: None: nothing came.
    resource: Resource | None
    #: `meta.versionId` as in the ETag or the resource; empty: not said.
    version: str
    #: As in the header, or of a create; empty: not said.
    location: str
    #: When it was given, by the server's clock, as an instant; empty: not said.
    date: str


class Page(Struct, frozen=True, kw_only=True):
    """One page of a search."""

    matches: tuple[Resource, ...]
    included: tuple[Resource, ...]
    #: When the search was answered, by the server's clock, as an instant; empty: not said.
    at: str


def identifier_query(system: str, value: str) -> str:
    """`identifier=system|value` as If-None-Exist and `ifNoneExist` take it."""
    return "identifier=" + quote(f"{escaped(system)}|{escaped(value)}", safe=":/|")


def escaped(text: str) -> str:
    """A text within the value of a search parameter (FHIR R4 search, "Escaping")."""
    for character in "\\$,|":
        text = text.replace(character, "\\" + character)
    return text


def objects(value: object) -> list[Resource]:
    """The objects of what should be a list of them."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def bearer(token: str) -> dict[str, str]:
    """The header with an access token; none without."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def if_match_header(version: str) -> dict[str, str]:
    """The header that names a version; none without."""
    return {"If-Match": f'W/"{version}"'} if version else {}


def decoded(content: bytes) -> Any:
    """JSON with its decimals as they are; None where it is none."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def answer_of(response: requests.Response, body: Resource | None) -> Answer:
    """An answer of 2xx."""
    headers = response.headers
    version = headers.get("ETag", "").strip().removeprefix("W/").strip('"')
    return Answer(
        status=response.status_code,
        resource=body,
        version=version or version_of(body or {}),
        location=headers.get("Location", ""),
        date=_date(headers.get("Date", "")),
    )


def version_of(resource: Resource) -> str:
    """`meta.versionId`; empty: none."""
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""


def page_of(bundle: Resource, answer: Answer) -> Page:
    """A searchset or history; what it holds that is no resource is passed over."""
    matches: list[Resource] = []
    included: list[Resource] = []
    for entry in objects(bundle.get("entry")):
        resource = entry.get("resource")
        if not isinstance(resource, dict) or resource.get("resourceType") == "OperationOutcome":
            continue
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        (matches if mode in (None, "match") else included).append(resource)
    meta = bundle.get("meta")
    at = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return Page(
        matches=tuple(matches),
        included=tuple(included),
        at=at if isinstance(at, str) else answer.date,
    )


def next_link(bundle: Resource) -> str | None:
    """Where the next page is, as the server writes it; None: this is the last one."""
    for link in objects(bundle.get("link")):
        if link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else None
    return None


def _date(text: str) -> str:
    try:
        found = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return ""
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def retry_after(response: requests.Response) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3); None: not said."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None
