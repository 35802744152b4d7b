"""References of a resource: finding them, and writing others in their place.

What is not a reference keeps its bytes: only the objects on the way to one are written anew.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw

#: Elements whose value may name an entry of the same transaction
#: (https://hl7.org/fhir/R4/http.html#trules); `reference` is the usual one.
_NAMES = frozenset({"reference", "url", "valueUri", "valueUrl", "valueUuid", "valueOid"})

_LINK = re.compile(r"""(\b(?:href|src)\s*=\s*)("([^"<]*)"|'([^'<]*)')""")


def references(value: Any) -> Iterator[str]:
    """Every `reference` in a resource, decoded."""
    if isinstance(value, dict):
        found = value.get("reference")
        if isinstance(found, str):
            yield found
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def replaced(body: bytes, by: Mapping[str, str]) -> bytes:
    """A resource in JSON with references replaced, whole ones by whole ones.

    Args:
        body: the resource, known to be an object.
        by: what stands there → what shall.
    """
    return bytes(_replaced(Raw(body), by)) if by else body


def _replaced(raw: Raw, by: Mapping[str, str]) -> Raw:
    text = bytes(raw).lstrip()
    if text.startswith(b"{"):
        return _object(raw, by)
    if text.startswith(b"["):
        items = msgspec.json.decode(raw, type=list[Raw])
        made = [_replaced(one, by) for one in items]
        if all(one is other for one, other in zip(made, items, strict=True)):
            return raw
        return Raw(msgspec.json.encode(made))
    return raw


def _object(raw: Raw, by: Mapping[str, str]) -> Raw:
    members = msgspec.json.decode(raw, type=dict[str, Raw])
    made = {}
    for name, value in members.items():
        if name in _NAMES:
            made[name] = _name(value, by)
        elif name == "div":
            made[name] = _narrative(value, by)
        else:
            made[name] = _replaced(value, by)
    if all(made[name] is value for name, value in members.items()):
        return raw
    return Raw(msgspec.json.encode(made))


def _name(value: Raw, by: Mapping[str, str]) -> Raw:
    written = json.loads(bytes(value))
    if isinstance(written, str) and written in by:
        return Raw(msgspec.json.encode(by[written]))
    return value if isinstance(written, str) else _replaced(value, by)


def _narrative(value: Raw, by: Mapping[str, str]) -> Raw:
    """Links and images of a narrative."""
    written = json.loads(bytes(value))
    if not isinstance(written, str):
        return _replaced(value, by)

    def linked(link: re.Match[str]) -> str:
        target = html.unescape(link[3] if link[3] is not None else link[4])
        return f'{link[1]}"{html.escape(by[target])}"' if target in by else link[0]

    made = _LINK.sub(linked, written)
    return value if made == written else Raw(msgspec.json.encode(made))
