"""One thing wanted from a FHIR server: a resource, or a search page after page.

Of what comes, only the type and the links are decoded. The next page is where the server says, as
long as that lies on the server itself (FHIR R4, "Paging"; cds-hooks_2.0@48).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from adapter.fhir_client.scopes import Grant, grant
from adapter.fhir_client.servers import Base, on_server
from cds_hooks.host import Failure, Fetch, Fetched

#: What follows the base where one resource is read, not a search.
_READ = re.compile(r"/[A-Z][A-Za-z]+/[A-Za-z0-9.-]+(?:/_history/[A-Za-z0-9.-]+)?")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The server as one call may use it."""

    base: Base
    #: As granted; empty: not said.
    scope: str
    #: Pages of one search.
    pages: int
    #: One page or resource by its URL, or why it could not be had.
    get: Callable[[str], bytes | Failure]


class Reading:
    """One of the things wanted, as far as it came."""

    def __init__(self, source: Source, wanted: Fetch) -> None:
        self._source = source
        self._wanted = wanted
        self._documents: list[bytes] = []
        self._failure: Failure | None = Failure.TOO_SLOW

    def run(self) -> None:
        """Read it, in a thread of its own."""
        failure: Failure | None = Failure.ERROR
        try:
            failure = self._pages()
        finally:
            self._failure = failure

    def fetched(self) -> Fetched:
        """What came so far; complete if `run` has ended."""
        # In this order: without a failure the documents are complete.
        failure = self._failure
        documents = tuple(self._documents)
        if failure is not None and documents:
            failure = Failure.PARTIAL
        return Fetched(key=self._wanted.key, documents=documents, failure=failure)

    def _pages(self) -> Failure | None:
        source, wanted = self._source, self._wanted
        url = on_server(source.base, wanted.query)
        if url is None:
            return Failure.REFUSED
        interaction: Literal["read", "search"] = (
            "read" if _READ.fullmatch(url[len(source.base.url) :]) else "search"
        )
        granted = grant(source.scope, wanted.resource_type, interaction)
        if granted is Grant.NO:
            return Failure.NOT_AUTHORIZED
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) >= source.pages:
                return Failure.PARTIAL
            seen.add(url)
            body = source.get(url)
            if isinstance(body, Failure):
                return body
            head = _read_head(body)
            if head is None or not (
                head.resource_type == wanted.resource_type
                or (head.resource_type == "Bundle" and interaction == "search")
            ):
                return Failure.ERROR
            self._documents.append(body)
            link = _next_link(head)
            if link is None:
                break
            url = on_server(source.base, link, seen_at=url)
            if url is None:
                return Failure.PARTIAL
        # A search within scopes that name a condition leaves out the rest without a word.
        return Failure.PARTIAL if granted is Grant.SOME and interaction == "search" else None


class _Head(msgspec.Struct):
    """The elements of a document that tell what it is and whether more follows."""

    resource_type: str = msgspec.field(name="resourceType", default="")
    link: Any = None


_HEAD = msgspec.json.Decoder(_Head)


def _read_head(body: bytes) -> _Head | None:
    """None: this is no JSON object in UTF-8."""
    try:
        # The decoder does not look into the texts it passes over.
        body.decode()
        return _HEAD.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _next_link(head: _Head) -> str | None:
    """The URL of the next page; None: this is the last one, or no search."""
    links = head.link if head.resource_type == "Bundle" and isinstance(head.link, list) else []
    for link in links:
        if isinstance(link, dict) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None
