"""Compressed bodies, both ways. What comes in may be a bomb: it is unpacked within limits.

100 MB of blanks are 97 KB of gzip. Unpacking stops where a body grows tenfold, or beyond what may
be sent unpacked.
"""

from __future__ import annotations

import gzip
import zlib

from adapter.fhir_api.faults import Refused, refused

#: More than any Bundle of referrals needs; a longer body is refused unread.
MAX_BODY_BYTES = 20 * 1024 * 1024

#: How much larger than what was sent a body may become.
_MOST_TIMES = 10
#: Unpacked bodies up to here are let through, since small JSON may well be repetitive.
_HARMLESS = 64 * 1024
#: Answers shorter than this are not worth it.
_LEAST = 1400
_LEVEL = 5

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body as it was before it was compressed.

    Args:
        body: as it came.
        encoding: header Content-Encoding; empty: it was not compressed.

    Raises:
        Refused: 413, it is too large or grows too much; 415, of another encoding; 400, broken.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in _WINDOWS:
        raise refused(
            415, "not-supported", "the body is encoded in a way that is not read; send gzip or none"
        )
    most = min(MAX_BODY_BYTES, max(_HARMLESS, _MOST_TIMES * len(body)))
    unpacker = zlib.decompressobj(_WINDOWS[name])
    try:
        plain = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise refused(400, "structure", f"the body is not {name}, or is broken") from None
    if len(plain) > most:
        raise too_long("the body grows too much as it is unpacked; send it without compression")
    if not unpacker.eof or unpacker.unused_data:
        raise refused(400, "structure", f"the body is not one whole {name}")
    return plain


def packed(body: bytes, accepted: str) -> bytes | None:
    """An answer in gzip; None: it is not wanted, or not worth it.

    Args:
        body: the answer.
        accepted: header Accept-Encoding.
    """
    if len(body) < _LEAST or not _takes_gzip(accepted):
        return None
    return gzip.compress(body, _LEVEL, mtime=0)


def too_long(found: str = "") -> Refused:
    """The refusal of a body that is too long."""
    most = MAX_BODY_BYTES // 1024 // 1024
    return refused(413, "too-long", found or f"the body is longer than {most} MB; send less")


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
