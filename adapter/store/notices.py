"""Which subscriptions were told of a Task, and how far they got."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from adapter.store.transactions import Transaction


class Notice(Struct, frozen=True, kw_only=True):
    """An event of one subscription."""

    #: The Task.
    id: str
    at: int
    #: Of the event in its subscription.
    number: int
    #: Whether the receiver refused it for good.
    dead: bool
    #: Of the subscriber, in the registry.
    client: str
    #: rest-hook, email
    channel: str
    #: The last number that was delivered or given up.
    position: int
    #: When the receiver last took anything; 0: never.
    told_at: int
    #: The last failure; empty: none.
    error: str


_FIELDS = (
    "e.id, e.at, e.number, e.dead, s.client, s.channel, d.position, d.told_at, d.error FROM event e"
    " JOIN subscription s ON s.tenant = e.tenant AND s.id = e.subscription"
    " JOIN delivery d ON d.tenant = e.tenant AND d.subscription = e.subscription"
    " WHERE e.tenant = :tenant AND e.type = 'Task'"
)


def notices_of(
    transaction: Transaction, tenant: str, ids: Sequence[str], instants: Sequence[int]
) -> list[Notice]:
    """The events of versions of Tasks, the earliest first, whoever subscribed.

    Args:
        transaction: what it reads with.
        tenant: whose.
        ids: of the Tasks.
        instants: at which their versions were written, in milliseconds since 1970.
    """
    if not ids or not instants:
        return []
    if transaction.is_file:
        values: dict[str, object] = {
            "ids": msgspec.json.encode(ids).decode(),
            "instants": msgspec.json.encode(instants).decode(),
        }
        listed = (
            " AND e.at IN (SELECT value FROM json_each(:instants))"
            " AND e.id IN (SELECT value FROM json_each(:ids))"
        )
    else:
        values = {"ids": list(ids), "instants": list(instants)}
        listed = " AND e.at = ANY(CAST(:instants AS bigint[])) AND e.id = ANY(CAST(:ids AS text[]))"
    rows = transaction.rows(
        f"SELECT {_FIELDS}{listed} ORDER BY e.at, s.client, e.number",
        {**values, "tenant": tenant},
    )
    return [
        Notice(
            id=row[0],
            at=row[1],
            number=row[2],
            dead=bool(row[3]),
            client=row[4],
            channel=row[5],
            position=row[6],
            told_at=row[7],
            error=row[8],
        )
        for row in rows
    ]
