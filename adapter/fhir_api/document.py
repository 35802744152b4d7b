"""A resource as it was sent: its bytes are kept, only what the exchange sets is written anew.

Decimals keep their digits and strings their escapes, as every top-level element that nobody amends
goes into the store byte for byte (FHIR R4: the precision of a decimal is significant,
https://hl7.org/fhir/R4/datatypes.html#decimal). Reading is strict where Python's parser is not:
a key that stands twice, NaN, numbers beyond a double, NUL and lone surrogates are refused, because
two readers would understand them differently or a database would not take them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isinf
from typing import Any, NoReturn

import msgspec
from msgspec import Raw, Struct

from adapter.fhir_api.faults import Refused, refused

#: Deeper than any FHIR resource, far less than the interpreter's stack.
_DEEPEST = 100
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Document(Struct, frozen=True):
    """A resource, decoded and as written."""

    #: Top-level elements as they were written.
    raw: dict[str, Raw]
    #: The same decoded.
    data: dict[str, Any]

    @property
    def type(self) -> str:
        """Its `resourceType`."""
        return str(self.data.get("resourceType", ""))

    def compose(
        self, id: str, version: int, updated_at: int, amendments: Mapping[str, Any]
    ) -> bytes:
        """The JSON to store.

        Args:
            id: its logical id.
            version: of `meta.versionId`.
            updated_at: of `meta.lastUpdated`, in milliseconds since 1970.
            amendments: top-level elements in place of those sent; None takes one away.
        """
        meta = amendments.get("meta", self.raw.get("meta"))
        if isinstance(meta, Raw):
            meta = msgspec.json.decode(meta, type=dict[str, Raw])
        stamped = {
            "resourceType": self.type,
            "id": id,
            "meta": {
                **(meta or {}),
                "versionId": str(version),
                "lastUpdated": instant(updated_at),
            },
        }
        rest = {name: value for name, value in self.raw.items() if name not in stamped}
        for name, value in amendments.items():
            if name in stamped:
                continue
            if value is None:
                rest.pop(name, None)
            else:
                rest[name] = value
        return _ENCODER.encode({**stamped, **rest})


def read_document(body: bytes, *, exact: bool = False) -> Document:
    """Read a resource.

    Args:
        body: JSON in UTF-8.
        exact: decode decimals as `Decimal`, for who changes something beside them.

    Raises:
        Refused: 400, it is no JSON object, or one that could be read in two ways.
    """
    try:
        data = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant,
            parse_float=_decimal if exact else _number,
        )  # fmt: skip
        raw = msgspec.json.decode(body, type=dict[str, Raw])
    except Refused:
        raise
    except (RecursionError, ValueError) as fault:
        raise _malformed(_said(fault)) from None
    if not isinstance(data, dict):
        raise _malformed("the body is no JSON object")
    if _SUSPICIOUS.search(body):
        _check_texts(data)
    if _is_deeper(data, _DEEPEST):
        raise _malformed(f"it is nested more than {_DEEPEST} deep")
    return Document(raw, data)


def document_of(data: dict[str, Any]) -> Document:
    """A resource that the exchange itself makes."""
    return Document({name: Raw(_ENCODER.encode(value)) for name, value in data.items()}, data)


def check_id(id: str) -> None:
    """Refuse what is no logical id of FHIR."""
    if not _ID.fullmatch(id):
        raise refused(
            400, "value", "a logical id is 1 to 64 letters, digits, hyphens and dots (FHIR R4 id)"
        )


def instant(at: int) -> str:
    """Milliseconds since 1970 as a FHIR instant."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _malformed("a key stands twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is no JSON")


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise _malformed("a number is larger than a double can hold")
    return number


def _decimal(text: str) -> Decimal:
    _number(text)
    return Decimal(text)


def _malformed(found: str) -> Refused:
    return refused(400, "structure", f"the body cannot be read: {found}; send one FHIR resource")


def _said(fault: Exception) -> str:
    if isinstance(fault, RecursionError):
        return "it is nested too deep"
    if isinstance(fault, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(fault, json.JSONDecodeError):
        return f"it is no JSON from line {fault.lineno}, column {fault.colno} on"
    return "it is no JSON"


def _check_texts(value: Any) -> None:
    """No NUL and no half of a surrogate pair in any text; the parser has joined whole pairs."""
    if isinstance(value, str):
        if "\0" in value:
            raise _malformed("a text holds NUL (U+0000), which databases do not take")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _malformed("a text holds half of a surrogate pair") from None
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_texts(name)
            _check_texts(each)
    elif isinstance(value, list):
        for each in value:
            _check_texts(each)


def _is_deeper(value: Any, than: int) -> bool:
    level = [value]
    for _ in range(than):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
