"""Reading FILE or standard input: one JSON document as it is, or NDJSON line by line."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

import msgspec

from adapter.cli.progress import ReadingBar
from adapter.errors import UnusableInput

_CHUNK_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: How files begin that have to be converted first: what they are, and with which command.
_TO_CONVERT = {
    b"\x1f\x8b": ("compressed", "zcat"),
    b"\xff\xfe": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
    b"\xfe\xff": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
}
_decode_raw = msgspec.json.Decoder(msgspec.Raw).decode


@contextmanager
def opened_input(path: str) -> Iterator[bytes | Iterable[bytes]]:
    """The input: the bytes of a document, or the lines of NDJSON, read as they are asked for.

    Args:
        path: a file, or `-` for standard input.

    Raises:
        UnusableInput: there is no such file, it is empty, or it cannot be read.
    """
    if not path:
        raise UnusableInput(
            "FILE is an empty name; give the path of a file, or - for standard input"
        )
    name = "standard input" if path == "-" else path
    try:
        with _opened(path) as stream, ReadingBar(name, _size_bytes(stream)) as bar:
            yield _content(stream, bar, name)
    except OSError as fault:
        reason = fault.strerror or "cannot be read"
        raise UnusableInput(
            f"{name}: {reason}; give the path of a readable file, or - for standard input"
        ) from None


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == "-":
        if sys.stdin is None:
            raise UnusableInput("standard input is closed; give the path of a file instead of -")
        yield sys.stdin.buffer
    else:
        with Path(path).open("rb") as stream:
            yield stream


def _size_bytes(stream: IO[bytes]) -> int | None:
    """How much there is to read; None for a pipe or a terminal."""
    status = os.fstat(stream.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _content(stream: IO[bytes], bar: ReadingBar, name: str) -> bytes | Iterable[bytes]:
    lines = _lines(stream, bar)
    ahead = _up_to_text(lines)
    if not ahead:
        raise UnusableInput(f"{name} is empty; give a FHIR Bundle, NDJSON or a CDS Hooks request")
    if found := _TO_CONVERT.get(ahead[0][:2]):
        what, command = found
        raise UnusableInput(
            f"{name} is {what} and cannot be read as it is; pipe it through {command} into ecm, "
            "with - in place of FILE"
        )
    if _is_json(ahead[-1]):
        more = _up_to_text(lines)
        return chain(ahead, more, lines) if more else ahead[-1]
    rest = ahead
    while chunk := stream.read(_CHUNK_BYTES):
        bar.advance(len(chunk))
        rest.append(chunk)
    return b"".join(rest)


def _lines(stream: IO[bytes], bar: ReadingBar) -> Iterator[bytes]:
    for number, line in enumerate(stream):
        bar.advance(len(line))
        yield line.removeprefix(_BYTE_ORDER_MARK) if number == 0 else line


def _up_to_text(lines: Iterator[bytes]) -> list[bytes]:
    """Blank lines and the first that is not; nothing where only blank ones are left."""
    read = []
    for line in lines:
        read.append(line)
        if line and not line.isspace():
            return read
    return []


def _is_json(line: bytes) -> bool:
    """Whether the line is one whole JSON value."""
    try:
        _decode_raw(line)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
