"""Finds the resources in whatever a caller hands over, without decoding them.

Reads a Bundle of any type (entries with `response`, Bundles in Bundles), a single resource, an
array of resources, NDJSON, a CDS Hooks request with prefetch, and Parameters with `patientData`.
Clients are known to put a page, an OperationOutcome or an HTML error page where a resource should
stand: none of these is "no data", so what they hide is kept in `Resources.incomplete`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Raw, ValidationError

from eligibility.facts import Issue, Source
from mappings.errors import EmptyBundle, NotFhir, NotJson, printable
from mappings.inbound import envelopes
from mappings.inbound.elements import ABSENT, present
from mappings.inbound.envelopes import ENVELOPE, UNREADABLE, Entry, Envelope, type_first
from mappings.inbound.resources import SOURCES, WANTED, Resource, Resources

_WANTED = {name.encode(): name for name in WANTED}
_DOCUMENTS = frozenset({b"Bundle", b"Parameters", b"OperationOutcome"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DEEPEST_BUNDLE = 8


def collect(
    data: bytes | Iterable[bytes],
    sources_of_key: Mapping[str, Collection[Source]] | None = None,
) -> Resources:
    """The resources of a document, or of lines that hold one resource or Bundle each.

    `sources_of_key` says which sources a prefetch key feeds; what an unknown key hides may have
    been of any source.

    Raises:
        NotJson: the bytes, or one of the lines, are not JSON.
        NotFhir: JSON, but none of the shapes above.
        EmptyBundle: no resource in it.
    """
    collector = _Collector(sources_of_key or {})
    if isinstance(data, bytes | bytearray | memoryview):
        collector.document(bytes(data))
    else:
        collector.lines(data)
    if not collector.found.count:
        raise EmptyBundle(
            "the data holds no resource: hand over the member's Patient resource and record"
        )
    return collector.found


class _Collector:
    """Walks one document."""

    def __init__(self, sources_of_key: Mapping[str, Collection[Source]]) -> None:
        self.found = Resources()
        self._by_type = self.found.by_type
        self._sources_of_key = sources_of_key
        self._key: str | None = None  # of the prefetch that is being walked

    def document(self, data: bytes) -> None:
        data = data.removeprefix(_BYTE_ORDER_MARK)
        try:
            envelope = ENVELOPE.decode(data)
        except ValidationError:
            self._odd_document(data)
        except RecursionError:
            raise NotJson("the input is nested too deeply to be read as JSON") from None
        except UNREADABLE as error:
            first, _, rest = data.strip().partition(b"\n")
            if not rest or not _is_json(first):
                raise NotJson(f"the input is not JSON: {_reason(error)}") from None
            self.lines(data.splitlines())
        else:
            self._envelope(envelope, data)

    def lines(self, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines, 1):
            if not (line := line.strip()) or self._take(Raw(line), None, "line", number):
                continue
            try:
                self._envelope(ENVELOPE.decode(line.removeprefix(_BYTE_ORDER_MARK)), line)
            except ValidationError:
                self._odd_document(line)
            except UNREADABLE as error:
                raise NotJson(f"line {number} is not JSON: {_reason(error)}") from None

    def _odd_document(self, data: bytes) -> None:
        """JSON, but not an object with the types an envelope has."""
        if data.lstrip().startswith(b"["):
            return self._each(envelopes.RAW_LIST.decode(data), "")
        try:
            bundle = envelopes.LOOSE_BUNDLE.decode(data)
        except UNREADABLE:
            bundle = None
        if bundle is None or bundle.resource_type != "Bundle":
            raise NotFhir("the input is JSON but not a FHIR resource, Bundle or CDS Hooks request")
        return self._bundle(self._entries(bundle.entry, "Bundle.entry"), bundle.link, "Bundle", 0)

    def _envelope(self, envelope: Envelope, data: bytes) -> None:
        if envelope.resource_type == "Bundle":
            self._bundle(envelope.entry or [], envelope.link, "Bundle", 0)
        elif envelope.resource_type == "Parameters":
            self._parameters(envelope.parameter, "Parameters", 0)
        elif envelope.resource_type is not None:
            self._resource(Raw(data), None, envelope.resource_type, None, 0)
        elif present(envelope.prefetch) or present(envelope.hook):
            self._request(envelope)
        else:
            raise NotFhir(
                "the input is a JSON object without resourceType, and no CDS Hooks request either"
            )

    def _request(self, request: Envelope) -> None:
        try:
            context = envelopes.CONTEXT.decode(request.context or b"null")
            prefetch = envelopes.RAW_BY_KEY.decode(request.prefetch or b"{}")
        except UNREADABLE:
            raise NotFhir(
                "the CDS Hooks request has a context or prefetch that is not an object of values"
            ) from None
        if context is not None and context.patient_id:
            self.found.patient = f"Patient/{context.patient_id.removeprefix('Patient/')}"
        for self._key, value in prefetch.items():
            place = f"prefetch.{printable(self._key)}"
            match bytes(memoryview(value)[:1]):
                case b"{":
                    self._resource(value, None, place, None, 0)
                case b"[":
                    self._each(envelopes.RAW_LIST.decode(value), place)
                case b"n":
                    pass
                case _:
                    self._lose("not-a-resource", "a value that is no FHIR resource", place)
        self._key = None

    def _each(self, values: list[Raw], place: str) -> None:
        for index, value in enumerate(values):
            self._resource(value, None, place, index, 0)

    def _bundle(self, entries: list[Entry], links: Raw, place: str, depth: int) -> None:
        self._pages(links, place)
        where = f"{place}.entry"
        for index, entry in enumerate(entries):
            raw = entry.resource
            if not self._take(raw, entry.full_url, where, index) and present(raw):
                self._resource(raw, entry.full_url, where, index, depth + 1)
            if entry.response is not ABSENT:
                self._response(entry, f"{where}[{index}]")

    def _take(self, raw: Raw, full_url: str | None, place: str, index: int) -> bool:
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

    def _resource(
        self, raw: Raw, full_url: str | None, place: str, index: int | None, depth: int
    ) -> None:
        """Takes a resource of any type, or what is in it."""
        where = place if index is None else f"{place}[{index}]"
        try:
            envelope = ENVELOPE.decode(raw)
        except UNREADABLE:
            return self._lose("unreadable", "something that is no FHIR resource", where)
        type = envelope.resource_type
        if depth > _DEEPEST_BUNDLE:
            self._lose("unreadable", "Bundles within Bundles, too many to follow", where)
        elif type == "Bundle":
            self._bundle(envelope.entry or [], envelope.link, where, depth)
        elif type == "Parameters":
            self._parameters(envelope.parameter, where, depth)
        elif type == "OperationOutcome":
            self._outcome(raw, where)
        elif type in WANTED:
            self.found.add(Resource(type, raw, full_url, place, index))
        elif type is not None:
            self.found.count += 1
        elif present(envelope.resource):
            self._resource(envelope.resource, full_url, place, index, depth + 1)
        else:
            self._lose("unreadable", "an object without resourceType", where)
        return None

    def _parameters(self, parameters: Raw, place: str, depth: int) -> None:
        try:
            stated = envelopes.PARAMETERS.decode(parameters or b"null") or []
        except UNREADABLE:
            stated = []
            self._lose("unreadable", "Parameters without a list of parameters", place)
        for index, parameter in enumerate(stated):
            if parameter.name == "patientData" and present(parameter.resource):
                self._resource(parameter.resource, None, f"{place}.parameter", index, depth + 1)

    def _entries(self, entries: Raw, place: str) -> list[Entry]:
        """The entries that can be read, one by one."""
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
                self._lose("unreadable", "an entry that is no Bundle.entry", f"{place}[{index}]")
        return readable

    def _pages(self, links: Raw, place: str) -> None:
        try:
            stated = envelopes.LINKS.decode(links or b"null") or []
        except UNREADABLE:
            stated = []
        if any(link.relation == "next" for link in stated):
            self._lose("paged", "a page that says another follows", place)

    def _response(self, entry: Entry, where: str) -> None:
        try:
            response = envelopes.RESPONSE.decode(entry.response)
        except UNREADABLE:
            response = None
        if response is not None and (response.status or "2")[0] not in "23":
            self._lose("failed-request", "a request that the server could not fulfil", where)

    def _outcome(self, raw: Raw, where: str) -> None:
        self.found.count += 1
        try:
            issues = envelopes.OUTCOME.decode(raw).issue or []
        except UNREADABLE:
            issues = []
        if issues and all(issue.severity in ("warning", "information") for issue in issues):
            details = "an OperationOutcome with a warning or information stands among the data"
            self.found.issues.append(
                Issue(
                    severity="information", code="operation-outcome", details=details,
                    resource=where,
                )
            )  # fmt: skip
        else:
            self._lose("operation-outcome", "an OperationOutcome in the place of data", where)

    def _lose(self, code: str, found: str, where: str) -> None:
        details = f"{found}; what it should have held is missing, so nothing absent counts as no"
        sources = SOURCES if self._key is None else self._sources_of_key.get(self._key, SOURCES)
        issue = Issue(severity="error", code=code, details=details, resource=where)
        self.found.lose(issue, sources)


def _is_json(line: bytes) -> bool:
    try:
        ENVELOPE.decode(line)
    except ValidationError:
        return True
    except UNREADABLE:
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(error)
