"""Finds the resources in whatever a caller hands over, without decoding them.

Reads a Bundle of any type, a single resource, an array of resources, NDJSON, a CDS Hooks request
with prefetch, and Parameters with `patientData`. What is inside is walked by `walk.Walk`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Raw, ValidationError

from eligibility.facts import Source
from mappings.errors import EmptyBundle, NotFhir, NotJson, printable
from mappings.inbound import envelopes
from mappings.inbound.decoding import half_character
from mappings.inbound.elements import present
from mappings.inbound.envelopes import ENVELOPE, UNREADABLE, Envelope, without_half_characters
from mappings.inbound.resources import Resources
from mappings.inbound.walk import Walk

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def collect(
    data: bytes | Iterable[bytes],
    sources_of_key: Mapping[str, Collection[Source]] | None = None,
    more: Sequence[tuple[str, bytes]] = (),
) -> Resources:
    """The resources of a document, or of lines that hold one resource or Bundle each.

    Args:
        data: the document, or its lines.
        sources_of_key: which sources a prefetch key feeds; what an unknown key hides may have been
            of any source.
        more: prefetch keys, each with a document read as if it had been prefetched under that key
            too, e.g. a page fetched since. One that is no FHIR is an issue, never an exception.

    Raises:
        NotJson: the bytes, or one of the lines, are not JSON.
        NotFhir: JSON, but none of the shapes above.
        EmptyBundle: no resource in it.
    """
    walk = Walk(sources_of_key or {})
    if isinstance(data, bytes | bytearray | memoryview):
        _read_document(bytes(data).removeprefix(_BYTE_ORDER_MARK), walk)
    else:
        _read_lines(data, walk)
    for key, document in more:
        with walk.prefetch(key):
            _read_more(document.removeprefix(_BYTE_ORDER_MARK).strip(), printable(key), walk)
    if not walk.found.count:
        raise EmptyBundle(
            "the data holds no resource: hand over the member's Patient resource and record"
        )
    return walk.found


def _read_document(data: bytes, walk: Walk) -> None:
    try:
        envelope = ENVELOPE.decode(data)
    except UNREADABLE:
        fault = _json_fault(data)
        if fault is None:
            return _read_odd(data, walk)
        mended = without_half_characters(data)
        if mended is not None:
            walk.found.issues.append(half_character(None))
            return _read_document(mended, walk)
        first, _, rest = data.strip().partition(b"\n")
        if not rest or _json_fault(first) is not None:
            raise NotJson(
                f"the input is not JSON ({fault}); give FHIR as JSON, whole, as a Bundle or NDJSON"
            ) from None
        return _read_lines(data.splitlines(), walk)
    return _read_envelope(envelope, data, walk)


def _read_lines(lines: Iterable[bytes], walk: Walk) -> None:
    for number, line in enumerate(lines, 1):
        text = bytes(line).removeprefix(_BYTE_ORDER_MARK).strip()
        if not text or walk.take(Raw(text), None, "line", number):
            continue
        try:
            _read_envelope(ENVELOPE.decode(text), text, walk)
        except UNREADABLE:
            fault = _json_fault(text)
            mended = without_half_characters(text)
            if mended is not None:
                walk.found.issues.append(half_character(f"line[{number}]"))
                _read_document(mended, walk)
                continue
            if fault is not None:
                raise NotJson(f"line {number} is not JSON: {fault}") from None
            _read_odd(text, walk)


def _read_envelope(envelope: Envelope, data: bytes, walk: Walk) -> None:
    if envelope.resource_type == "Bundle":
        walk.bundle(envelope.entry or [], envelope.link, "Bundle")
    elif envelope.resource_type == "Parameters":
        walk.parameters(envelope.parameter, "Parameters")
    elif envelope.resource_type is not None:
        walk.resource(Raw(data), None, envelope.resource_type)
    elif present(envelope.prefetch) or present(envelope.hook):
        _read_request(envelope, walk)
    else:
        raise NotFhir(
            "the input is a JSON object without resourceType, and no CDS Hooks request either"
        )


def _read_odd(data: bytes, walk: Walk) -> None:
    """JSON that is an array, or a Bundle one of whose entries is not an entry."""
    found = 0
    try:
        if data.lstrip().startswith(b"["):
            values = envelopes.RAW_LIST.decode(data)
            walk.each(values, "")
            found = walk.found.count if values else 1
        else:
            found = int(walk.odd_bundle(data, "Bundle"))
    except UNREADABLE:
        pass
    if not found:
        raise NotFhir("the input is JSON but not a FHIR resource, Bundle or CDS Hooks request")


def _read_request(request: Envelope, walk: Walk) -> None:
    try:
        context = envelopes.CONTEXT.decode(request.context or b"null")
        prefetch = envelopes.RAW_BY_KEY.decode(request.prefetch or b"null") or {}
    except UNREADABLE:
        raise NotFhir(
            "the CDS Hooks request has a context or prefetch that is not an object of values"
        ) from None
    if context is not None and context.patient_id:
        walk.found.patient = f"Patient/{context.patient_id.removeprefix('Patient/')}"
    for key, value in prefetch.items():
        with walk.prefetch(key):
            _read_value(value, f"prefetch.{printable(key)}", walk)


def _read_more(document: bytes, place: str, walk: Walk) -> None:
    """A document that came by itself; what is inside a request is known to be JSON."""
    if _json_fault(document) is not None:
        mended = without_half_characters(document)
        if mended is None or _json_fault(mended) is not None:
            return walk.lose("not-a-resource", "something that is not JSON", place)
        walk.found.issues.append(half_character(place))
        document = mended
    return _read_value(Raw(document), place, walk)


def _read_value(value: Raw, place: str, walk: Walk) -> None:
    match bytes(memoryview(value)[:1]):
        case b"{":
            walk.resource(value, None, place)
        case b"[":
            walk.each(envelopes.RAW_LIST.decode(value), place)
        case b"n":
            pass
        case _:
            walk.lose("not-a-resource", "a value that is no FHIR resource", place)


def _json_fault(data: bytes) -> str | None:
    """Why these bytes are not JSON; None: they are."""
    try:
        data.decode()
        envelopes.ANYTHING.decode(data)
    except RecursionError:
        return "it is nested too deeply"
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except ValidationError:
        return None
    except UNREADABLE as error:
        return str(error)
    return None
