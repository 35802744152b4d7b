"""Dates of FHIR as the milliseconds they cover, from the first to the last.

`2024`, `2024-05`, `2024-05-01`, `…T10:30`, `…T10:30:00` and `…T10:30:00.1` are ranges of a year to
a tenth of a second (FHIR R4 search, date). What is written without a zone is taken as UTC, in
resources as in searches.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

#: In place of an end that is open: long before and after any date that can be written.
FIRST, LAST = -(2**52), 2**52

_DAY = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()


def span(text: str) -> tuple[int, int] | None:
    """First and last millisecond; None: it is no date, or none in years 1 to 9999."""
    try:
        if len(text) > 10:
            return _timed(text)
        return _whole_days(text)
    except (ValueError, IndexError):
        return None


def _whole_days(text: str) -> tuple[int, int]:
    if not text.isascii() or not text.replace("-", "0").isdecimal():
        raise ValueError
    if len(text) == 10 and text[4] == text[7] == "-":
        first = (date.fromisoformat(text).toordinal() - _EPOCH) * _DAY
        return first, first + _DAY - 1
    if len(text) == 4:
        year = int(text)
        first = (date(year, 1, 1).toordinal() - _EPOCH) * _DAY
        last = (date(year, 12, 31).toordinal() + 1 - _EPOCH) * _DAY - 1
        return first, last
    if len(text) == 7 and text[4] == "-":
        year, month = int(text[:4]), int(text[5:])
        first = (date(year, month, 1).toordinal() - _EPOCH) * _DAY
        return first, first + monthrange(year, month)[1] * _DAY - 1
    raise ValueError


def _timed(text: str) -> tuple[int, int]:
    # `fromisoformat` knows more ways to write a time than FHIR does.
    if text[4] != "-" or text[7] != "-" or text[10] != "T" or text[13] != ":" or len(text) > 60:
        raise ValueError
    if text[17:19] == "60":  # a leap second, which `datetime` cannot hold
        text = f"{text[:17]}59{text[19:]}"
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    at = (
        (moment.toordinal() - _EPOCH) * _DAY
        + moment.hour * 3_600_000
        + moment.minute * 60_000
        + moment.second * 1000
        + moment.microsecond // 1000
    )
    if offset is not None:
        at -= offset.days * _DAY + offset.seconds * 1000
    return at, at + _width(text) - 1


def _width(text: str) -> int:
    """Milliseconds that the precision of a time stands for."""
    if text[16:17] != ":":
        return 60_000
    if text[19:20] != ".":
        return 1000
    digits = 0
    while text[20 + digits : 21 + digits].isdecimal():
        digits += 1
    return int(10 ** max(0, 3 - digits))
