"""Histories of a resource, a type and of all (https://hl7.org/fhir/R4/http.html#history)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlencode

import msgspec

from adapter.fhir_api.answers import bundle, history_entry
from adapter.fhir_api.call import Answer
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.faults import refused
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.searches import PAGE
from adapter.fhir_api.views import view_of
from adapter.search.instants import span
from adapter.store.records import Version

#: Versions on a page: unasked, and at most.
_COUNT, _MOST = 50, 200

#: Where the page before ended: instant, key and version of its last entry.
_PLACE = msgspec.json.Decoder(tuple[int, int, int])


def history(exchange: Exchange, request: Request) -> Answer:
    """A page of versions, the newest first.

    `_since` is the earliest instant, `_at` one at which the versions were the present ones.
    """
    asked = {name: value for name, value in request.call.query if value}
    count = _count(asked.get("_count", str(_COUNT)))
    route = request.route
    found = exchange.history(
        request.unit,
        request.viewer,
        route.type or None,
        route.id or None,
        since=_first_instant(asked, "_since"),
        at=_first_instant(asked, "_at"),
        count=count + 1,
        before=_before(asked.get(PAGE)),
    )
    page, more = found[:count], len(found) > count
    base = request.call.base
    place = "/".join(one for one in (base, route.type, route.id, "_history") if one)
    kept = [(name, asked[name]) for name in ("_count", "_since", "_at") if name in asked]
    links = [("self", f"{place}?{urlencode(kept)}" if kept else place)]
    if more and page:
        links.append(("next", f"{place}?{urlencode([*kept, (PAGE, _token(page[-1]))])}"))
    view = view_of(request.call.query)
    entries = [history_entry(version, base, view) for version in page]
    return Answer(status=200, body=bundle("history", entries, links=links))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise refused(400, "value", "_count is a number, 0 or more")
    return min(int(text[:9]), _MOST)


def _first_instant(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    # A plus in a query is a blank.
    found = span(text.replace(" ", "+"))
    if found is None:
        raise refused(400, "value", f"{name} is no instant of FHIR; write 2026-01-31T12:00:00Z")
    return found[0]


def _token(version: Version) -> str:
    place = msgspec.json.encode((version.updated_at, version.key, version.version))
    return urlsafe_b64encode(place).decode().rstrip("=")


def _before(token: str | None) -> tuple[int, int, int] | None:
    if token is None:
        return None
    try:
        place = _PLACE.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        place = None
    if place is None or any(not 0 <= one < 2**53 for one in place):
        raise refused(400, "value", "the link of this page was changed; begin with the first page")
    return place
