"""Refuses a call that says the same thing twice.

JSON leaves open which of two fields of one name counts. This reader and another, such as a gateway
before it, could each see a different patient.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw, UnsetType

from cds_hooks.errors import MalformedRequest

#: Names that stand once in a call.
_ONCE = tuple(f'"{name}"'.encode() for name in ("hook", "context", "prefetch", "fhirServer"))


def refuse_doubles(body: bytes, prefetch: Raw | UnsetType) -> None:
    """Refuse a call that says the same thing twice; looked at closely only where it may."""
    outside = body
    if not isinstance(prefetch, UnsetType):
        # Nearly all of a call is prefetch, and what stands in there is no field of the call.
        data = bytes(prefetch)
        start = body.find(data[:100])
        if body.startswith(data, start):
            outside = body[:start] + b"null" + body[start + len(data) :]
    # A name can be spelled with escapes.
    if b"\\u" in outside or any(outside.count(name) > 1 for name in _ONCE):
        refuse_double_fields(outside)


def refuse_double_fields(data: bytes) -> None:
    """Refuse an object that has a field twice. Which of the two counts depends on the reader."""
    names: list[str] = []

    def keep(pairs: list[tuple[str, Any]]) -> None:
        # The outermost object is closed last, so its names are what remains.
        names[:] = [name for name, _ in pairs]

    try:
        json.loads(data, object_pairs_hook=keep)
    except (RecursionError, ValueError) as fault:
        raise MalformedRequest(
            "the call is nested too deeply, or has a number too long, to be read"
        ) from fault
    if len(names) != len(set(names)):
        raise MalformedRequest(
            "an element stands twice in the call or its context; send each once, "
            "since readers differ in which of the two they believe"
        )
