"""FHIR as JSON for a page: indented, as it was sent, in pieces that did or did not decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby

import msgspec
from msgspec import Raw, Struct

#: Longer values are cut: a narrative or an attachment decides nothing.
_MOST_CHARACTERS = 240
#: Of a resource with more lines only what decided is shown.
_MOST_LINES = 400

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_items = msgspec.json.Decoder(list[Raw]).decode


class Piece(Struct, frozen=True, gc=False):
    """Lines of JSON that did or did not decide."""

    text: str
    decides: bool


def pieces_of(
    members: Mapping[str, Raw], deciding: Collection[str], codes: Collection[str]
) -> tuple[tuple[Piece, ...], bool]:
    """The lines of a resource, those that decided apart, and whether something was left out.

    Args:
        members: of the resource, as they were sent.
        deciding: names of members that decided.
        codes: of a form, the questions whose answers did; none: the whole of it.
    """
    lines = [Piece("{", False)]
    last = len(members) - 1
    for number, (name, raw) in enumerate(members.items()):
        comma = "," if number < last else ""
        if name == "item" and codes:
            lines += _form_items(raw, codes, indent=2, comma=comma)
        else:
            text = f"{_spelled(name)}: {_formatted(raw)}{comma}"
            lines += [Piece(f"  {line}", name in deciding) for line in text.split("\n")]
    lines.append(Piece("}", False))
    shown = lines
    if len(lines) > _MOST_LINES:
        shown = [one for one in lines if one.decides][:_MOST_LINES]
    cut = [Piece(_short(one.text), one.decides) for one in shown]
    is_cut = len(shown) < len(lines) or any(map(_differs, cut, shown))
    grouped = groupby(cut, key=lambda one: one.decides)
    return tuple(
        Piece("\n".join(one.text for one in group), decides) for decides, group in grouped
    ), is_cut


def _form_items(raw: Raw, codes: Collection[str], *, indent: int, comma: str) -> Iterator[Piece]:
    """The items of a form, those marked that answer what was asked."""
    pad = " " * indent
    yield Piece(f'{pad}"item": [', False)
    items = _items(raw)
    for number, item in enumerate(items):
        members = _members(item)
        end = "," if number < len(items) - 1 else ""
        if "item" in members:
            yield Piece(f"{pad}  {{", False)
            last = len(members) - 1
            for position, (name, inner) in enumerate(members.items()):
                after = "," if position < last else ""
                if name == "item":
                    yield from _form_items(inner, codes, indent=indent + 4, comma=after)
                    continue
                for line in f"{_spelled(name)}: {_formatted(inner)}{after}".split("\n"):
                    yield Piece(f"{pad}    {line}", False)
            yield Piece(f"{pad}  }}{end}", False)
            continue
        decides = "linkId" in members and msgspec.json.decode(members["linkId"]) in codes
        for line in f"{_formatted(item)}{end}".split("\n"):
            yield Piece(f"{pad}  {line}", decides)
    yield Piece(f"{pad}]{comma}", False)


def _formatted(raw: Raw) -> str:
    return msgspec.json.format(bytes(raw), indent=2).decode()


def _spelled(name: str) -> str:
    return msgspec.json.encode(name).decode()


def _short(line: str) -> str:
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"


def _differs(one: Piece, other: Piece) -> bool:
    return one.text != other.text
