"""What a visitor asks the board for: the queue, the filters, the order, as in an address. Pure.

The text that is searched for may be a name, so it is never part of an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import cast

import msgspec
from msgspec import Struct

from adapter.referrals.business_days import end_of
from adapter.search.texts import normalized
from adapter.store.board_conditions import Order, Queue, Wanted, Whose
from adapter.workbench.roles import Role

#: Rows of a page, and the most that are asked for at once.
ROWS, MOST_ROWS = 50, 500
#: Until when something is due soon.
_SOON = timedelta(days=3)
_MOST_TEXT, _MOST_WORDS = 100, 5

#: Each queue in the order they are shown, with what is in it.
QUEUES: Mapping[Queue, tuple[str, str]] = {
    "open": ("All open", "Everything under way that you take part in."),
    "new": ("New", "Nobody has looked at these yet."),
    "ours": ("Waiting for you", "The next step is yours."),
    "others": ("Waiting for others", "Somebody else has the next step."),
    "due": ("Due soon", "Something is due within three days."),
    "overdue": ("Overdue", "Something should have happened by now."),
    "claim": ("To claim", "Nobody owns these yet; your organization may take them on."),
    "closed": ("Closed", "Ended, with their outcomes; the latest first."),
}

#: What the board is for, by who looks.
LEADS: Mapping[Role, str] = {
    "referrer": "What became of the members you referred to Enhanced Care Management.",
    "plan": "Members referred to you for Enhanced Care Management, from the first look to the "
    "outcome.",
    "provider": "Members a plan asks you to take on for Enhanced Care Management.",
}

#: What to do where nothing was ever there, by who looks.
EMPTY: Mapping[Role, str] = {
    "referrer": "You have not referred anybody yet. Begin a referral, or evaluate a member first.",
    "plan": "Nobody has referred a member to you yet. Referrals appear here by themselves.",
    "provider": "No plan has asked you to take on a member yet. Assignments appear here by "
    "themselves.",
}

ORDERS: Mapping[Order, str] = {"due": "Due first", "changed": "Latest change first"}


class Filters(Struct, frozen=True, kw_only=True):
    """What is asked for; each field but the text is a parameter of the address."""

    queue: Queue = "open"
    status: str = ""
    population: str = ""
    #: Parties, `system|value`.
    requester: str = ""
    owner: str = ""
    urgent: str = ""
    due_from: str = ""
    due_to: str = ""
    sort: Order = "due"
    text: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return {name: said for name, said in self._given().items() if name != "text"}

    @property
    def narrowing(self) -> int:
        """How many filters there are beside the queue."""
        return len(self._given().keys() - {"queue", "sort"})

    def but(self, **changes: str) -> dict[str, str]:
        """The parameters of an address that asks for the same but for this."""
        return msgspec.structs.replace(self, **changes).query

    def _given(self) -> dict[str, str]:
        """What is not as it is usually."""
        usual = msgspec.structs.asdict(_USUAL)
        asked = msgspec.structs.asdict(self)
        return {name: said for name, said in asked.items() if said != usual[name]}


_USUAL = Filters()

#: Business status of a referral whose source is to correct it.
RETURNED = "returned-for-correction"


def read_filters(given: Callable[[str], str | None]) -> Filters:
    """The filters of an address or a form; what is none is left out.

    Args:
        given: the value of a name; None: it is not given.
    """

    def one(name: str) -> str:
        return (given(name) or "").strip()[:_MOST_TEXT]

    queue, sort = one("queue"), one("sort")
    return Filters(
        queue=cast(Queue, queue) if queue in QUEUES else "open",
        status=one("status"),
        population=one("population"),
        requester=one("requester"),
        owner=one("owner"),
        urgent="1" if one("urgent") else "",
        due_from=_day(one("due_from")),
        due_to=_day(one("due_to")),
        sort=cast(Order, sort) if sort in ORDERS else "due",
        text=one("text"),
    )


def wanted(filters: Filters, whose: Callable[[str], Whose], today: date) -> Wanted:
    """What the store is asked for."""
    first = date.fromisoformat(filters.due_from) if filters.due_from else None
    last = date.fromisoformat(filters.due_to) if filters.due_to else None
    return Wanted(
        queue=filters.queue,
        names=tuple(normalized(filters.text).split())[:_MOST_WORDS],
        thread=filters.text.lower(),
        business_status=filters.status,
        population=filters.population,
        requester=whose(filters.requester) if filters.requester else None,
        owner=whose(filters.owner) if filters.owner else None,
        urgent=bool(filters.urgent),
        due_from=end_of(first - timedelta(days=1)) if first else None,
        due_before=end_of(last) if last else None,
        soon=end_of(today + _SOON),
        order=filters.sort,
        count=ROWS,
    )


def read_place(text: str) -> tuple[int, str] | None:
    """Where a page begins, as `written_place` writes it; None: at the beginning."""
    at, _, id = text.partition("~")
    return (int(at), id) if at.isascii() and at.isdecimal() and len(at) < 16 and id else None


def written_place(place: tuple[int, str] | None) -> str:
    """Where a page begins, for an address; empty: nowhere."""
    return f"{place[0]}~{place[1]}" if place else ""


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return ""
    return found.isoformat() if 1900 < found.year < 2200 else ""
