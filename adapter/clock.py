"""The clock. No other module reads it: a determination is always asked for a given day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: A member's day is a day in California (input contract, section 3).
MEMBER_ZONE = ZoneInfo("America/Los_Angeles")


def now() -> datetime:
    """The instant, with its zone (UTC)."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in California, the default of every question asked without a day."""
    return now().astimezone(MEMBER_ZONE).date()
