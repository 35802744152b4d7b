"""`python -m tests.browser.images`, part of `make docs`: the pictures of the tutorials, made small.

`tests/browser/test_tutorials.py` keeps them in `build/screenshots/docs-*.png`; here each goes into
`docs/images` with a palette instead of three bytes a pixel. Where there are none, nothing is done.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
#: PNG: eight bits for each of red, green and blue, not interlaced. Chromium writes no other.
_TRUE_COLOUR = (8, 2, 0, 0, 0)
_INDEXED = (8, 3, 0, 0, 0)

Colour = tuple[int, int, int]


def main() -> int:
    """Put the pictures that were made into the folder of the documents."""
    named = os.environ.get("ECM_TEST_SCREENSHOTS")  # noqa: TID251 - no setting of ours
    made = Path(named) if named else ROOT / "build/screenshots"
    for picture in sorted(made.glob("docs-*.png")):
        image = IMAGES / picture.name.removeprefix("docs-")
        source = f"{zlib.crc32(picture.read_bytes()):08x}".encode()
        if image.exists() and source in dict(_chunks(image.read_bytes())).get(b"tEXt", b""):
            continue
        image.write_bytes(with_palette(picture.read_bytes(), source))
    return 0


def with_palette(picture: bytes, source: bytes = b"") -> bytes:
    """The same picture in at most 256 colours.

    Args:
        picture: a PNG of Chromium's: true colour, no transparency.
        source: kept in it, to know what it was made of.
    """
    width, height, pixels = _read(picture)
    counted = Counter(pixels)
    palette = [colour for colour, _ in counted.most_common(_COLOURS)]
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in place:
            place[colour] = _nearest(palette, colour)
    rows = (pixels[start : start + width] for start in range(0, width * height, width))
    # Lines of letters repeat as they are: no filter compresses indices better than none.
    raw = b"".join(b"\0" + bytes(map(place.__getitem__, row)) for row in rows)
    return _SIGNATURE + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, *_INDEXED)),
            (b"tEXt", b"Source\0" + source),
            (b"PLTE", bytes(part for colour in palette for part in colour)),
            (b"IDAT", zlib.compress(raw, 9)),
            (b"IEND", b""),
        )
    )


def _nearest(palette: list[Colour], colour: Colour) -> int:
    def far(one: int) -> int:
        return sum((a - b) ** 2 for a, b in zip(palette[one], colour, strict=True))

    return min(range(len(palette)), key=far)


def _read(picture: bytes) -> tuple[int, int, list[Colour]]:
    chunks = list(_chunks(picture))
    width, height, *kind = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    if tuple(kind) != _TRUE_COLOUR:
        raise ValueError(f"a PNG of another kind than Chromium writes: {kind}")
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    stride = width * 3
    above = bytearray(stride)
    pixels: list[Colour] = []
    for start in range(0, len(raw), stride + 1):
        line = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above)
        pixels.extend(zip(line[0::3], line[1::3], line[2::3], strict=True))
        above = line
    return width, height, pixels


def _unfiltered(kind: int, line: bytearray, above: bytearray) -> bytearray:
    """A line as it was before it was told by its neighbours (PNG, section 9)."""
    for place in range(len(line)) if kind else ():
        left = line[place - 3] if place > 2 else 0
        up = above[place]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, above[place - 3] if place > 2 else 0)
        line[place] = (line[place] + guess) & 255
    return line


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    near = abs(guess - left), abs(guess - up), abs(guess - corner)
    return (left, up, corner)[near.index(min(near))]


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


if __name__ == "__main__":
    sys.exit(main())
