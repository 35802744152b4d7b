"""Takes out of a document what its reader is not cleared for, before anything else looks at it.

What comes out is the document as it would have come had the labelled resources never been sent:
none is counted, gives an issue or leaves a gap, and a reference to one leads nowhere, as to any
resource that is not there. Wherever a resource may stand it is found, since the document is taken
as JSON here, not as FHIR: objects in objects. Only what holds a label is taken apart; everything
else stays the bytes it was. What cannot be looked into is taken out.

Parts of a resource may carry labels of their own (FHIR Data Segmentation for Privacy 1.0.0, Inline
Security Labels); they are judged one by one where the resource says that there are any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import is_
from typing import Any

from msgspec import Raw, Struct, json

from mappings.inbound.envelopes import ANYTHING, RAW_LIST, UNREADABLE, without_half_characters
from mappings.inbound.labels import INLINE, restricting

_FIELDS = json.Decoder(dict[str, Raw])
_VALUE = json.Decoder()


class _Extension(Struct, rename="camel"):
    url: str = ""
    #: Without one, something nobody can be cleared for.
    value_coding: Any = ""


_EXTENSIONS = json.Decoder(list[_Extension])

_NAME = b'"security"'
#: The same with some of its letters spelled as escapes.
_ESCAPED = re.compile(rb"\\u00(?:73|65|63|75|72|69|74|79)")
_INLINE_LABEL = b"extension-inline-sec-label"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOTHING = b'{"resourceType":"Bundle"}'
_CONTAINERS = (b'"Bundle"', b'"Parameters"')
#: A resource does not nest this deep.
_DEEPEST = 100


def cleared(data: bytes, clearance: frozenset[str] | None) -> bytes:
    """A document without what carries a label outside the clearance.

    A Bundle's own label is the high-water mark of what is in it: where its entries account for it,
    each is judged by its own labels, else the Bundle goes as a whole.

    Args:
        data: anything `bundle.read_member` reads.
        clearance: codes of labels, in any case. None: everything may be seen.

    Returns:
        The very same object where nothing was taken out; an empty Bundle where nothing is left;
        what is not JSON unchanged, for its reader to refuse.
    """
    if clearance is None or not _may_be_labelled(data):
        return data
    labels = frozenset(code.lower() for code in clearance)
    document = data.removeprefix(_BYTE_ORDER_MARK).strip()
    for text in _readings(document):
        try:
            left = _Clearing(labels).value(text)
        except UNREADABLE:
            continue
        return data if left is document else left or _NOTHING
    if _is_json(document):
        return _NOTHING
    lines = data.splitlines()
    left_lines = list(cleared_lines(lines, clearance)) if len(lines) > 1 else lines
    untouched = len(left_lines) == len(lines) and all(map(is_, left_lines, lines))
    return data if untouched else b"\n".join(left_lines)


def cleared_lines(lines: Iterable[bytes], clearance: frozenset[str] | None) -> Iterator[bytes]:
    """What is left of lines that hold one resource or Bundle each; see `cleared`."""
    for line in lines:
        left = cleared(line, clearance)
        if left is not _NOTHING:
            yield left


def _may_be_labelled(data: bytes) -> bool:
    if _NAME in data:
        return True
    return b"\\" in data and _ESCAPED.search(data) is not None


def _readings(document: bytes) -> Iterator[bytes]:
    yield document
    mended = without_half_characters(document)
    if mended is not None:
        yield mended


def _is_json(data: bytes) -> bool:
    try:
        ANYTHING.decode(data)
    except UNREADABLE:
        return False
    return True


class _Clearing:
    def __init__(self, clearance: frozenset[str]) -> None:
        self._clearance = clearance
        #: Labels of the resources met so far, those that are cleared too.
        self._met: list[str] = []

    def value(self, data: bytes, depth: int = 0, *, inline: bool = False) -> bytes | None:
        """What is left of a value, the same object if all of it; None: it is to be taken out.

        Raises:
            UNREADABLE: the document is not JSON, or its outermost value cannot be taken apart.
        """
        if not (_may_be_labelled(data) or (inline and _INLINE_LABEL in data)):
            return data
        if depth > _DEEPEST:
            return None
        try:
            return self._apart(data, depth, inline=inline)
        except UNREADABLE:
            if depth:
                return None
            raise

    def _apart(self, data: bytes, depth: int, *, inline: bool) -> bytes | None:
        if data.startswith(b"["):
            given = [bytes(each) for each in RAW_LIST.decode(data)]
            left = [self.value(each, depth + 1, inline=inline) for each in given]
            if all(map(is_, left, given)):
                return data
            return json.encode([Raw(each) for each in left if each is not None])
        if data.startswith(b"{"):
            return self._object(data, depth, inline=inline)
        return data

    def _object(self, data: bytes, depth: int, *, inline: bool) -> bytes | None:
        given = _fields(data)
        type = given.get("resourceType")
        own = _resource_labels(given)
        if type is not None:
            inline, own = INLINE in own, own - {INLINE}
        elif inline and not _part_labels(given) <= self._clearance:
            return None
        self._met += own
        allowed = own <= self._clearance
        if not (allowed or type in _CONTAINERS):
            return None
        if allowed and not inline and _is_labelled_alone(data, given.get("meta", b"")):
            return data
        before = len(self._met)
        left = {
            name: value if name == "meta" else self.value(value, depth + 1, inline=inline)
            for name, value in given.items()
        }
        if not (allowed or _explained(own, self._met[before:])):
            return None
        if left.get("context", b"") is not given.get("context", b"") and "hook" in given:
            left["context"] = self._context(given["context"], depth + 1)
        if type is None and left.get("resource", b"") is None:
            return None  # an entry, a parameter, a response: nothing without its resource
        return _joined(data, given, left)

    def _context(self, data: bytes, depth: int) -> bytes:
        """A hook's context, whose fields the hook may require: a Bundle taken out leaves one."""
        left = {name: self.value(raw, depth) or _NOTHING for name, raw in _fields(data).items()}
        return json.encode({name: Raw(value) for name, value in left.items()})


def _is_labelled_alone(data: bytes, meta: bytes) -> bool:
    """Whether nothing in an object can be labelled but itself."""
    return b"\\u00" not in data and data.count(_NAME) == meta.count(_NAME)


def _fields(data: bytes) -> dict[str, bytes]:
    return {name: bytes(raw) for name, raw in _FIELDS.decode(data).items()}


def _joined(data: bytes, given: dict[str, bytes], left: dict[str, bytes | None]) -> bytes:
    changed = {name for name in left if left[name] is not given[name]}
    if not changed:
        return data
    gone = {name for name in changed if left[name] is None}
    if "contained" in changed and left["contained"] == b"[]":
        gone.add("contained")  # as if it had contained nothing
    # `_gender` holds the label of `gender`, a value that has no place for one.
    labels = {name for name in changed if name.startswith("_")}
    gone |= labels | {name[1:] for name in labels}
    return json.encode({name: Raw(left[name] or b"") for name in left if name not in gone})


def _resource_labels(fields: dict[str, bytes]) -> frozenset[str]:
    meta = fields.get("meta", b"")
    if not _may_be_labelled(meta):
        return frozenset()
    try:
        found = _FIELDS.decode(meta).get("security")
        return frozenset() if found is None else restricting(_VALUE.decode(found))
    except UNREADABLE:
        return restricting("")  # something, and nobody can be cleared for it


def _part_labels(fields: dict[str, bytes]) -> frozenset[str]:
    extensions = fields.get("extension", b"")
    if _INLINE_LABEL not in extensions:
        return frozenset()
    found = [
        extension.value_coding
        for extension in _EXTENSIONS.decode(extensions)
        if extension.url.endswith(f"/{_INLINE_LABEL.decode()}")
    ]
    return restricting(found)


def _explained(own: frozenset[str], within: list[str]) -> bool:
    """Whether what a Bundle holds accounts for its labels; restricted is the sum of any others."""
    return bool(within) and own <= {*within, "r"}
