"""What is sent to be written: whether it belongs there, and what a patch makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from adapter.fhir_api.document import Document, document_of, read_document
from adapter.fhir_api.faults import refused
from adapter.store.records import Version


def addressed(body: bytes | Document, type: str, id: str = "") -> Document:
    """What was sent to an address, if it belongs there.

    Raises:
        Refused: 400.
    """
    document = read_document(body) if isinstance(body, bytes) else body
    if document.type != type:
        raise refused(
            400,
            "structure",
            f"this address takes {type}; send a resource with that resourceType",
            "resourceType",
        )
    if id and document.data.get("id") != id:
        raise refused(
            400, "value", "the resource has to have the id of the address it is sent to", "id"
        )
    return document


def changed(before: Version, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Document:
    """The version changed; of elements that stay the same, the bytes stay too.

    Raises:
        Refused: 422, it changes what a patch cannot.
    """
    was = read_document(before.body, exact=True)
    new = change(read_document(before.body, exact=True).data)
    for name in ("resourceType", "id"):
        if new.get(name) != was.data[name]:
            raise refused(422, "value", f"a patch cannot change {name}", name)
    made = document_of(new)
    kept = {name: was.raw[name] for name in new if name in was.raw and new[name] == was.data[name]}
    return read_document(msgspec.json.encode(made.raw | kept))
