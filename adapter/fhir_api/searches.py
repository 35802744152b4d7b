"""Searches and histories as Bundles with opaque links to the next page.

Links stand on the base URL the client used, since some clients follow no other. A link holds a
token; what it stands for is kept here, for the client that asked, as a search may hold names and
dates of birth that are not to travel in addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from adapter.fhir_api.answers import bundle, found_entry
from adapter.fhir_api.call import Answer, parameters
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.table import TABLE
from adapter.fhir_api.views import View
from adapter.search.parameters import PATIENT_COMPARTMENT, TYPES
from adapter.search.parsing import parse
from adapter.search.query import Query
from adapter.store.records import Found, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Names the token of a page.
PAGE = "_page"

Pairs = tuple[tuple[str, str], ...]


class Pages(Protocol):
    """Keeps where the pages of searches begin, each for the client that asked."""

    def keep(self, unit: Unit, viewer: Viewer, query: str, after: str) -> str:
        """The token of a page; `query` and `after` come back by it."""

    def find(self, unit: Unit, viewer: Viewer, token: str) -> tuple[str, str] | None:
        """Query and place of a token; None: it is unknown, old or another's."""


class _Asked(Struct, frozen=True, kw_only=True):
    """A search as it can be asked again."""

    #: Empty: of several types.
    type: str
    compartment: tuple[str, str] | None
    pairs: Pairs
    strict: bool


class _Page(Struct, frozen=True, kw_only=True):
    """One page of a search."""

    #: Of the last type searched.
    query: Query
    found: list[Found]
    #: None: not told.
    total: int | None
    #: Where the next page begins; empty: this is the last one.
    following: str


class Searches:
    """Answers searches of one type, of a compartment, of several types."""

    def __init__(self, exchange: Exchange, pages: Pages, bases: tuple[str, ...] = ()) -> None:
        """Put it together.

        Args:
            exchange: searches.
            pages: keeps where pages begin.
            bases: under which this server is known, besides the one of the call.
        """
        self._exchange, self._pages, self._bases = exchange, pages, bases

    def search(self, request: Request) -> Answer:
        """A page of a search."""
        asked, after = self._asked(request)
        if asked.type:
            return self._of_type(request, asked, after)
        return self._of_types(request, asked, after)

    def _asked(self, request: Request) -> tuple[_Asked, str]:
        call, route = request.call, request.route
        pairs = call.query
        if call.method == "POST":
            if call.media_type not in ("application/x-www-form-urlencoded", ""):
                raise refused(
                    415,
                    "not-supported",
                    "a search by POST is a form; send application/x-www-form-urlencoded",
                )
            pairs += parameters(_text(call.body))
        token = dict(pairs).get(PAGE)
        if token is None:
            asked = _Asked(
                type=route.type,
                compartment=route.compartment,
                pairs=pairs,
                strict=request.preferences.strict,
            )
            return asked, ""
        kept = self._pages.find(request.unit, request.viewer, token)
        if kept is None:
            raise refused(
                410,
                "expired",
                "this page is kept no longer; begin the search again from its first page",
            )
        return msgspec.json.decode(kept[0], type=_Asked), kept[1]

    def _of_type(self, request: Request, asked: _Asked, after: str) -> Answer:
        query = self._query(request, asked, asked.type, after)
        found = self._exchange.search(request.unit, request.viewer, query)
        page = _Page(query=query, found=[found], total=found.total, following=found.next)
        return self._answer(request, asked, page)

    def _of_types(self, request: Request, asked: _Asked, after: str) -> Answer:
        """Type after type; a place is the type, and where its page begins."""
        types, pairs = _types(asked)
        one = msgspec.structs.replace(asked, pairs=pairs)
        first, inner = msgspec.json.decode(after, type=tuple[int, str]) if after else (0, "")
        query = self._query(request, one, types[first], inner)
        found: list[Found] = []
        following, left = "", query.count
        for place in range(first, len(types)):
            if query.count and not left:
                following = msgspec.json.encode((place, "")).decode()
                break
            query = self._query(request, one, types[place], inner)
            inner = ""
            result = self._search(request, asked, query, left)
            if result is None:
                continue
            found.append(result)
            left -= len(result.matches)
            if result.next:
                following = msgspec.json.encode((place, result.next)).decode()
                break
        total = None if query.count else sum(each.total or 0 for each in found)
        page = _Page(query=query, found=found, total=total, following=following)
        return self._answer(request, asked, page)

    def _search(self, request: Request, asked: _Asked, query: Query, count: int) -> Found | None:
        """A page of one type among several; None: it may not be searched, and nobody named it."""
        try:
            wanted = msgspec.structs.replace(query, count=count)
            return self._exchange.search(request.unit, request.viewer, wanted)
        except Refused as fault:
            if fault.status == 403 and all(name != "_type" for name, _ in asked.pairs):
                return None
            raise

    def _query(self, request: Request, asked: _Asked, type: str, after: str) -> Query:
        query = parse(
            type,
            [pair for pair in asked.pairs if pair[0] != PAGE],
            strict=asked.strict,
            compartment=asked.compartment,
            bases=tuple(dict.fromkeys((request.call.base, *self._bases))),
        )
        return msgspec.structs.replace(query, after=after)

    def _answer(self, request: Request, asked: _Asked, page: _Page) -> Answer:
        query = page.query
        view = View(summary=query.summary, elements=query.elements)
        base = request.call.base
        place = f"{base}/{'/'.join(asked.compartment)}" if asked.compartment else base
        if asked.type:
            place += f"/{asked.type}"
        elif asked.compartment:
            place += "/*"
        applied = list(query.applied)
        if not asked.type:
            applied += [pair for pair in asked.pairs if pair[0] == "_type"]
        applied += [pair for pair in request.call.query if pair[0] in ("_format", "_pretty")]
        links = [("self", f"{place}?{urlencode(applied)}" if applied else place)]
        if page.following:
            kept = msgspec.json.encode(asked).decode()
            token = self._pages.keep(request.unit, request.viewer, kept, page.following)
            links.append(("next", f"{place}?{urlencode([(PAGE, token)])}"))
        entries: list[dict[str, Any]] = []
        for mode, versions in (
            ("match", [version for one in page.found for version in one.matches]),
            ("include", [version for one in page.found for version in one.included]),
        ):
            entries += [found_entry(version, base, mode, view) for version in versions]
        body = bundle("searchset", entries, links=links, total=page.total)
        return Answer(status=200, body=body)


def _types(asked: _Asked) -> tuple[list[str], Pairs]:
    """The types to search and the parameters for each of them."""
    named = [
        one for name, value in asked.pairs if name == "_type" for one in value.split(",") if one
    ]
    rest = tuple(pair for pair in asked.pairs if pair[0] != "_type")
    if asked.compartment is not None:
        among = PATIENT_COMPARTMENT if asked.compartment[0] == "Patient" else {}
        types = [one for one in TABLE if one in among and (not named or one in named)]
    else:
        types = [one for one in TABLE if one in TYPES and (not named or one in named)]
    if not types or any(one not in TABLE for one in named):
        raise refused(
            400, "not-supported", "_type names no type there is here; GET metadata lists them"
        )
    searchable = [one for one in types if "search-type" in TABLE[one].interactions]
    return searchable, rest


def _text(form: bytes) -> str:
    try:
        return form.decode("ascii")
    except UnicodeDecodeError:
        raise refused(
            400, "value", "the form is not URL-encoded; send each character above 127 as %XX"
        ) from None
