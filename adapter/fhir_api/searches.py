"""Searches and histories as Bundles with opaque links to the next page.

Links stand on the base URL the client used, since some clients follow no other. A link holds a
token; what it stands for is kept here, for the client that asked, as a search may hold names and
dates of birth that are not to travel in addresses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from adapter.fhir_api.answers import bundle, found_entry
from adapter.fhir_api.call import Answer, Call, parameters
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.table import TABLE
from adapter.fhir_api.views import View
from adapter.search.parameters import PATIENT_COMPARTMENT, TYPES
from adapter.search.parsing import parse
from adapter.search.query import Query
from adapter.store.records import Found
from adapter.store.search_pages import keep_page, load_page

#: Names the token of a page.
PAGE = "_page"

Pairs = tuple[tuple[str, str], ...]


class _Several(Struct, frozen=True, array_like=True):
    """A search of several types, and where its next page begins."""

    pairs: Pairs
    strict: bool
    compartment: tuple[str, str] | None
    #: Which of the types, and the place in it.
    type: int = 0
    after: str = ""


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

    def __init__(self, exchange: Exchange, bases: tuple[str, ...] = ()) -> None:
        """Put it together.

        Args:
            exchange: searches.
            bases: under which this server is known, besides the one of the call.
        """
        self._exchange, self._bases = exchange, bases

    def search(self, request: Request) -> Answer:
        """A page of a search."""
        pairs = _pairs(request.call)
        token = dict(pairs).get(PAGE)
        kept = None if token is None else self._kept(request, token)
        if request.route.type:
            query = kept or self._query(request, request.route.type, pairs)
            if query.type != request.route.type:
                raise _gone()
            return self._of_type(request, query)
        if kept is not None:
            several = _kept_several(kept)
        else:
            strict, compartment = request.preferences.strict, request.route.compartment
            several = _Several(pairs, strict, compartment)
        return self._of_types(request, several)

    @staticmethod
    def _kept(request: Request, token: str) -> Query:
        unit = request.unit
        kept = load_page(unit.connection, request.viewer, token, unit.now)
        if kept is None:
            raise _gone()
        return kept

    def _of_type(self, request: Request, query: Query) -> Answer:
        found = self._exchange.search(request.unit, request.viewer, query)
        page = _Page(query=query, found=[found], total=found.total, following=found.next)
        return self._answer(request, page)

    def _of_types(self, request: Request, asked: _Several) -> Answer:
        """Type after type, until the page is full."""
        types = _types(asked)
        query = self._one_of(request, asked, types[asked.type], asked.after)
        found: list[Found] = []
        following, left = "", query.count
        for place in range(asked.type, len(types)):
            if query.count and not left:
                following = _place(asked, place, "")
                break
            after = asked.after if place == asked.type else ""
            query = self._one_of(request, asked, types[place], after)
            result = self._search(request, asked, query, left)
            if result is None:
                continue
            found.append(result)
            left -= len(result.matches)
            if result.next:
                following = _place(asked, place, result.next)
                break
        total = None if query.count else sum(each.total or 0 for each in found)
        page = _Page(query=query, found=found, total=total, following=following)
        return self._answer(request, page)

    def _search(self, request: Request, asked: _Several, query: Query, count: int) -> Found | None:
        """A page of one type among several; None: it may not be searched, and nobody named it."""
        try:
            wanted = msgspec.structs.replace(query, count=count)
            return self._exchange.search(request.unit, request.viewer, wanted)
        except Refused as fault:
            if fault.status == 403 and all(name != "_type" for name, _ in asked.pairs):
                return None
            raise

    def _one_of(self, request: Request, asked: _Several, type: str, after: str) -> Query:
        query = parse(
            type,
            [pair for pair in asked.pairs if pair[0] != "_type"],
            strict=asked.strict,
            compartment=asked.compartment,
            bases=self._known_as(request),
        )
        return msgspec.structs.replace(query, after=after)

    def _query(self, request: Request, type: str, pairs: Pairs) -> Query:
        strict, compartment = request.preferences.strict, request.route.compartment
        bases = self._known_as(request)
        return parse(type, pairs, strict=strict, compartment=compartment, bases=bases)

    def _known_as(self, request: Request) -> tuple[str, ...]:
        return tuple(dict.fromkeys((request.call.base, *self._bases)))

    def _answer(self, request: Request, page: _Page) -> Answer:
        query, route, base = page.query, request.route, request.call.base
        view = View(summary=query.summary, elements=query.elements)
        where = (base, *(route.compartment or ()), route.type or ("*" if route.compartment else ""))
        place = "/".join(one for one in where if one)
        form = [pair for pair in request.call.query if pair[0] in ("_format", "_pretty")]
        token = dict(request.call.query).get(PAGE)
        applied = [*query.applied, *_types_named(request)] if token is None else [(PAGE, token)]
        links = [("self", _url(place, [*applied, *form]))]
        if page.following:
            unit = request.unit
            kept = keep_page(unit.connection, request.viewer, query, page.following, unit.now)
            links.append(("next", _url(place, [(PAGE, kept), *form])))
        entries: list[dict[str, Any]] = []
        for found in page.found:
            entries += [found_entry(one, base, "match", view) for one in found.matches]
        for found in page.found:
            entries += [found_entry(one, base, "include", view) for one in found.included]
        body = bundle("searchset", entries, links=links, total=page.total)
        return Answer(status=200, body=body)


def _pairs(call: Call) -> Pairs:
    """The parameters of the address, and of the form."""
    if call.method != "POST":
        return call.query
    if call.media_type not in ("application/x-www-form-urlencoded", ""):
        raise refused(
            415,
            "not-supported",
            "a search by POST is a form; send application/x-www-form-urlencoded",
        )
    return call.query + parameters(_text(call.body))


def _types(asked: _Several) -> list[str]:
    """The types to search."""
    named = _named(asked.pairs)
    among: Collection[str] = TYPES
    if asked.compartment is not None:
        among = PATIENT_COMPARTMENT if asked.compartment[0] == "Patient" else ()
    types = [
        row.type
        for row in TABLE.values()
        if row.type in among
        and "search-type" in row.interactions
        and (not named or row.type in named)
    ]
    if not types or not TABLE.keys() >= set(named):
        raise refused(
            400, "not-supported", "_type names no type there is here; GET metadata lists them"
        )
    return types


def _named(pairs: Pairs) -> list[str]:
    return [one for name, value in pairs if name == "_type" for one in value.split(",") if one]


def _types_named(request: Request) -> Pairs:
    if request.route.type:
        return ()
    return tuple(pair for pair in _pairs(request.call) if pair[0] == "_type")


def _place(asked: _Several, type: int, after: str) -> str:
    place = msgspec.structs.replace(asked, type=type, after=after)
    return msgspec.json.encode(place).decode()


def _kept_several(query: Query) -> _Several:
    try:
        return msgspec.json.decode(query.after, type=_Several)
    except msgspec.DecodeError:
        raise _gone() from None


def _url(place: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{place}?{urlencode(pairs)}" if pairs else place


def _gone() -> Refused:
    return refused(
        410,
        "expired",
        "this page is not kept, or no longer; begin the search again from its first page",
    )


def _text(form: bytes) -> str:
    try:
        return form.decode("ascii")
    except UnicodeDecodeError:
        raise refused(
            400, "value", "the form is not URL-encoded; send each character above 127 as %XX"
        ) from None
