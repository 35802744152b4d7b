"""Where a referral stands and by when something is due, in words. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from msgspec import Struct

from adapter.clock import MEMBER_ZONE
from adapter.dates import near, time_in_words
from profiles.referral_codes import business_statuses, next_events, status_reasons

_STATUSES = {
    "draft": "Draft",
    "requested": "Requested",
    "accepted": "Accepted",
    "in-progress": "Under way",
    "on-hold": "On hold",
    "completed": "Completed: services received",
    "rejected": "Declined",
    "cancelled": "Withdrawn",
    "failed": "Ended without enrollment",
    "entered-in-error": "Entered in error",
}
#: Of what has ended the status says more than the business status, but for these.
_SAYS_MORE = frozenset({"returned-for-correction", "not-authorized", "provider-declined"})


class Due(Struct, frozen=True, kw_only=True):
    """By when something is due."""

    #: The last day, in California.
    day: date
    state: Literal["overdue", "today", "soon", "later"]
    #: `overdue by 3 days`, `due today`, `due in 2 days`, `due Mar 12`.
    says: str


def stands(status: str, business_status: str) -> str:
    """Where a Task stands, by its statuses."""
    ended = status not in ("draft", "requested", "accepted", "in-progress", "on-hold")
    known = business_statuses().get(business_status)
    if known is None or (ended and business_status not in _SAYS_MORE):
        return _STATUSES.get(status, status)
    return f"On hold: {known.display.lower()}" if status == "on-hold" else known.display


def next_step(event: str) -> str:
    """What has to happen next; empty: nothing."""
    known = next_events().get(event)
    return known.display if known is not None else event


def why(code: str) -> str:
    """A reason of a status; empty: it is none of ours."""
    known = status_reasons().get(code)
    return known.display if known is not None else ""


def due(due_at: int, now: datetime) -> Due:
    """By when something is due.

    Args:
        due_at: the first instant at which it is overdue, in milliseconds since 1970.
        now: the instant.
    """
    last = datetime.fromtimestamp((due_at - 1) / 1000, UTC).astimezone(MEMBER_ZONE).date()
    today = now.astimezone(MEMBER_ZONE).date()
    days = (last - today).days
    if now.timestamp() * 1000 >= due_at:
        late = f"overdue by {_days(-days)}" if days else "overdue since today"
        return Due(day=last, state="overdue", says=late)
    if days == 0:
        return Due(day=last, state="today", says="due today")
    if days <= 3:
        return Due(
            day=last, state="soon", says="due tomorrow" if days == 1 else f"due in {days} days"
        )
    return Due(day=last, state="later", says=f"due {near(last, today)}")


def moment(at: datetime, now: datetime) -> str:
    """An instant in the member's zone: `today, 10:03 AM`, `Mar 12, 8:00 AM`."""
    local, today = at.astimezone(MEMBER_ZONE), now.astimezone(MEMBER_ZONE).date()
    ago = (today - local.date()).days
    said = {0: "today", 1: "yesterday"}.get(ago) or near(local.date(), today)
    return f"{said}, {time_in_words(local)}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
