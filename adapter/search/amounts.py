"""Numbers as they are indexed and asked for, as doubles; what is larger is the largest double."""

from __future__ import annotations

import math
import re
import sys
from decimal import Decimal

#: In place of an end that is open.
MOST = sys.float_info.max

_NUMBER = re.compile(r"[+-]?(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,9}))?", re.ASCII)
#: A power of ten beyond which a double has no digits to speak of.
_REACH = 400


def amount(value: object) -> float | None:
    """A number of JSON, whatever it was decoded to; None: it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return _held(float(value))
    except (OverflowError, ValueError):
        return MOST if value > 0 else -MOST


def exactly(text: str) -> float | None:
    """A number as it is asked for; None: it is none."""
    return _held(float(text)) if _NUMBER.fullmatch(text) else None


def around(text: str) -> tuple[float, float] | None:
    """First and last double that the precision of the text stands for; None: it is no number.

    100 stands for [99.5, 100.5), 100.00 for [99.995, 100.005) and 1e2 for [50, 150)
    (FHIR R4 search, number).
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    power = int(match[3] or 0) - len(match[2] or "")
    number = _held(float(text))
    if abs(power) > _REACH or abs(number) == MOST:
        return number, number
    value, half = Decimal(text), Decimal(5).scaleb(power - 1)
    return _held(float(value - half)), math.nextafter(_held(float(value + half)), -math.inf)


def _held(number: float) -> float:
    return max(-MOST, min(MOST, number))
