"""Subscriptions as they are kept beside the resource: what is asked for, and how far it was told.

Whoever writes several of its rows locks them in one order: resource, subscription, counter,
delivery.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from adapter.store.transactions import Transaction


class Subscribed(Struct, frozen=True, kw_only=True):
    """One subscription; the columns of the table, in their order."""

    tenant: str
    id: str
    revision: int = 0
    #: requested, active, error, off, deleted
    status: str
    topic: str
    client: str
    channel: str
    origin: str
    definition: str
    secrets: str
    #: 0: without end.
    ends_at: int = 0


class Delivered(Struct, frozen=True, kw_only=True):
    """How far a subscription was told."""

    #: The number of the last event.
    events: int
    position: int
    failures: int
    failing_since: int
    next_at: int
    told_at: int
    error: str
    #: Dead letters.
    dead: int


_COLUMNS = ", ".join(Subscribed.__struct_fields__)


def _subscriptions_where(condition: str) -> str:
    return f"SELECT {_COLUMNS} FROM subscription WHERE {condition}"  # noqa: S608 - columns of ours


_KEEP = (
    f"INSERT INTO subscription ({_COLUMNS})"  # noqa: S608 - columns of ours
    " VALUES (:tenant, :id, 1, :status, :topic, :client,"
    " :channel, :origin, :definition, :secrets, :ends_at) ON CONFLICT (tenant, id) DO UPDATE SET"
    " revision = subscription.revision + 1, status = excluded.status, topic = excluded.topic,"
    " client = excluded.client, channel = excluded.channel, origin = excluded.origin,"
    " definition = excluded.definition, secrets = excluded.secrets, ends_at = excluded.ends_at"
)
_COUNT = (
    "INSERT INTO event_counter (tenant, subscription, events) VALUES (:tenant, :id, 0)"
    " ON CONFLICT DO NOTHING"
)
#: A subscription that is asked for anew is looked at at once, and begins without failures.
_DELIVER = (
    "INSERT INTO delivery (tenant, subscription, position, batch_last, failures, failing_since,"
    " next_at, lease, lease_until, told_at, beat_at, error)"
    " VALUES (:tenant, :id, 0, 0, 0, 0, 0, '', 0, 0, 0, '')"
    " ON CONFLICT (tenant, subscription) DO UPDATE SET failures = 0, failing_since = 0,"
    " next_at = 0, beat_at = 0, error = ''"
)
_SET_STATUS = (
    "UPDATE subscription SET status = :status, revision = revision + 1"
    " WHERE tenant = :tenant AND id = :id"
)
_ONE = _subscriptions_where("tenant = :tenant AND id = :id")
_ALL = _subscriptions_where("status <> 'deleted' ORDER BY tenant, id")
_LISTENING = _subscriptions_where(
    "tenant = :tenant AND topic IN ({topics}) AND status IN ('requested', 'active', 'error')"
    " AND (ends_at = 0 OR ends_at > :now) ORDER BY id"
)
_TOLD = (
    "SELECT c.events, d.position, d.failures, d.failing_since, d.next_at, d.told_at, d.error,"
    " (SELECT count(*) FROM event e WHERE e.tenant = d.tenant AND e.subscription = d.subscription"
    " AND e.dead = 1) FROM delivery d JOIN event_counter c ON c.tenant = d.tenant"
    " AND c.subscription = d.subscription WHERE d.tenant = :tenant AND d.subscription = :id"
)


def keep_subscription(transaction: Transaction, row: Subscribed) -> None:
    """Store what a Subscription asks for; its numbers go on where it was there before."""
    values = {name: getattr(row, name) for name in Subscribed.__struct_fields__}
    values.pop("revision")
    transaction.run(_KEEP, values)
    place = {"tenant": row.tenant, "id": row.id}
    transaction.run(_COUNT, place)
    transaction.run(_DELIVER, place)


def set_status(transaction: Transaction, tenant: str, id: str, status: str) -> None:
    """Change the status alone."""
    transaction.run(_SET_STATUS, {"tenant": tenant, "id": id, "status": status})


def subscribed(transaction: Transaction, tenant: str, id: str) -> Subscribed | None:
    """One subscription; None: there never was one of that id."""
    found = _read(transaction, _ONE, {"tenant": tenant, "id": id})
    return found[0] if found else None


def every_subscription(transaction: Transaction) -> list[Subscribed]:
    """Those of every tenant that were not deleted."""
    return _read(transaction, _ALL, {})


def listening(
    transaction: Transaction, tenant: str, topics: Sequence[str], now: int
) -> list[Subscribed]:
    """Subscriptions to any of the topics that were not ended, by id.

    One that waits for its handshake is among them: whoever subscribes and then looks once misses
    nothing.
    """
    named = {f"topic_{place}": topic for place, topic in enumerate(topics)}
    sql = _LISTENING.format(topics=", ".join(f":{name}" for name in named))
    return _read(transaction, sql, {"tenant": tenant, "now": now, **named})


def told_so_far(transaction: Transaction, tenant: str, id: str) -> Delivered | None:
    """How far it was told; None: there never was such a subscription."""
    for row in transaction.rows(_TOLD, {"tenant": tenant, "id": id}):
        return Delivered(**dict(zip(Delivered.__struct_fields__, row, strict=True)))
    return None


def _read(transaction: Transaction, sql: str, values: dict[str, object]) -> list[Subscribed]:
    names = Subscribed.__struct_fields__
    return [
        Subscribed(**dict(zip(names, row, strict=True))) for row in transaction.rows(sql, values)
    ]
