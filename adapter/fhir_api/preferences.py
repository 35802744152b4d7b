"""What a client prefers, and on which version it decided: Prefer, ETag and the dates of HTTP.

RFC 7240 (Prefer), RFC 9110 (conditional requests), as FHIR R4 uses them
(https://hl7.org/fhir/R4/http.html#cread, #concurrency).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal

from msgspec import Struct

from adapter.fhir_api.call import Call
from adapter.fhir_api.faults import refused
from adapter.store.records import Version

Return = Literal["minimal", "representation", "OperationOutcome"]

_RETURNS: dict[str, Return] = {
    "minimal": "minimal",
    "representation": "representation",
    "operationoutcome": "OperationOutcome",
}

#: `W/"4"`, `"4"`; and `4`, which some clients send.
_ETAG = re.compile(r'(?:W/)?(?:"(\d{1,10})"|(\d{1,10}))', re.ASCII)


class Preferences(Struct, frozen=True, kw_only=True):
    """What `Prefer` says."""

    #: What the answer to a write holds.
    answer: Return = "representation"
    #: Whether a search parameter that is not known is refused, not passed over.
    strict: bool = False
    #: What was heeded, for `Preference-Applied`.
    applied: tuple[str, ...] = ()


def preferences(call: Call) -> Preferences:
    """What the client prefers; what is not known is passed over (RFC 7240, section 2)."""
    answer: Return = "representation"
    strict = False
    applied = []
    for part in (call.header("prefer") or "").replace(";", ",").split(","):
        name, _, value = part.partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        if name == "return" and value.lower() in _RETURNS:
            answer = _RETURNS[value.lower()]
            applied.append(f"return={answer}")
        elif name == "handling" and value.lower() in ("strict", "lenient"):
            strict = value.lower() == "strict"
            applied.append(f"handling={value.lower()}")
    return Preferences(answer=answer, strict=strict, applied=tuple(applied))


def etag(version: Version) -> str:
    """The ETag of a version."""
    return f'W/"{version.version}"'


def http_date(at: int) -> str:
    """Milliseconds since 1970 as a date of HTTP, which has whole seconds."""
    return format_datetime(datetime.fromtimestamp(at // 1000, UTC), usegmt=True)


def version_headers(version: Version) -> dict[str, str]:
    """What tells a version: ETag and Last-Modified."""
    return {"ETag": etag(version), "Last-Modified": http_date(version.updated_at)}


def if_match(call: Call) -> str | None:
    """The version that a write replaces, or `*`; None: not said.

    Raises:
        Refused: 400, it is no ETag of a version, or there are several.
    """
    sent = call.header("if-match")
    if sent is None or sent == "*":
        return sent
    match = _ETAG.fullmatch(sent)
    if match is None:
        raise refused(
            400, "value", 'If-Match is no ETag of a version; send it as it was given: W/"3"'
        )
    return match[1] or match[2]


def is_unchanged(call: Call, version: Version) -> bool:
    """Whether the client has this version: If-None-Match, else If-Modified-Since."""
    known = call.header("if-none-match")
    if known is not None:
        if known == "*":
            return True
        tags = (_ETAG.fullmatch(one.strip()) for one in known.split(","))
        return any(tag and int(tag[1] or tag[2]) == version.version for tag in tags)
    since = call.header("if-modified-since")
    if since is None:
        return False
    try:
        instant = parsedate_to_datetime(since)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return version.updated_at // 1000 <= int(instant.timestamp())
    except (ValueError, OverflowError, IndexError, TypeError):
        return False  # RFC 9110, 13.1.3: a date that is none is passed over
