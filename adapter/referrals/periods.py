"""Periods of a Consent as instants: whole days in California, the last one included."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapter.clock import MEMBER_ZONE
from adapter.referrals.business_days import end_of
from mappings.inbound.dates import Unreadable, read_moment

#: Milliseconds since 1970, `[start, end)`.
Span = tuple[int, int]

#: Where a period names no start, and no end (the year 10000).
BEGINNING, END_OF_TIME = 0, 253_402_300_800_000


def instants(text: object) -> Span:
    """The milliseconds since 1970 that a date or time covers, `[start, end)`; days in California.

    Raises:
        Unreadable: it is no FHIR date or dateTime, or a time without a zone.
    """
    if not isinstance(text, str):
        raise Unreadable
    try:
        days, _ = read_moment(text, MEMBER_ZONE)
        if len(text) <= 10:
            return end_of(days.first - timedelta(days=1)), end_of(days.last)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise Unreadable from error
    if moment.utcoffset() is None:
        raise Unreadable
    start = int(moment.timestamp() * 1000)
    return start, start + (1 if "." in text else 1000)
