"""The pictures of the documents are those that were taken, in fewer bytes."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.browser.images import with_palette

#: Two pixels a line; each line as it is, and as the filters of PNG tell it by its neighbours.
LINES = {
    0: b"\x0a\x14\x1e\x28\x32\x3c",
    1: b"\x0a\x14\x1e\x1e\x1e\x1e",
    2: b"\x00\x00\x00\x00\x00\x00",
    3: b"\x05\x0a\x0f\x0f\x0f\x0f",
    4: b"\x00\x00\x00\x00\x00\x00",
}


def a_png(raw: bytes, height: int, colour_type: int = 2) -> bytes:
    """A PNG of two pixels a line."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 2, height, 8, colour_type, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def parts(picture: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG, each checked."""
    found, place = {}, 8
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        whole = picture[place + 4 : place + 8 + length]
        assert struct.unpack_from(">I", picture, place + 8 + length) == (zlib.crc32(whole),)
        found[whole[:4]] = whole[4:]
        place += length + 12
    return found


@pytest.mark.parametrize("order", ((0, 1, 2, 3, 4), (0, 3, 1, 4, 2)))
def test_a_picture_of_few_colours_keeps_each_pixel(order: tuple[int, ...]):
    """Whichever way its lines were written."""
    picture = a_png(b"".join(bytes((kind,)) + LINES[kind] for kind in order), len(order))
    made = parts(with_palette(picture, b"12"))
    palette = [made[b"PLTE"][start : start + 3] for start in range(0, len(made[b"PLTE"]), 3)]
    lines = zlib.decompress(made[b"IDAT"])
    pixels = [
        palette[index] for start in range(0, len(lines), 3) for index in lines[start + 1 :][:2]
    ]
    assert pixels == [LINES[0][:3], LINES[0][3:]] * len(order)
    assert made[b"tEXt"] == b"Source\x0012"


def test_of_many_colours_the_rarest_become_their_neighbours():
    """256 colours are left; a gray stays a gray of nearly the same."""
    often = [bytes((gray,) * 3) * 2 for gray in range(0, 256, 2)] * 2
    rows = [*often, *(bytes((gray, gray, gray - 1)) * 2 for gray in range(1, 256))]
    made = parts(with_palette(a_png(b"".join(b"\0" + row for row in rows), len(rows))))
    assert len(made[b"PLTE"]) == 256 * 3
    lines = zlib.decompress(made[b"IDAT"])
    for number, row in enumerate(rows):
        index = lines[number * 3 + 1]
        colour = made[b"PLTE"][index * 3 : index * 3 + 3]
        assert max(abs(a - b) for a, b in zip(colour, row[:3], strict=True)) <= 2


def test_another_kind_of_png_is_told():
    with pytest.raises(ValueError, match="another kind"):
        with_palette(a_png(b"", 1, colour_type=6))
