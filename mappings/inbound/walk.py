"""Walks through Bundles, pages, outcomes and wrappers to the resources in them.

Clients are known to put a page, an OperationOutcome or an HTML error page where a resource should
stand: none of these is "no data", so what they hide is kept in `Resources.incomplete`. Nothing here
raises: what is not understood is an issue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Raw

from eligibility.facts import Issue, Source
from mappings.inbound import envelopes
from mappings.inbound.elements import ABSENT, present
from mappings.inbound.envelopes import ENVELOPE, UNREADABLE, Entry, type_first
from mappings.inbound.resources import SOURCES, WANTED, Resource, Resources

_WANTED = {name.encode(): name for name in WANTED}
_DOCUMENTS = frozenset({b"Bundle", b"Parameters", b"OperationOutcome"})
_DEEPEST_BUNDLE = 8
_HARMLESS = frozenset({"warning", "information"})


class Walk:
    """One walk through one document; `found` fills up."""

    def __init__(self, sources_of_key: Mapping[str, Collection[Source]]) -> None:
        self.found = Resources()
        self._by_type = self.found.by_type
        self._sources_of_key = sources_of_key
        self._sources: Collection[Source] = SOURCES
        self._depth = 0

    @contextmanager
    def prefetch(self, key: str) -> Iterator[None]:
        """While the value of a prefetch key is walked: what it hides is of that key's sources."""
        self._sources = self._sources_of_key.get(key, SOURCES)
        yield
        self._sources = SOURCES

    def bundle(self, entries: list[Entry], links: Raw, place: str) -> None:
        """The entries of a Bundle."""
        self._pages(links, place)
        where = f"{place}.entry"
        for index, entry in enumerate(entries):
            raw = entry.resource
            if not self.take(raw, entry.full_url, where, index) and present(raw):
                self.resource(raw, entry.full_url, where, index)
            if entry.response is not ABSENT:
                self._response(entry, f"{where}[{index}]")

    def take(self, raw: Raw, full_url: str | None, place: str, index: int) -> bool:
        """Takes a resource if a look at its first bytes is enough to know what it is."""
        match = type_first(raw)
        if match is None:
            return False
        written = match[1]
        type = _WANTED.get(written)
        if type is not None:
            self._by_type[type].append(Resource(type, raw, full_url, place, index))
        elif written in _DOCUMENTS:
            return False
        self.found.count += 1
        return True

    def each(self, values: list[Raw], place: str) -> None:
        """The resources of an array."""
        for index, value in enumerate(values):
            self.resource(value, None, place, index)

    def resource(
        self, raw: Raw, full_url: str | None, place: str, index: int | None = None
    ) -> None:
        """A resource of any type, or what is in it."""
        where = place if index is None else f"{place}[{index}]"
        if self._depth >= _DEEPEST_BUNDLE:
            return self.lose("unreadable", "Bundles within Bundles, too many to follow", where)
        self._depth += 1
        try:
            type = envelopes.type_of(raw)
            if type in WANTED:
                self.found.add(Resource(type, raw, full_url, place, index))
            elif type == "OperationOutcome":
                self._outcome(raw, where)
            elif type not in (None, "Bundle", "Parameters"):
                self.found.count += 1
            else:
                self._inside(raw, full_url, where)
        except UNREADABLE:
            self.lose("unreadable", "something that is no FHIR resource", where)
        finally:
            self._depth -= 1
        return None

    def _inside(self, raw: Raw, full_url: str | None, where: str) -> None:
        try:
            envelope = ENVELOPE.decode(raw)
        except UNREADABLE:
            if not self.odd_bundle(raw, where):
                raise
            return
        if envelope.resource_type == "Bundle":
            self.bundle(envelope.entry or [], envelope.link, where)
        elif envelope.resource_type == "Parameters":
            self.parameters(envelope.parameter, where)
        elif present(envelope.resource):
            self.resource(envelope.resource, full_url, where)
        else:
            self.lose("unreadable", "an object without resourceType", where)

    def parameters(self, parameters: Raw, place: str) -> None:
        """The `patientData` of a Parameters resource."""
        try:
            stated = envelopes.PARAMETERS.decode(parameters or b"null") or []
        except UNREADABLE:
            return self.lose("unreadable", "Parameters without a list of parameters", place)
        for index, parameter in enumerate(stated):
            if parameter.name == "patientData" and present(parameter.resource):
                self.resource(parameter.resource, None, f"{place}.parameter", index)
        return None

    def odd_bundle(self, raw: Raw | bytes, place: str) -> bool:
        """A Bundle one of whose entries is not an entry, so that it hides no other.

        Returns:
            False: it is no Bundle.

        Raises:
            UNREADABLE: what is not an object with a type in text.
        """
        bundle = envelopes.LOOSE_BUNDLE.decode(raw)
        if bundle.resource_type != "Bundle":
            return False
        self.bundle(self._entries(bundle.entry, f"{place}.entry"), bundle.link, place)
        return True

    def _entries(self, entries: Raw, place: str) -> list[Entry]:
        """The entries of a Bundle that can be read one by one, where they cannot all at once."""
        readable = []
        try:
            raws = envelopes.RAW_LIST.decode(entries)
        except UNREADABLE:
            raws = [entries]
        for index, raw in enumerate(raws):
            try:
                readable.append(envelopes.ENTRY.decode(raw))
            except UNREADABLE:
                readable.append(Entry())
                self.lose("unreadable", "an entry that is no Bundle.entry", f"{place}[{index}]")
        return readable

    def lose(self, code: str, found: str, where: str) -> None:
        """Records that something is missing from what was handed over."""
        details = f"{found}; what it should have held is missing, so nothing absent counts as no"
        issue = Issue(severity="error", code=code, details=details, resource=where)
        self.found.lose(issue, self._sources)

    def _pages(self, links: Raw, place: str) -> None:
        try:
            stated = envelopes.LINKS.decode(links or b"null") or []
        except UNREADABLE:
            stated = []
        if any(link.relation == "next" for link in stated):
            self.lose("paged", "a page that says another follows", place)

    def _response(self, entry: Entry, where: str) -> None:
        try:
            response = envelopes.RESPONSE.decode(entry.response)
        except UNREADABLE:
            response = None
        if response is not None and (response.status or "2")[0] not in "23":
            self.lose("failed-request", "a request that the server could not fulfil", where)

    def _outcome(self, raw: Raw, where: str) -> None:
        self.found.count += 1
        issues = envelopes.OUTCOME.decode(raw).issue or []
        if not issues or any(issue.severity not in _HARMLESS for issue in issues):
            return self.lose("operation-outcome", "an OperationOutcome instead of data", where)
        details = "an OperationOutcome with a warning or information stands among the data"
        issue = Issue(
            severity="information", code="operation-outcome", details=details, resource=where
        )
        return self.found.issues.append(issue)
