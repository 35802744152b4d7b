"""The drafts a call brings in its context: resources that are written and not saved yet.

One entry that cannot be read hides no other: an order that nobody sees would be a silent no.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct


class _Bundle(Struct):
    entry: list[Raw] | None = None


class _Entry(Struct):
    resource: dict[str, Any]


_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)


def drafts(bundle: bytes) -> list[dict[str, Any]]:
    """The resources of a Bundle that can be read; their elements may be of any type.

    Args:
        bundle: a Bundle of the context, which its schema has seen.
    """
    found = []
    for entry in _BUNDLE.decode(bundle).entry or []:
        try:
            found.append(_ENTRY.decode(entry).resource)
        except msgspec.DecodeError:
            continue
    return found
