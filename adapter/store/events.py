"""Events: written with the change they tell of, and read to be told.

A counter is locked from the numbering to the commit, and of several counters by their
subscription's id, so numbers have no gaps, become visible in their order, and no two writers wait
for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from adapter.store.postgresql import PostgresTransaction
from adapter.store.transactions import Row, Transaction


class NewEvent(Struct, frozen=True, kw_only=True):
    """What happened, before it has a number."""

    at: int
    #: create, update, delete; empty: nothing was written.
    action: str
    #: The focus.
    type: str
    id: str
    version: int
    #: Id of the Patient it is about; empty: none.
    patient: str = ""


class Event(NewEvent, frozen=True, kw_only=True):
    """An event of one subscription."""

    number: int
    #: Whether the receiver refused it for good.
    dead: bool = False


_LOCK = (
    "SELECT subscription, events FROM event_counter WHERE tenant = :tenant"
    " AND subscription IN ({names}) ORDER BY subscription"
)
_COUNTED = (
    "UPDATE event_counter SET events = :events"
    " WHERE tenant = :tenant AND subscription = :subscription"
)
_APPEND = (
    "INSERT INTO event (tenant, subscription, number, at, action, type, id, version, patient, dead)"
    " VALUES (:tenant, :subscription, :number, :at, :action, :type, :id, :version, :patient, 0)"
)
#: The same in one statement, which is sent with what else waits (PostgreSQL).
_APPEND_ALL = (
    "counter{n} AS MATERIALIZED (SELECT subscription, events FROM event_counter"
    " WHERE tenant = :tenant AND subscription = ANY(CAST(:subscriptions AS text[]))"
    " ORDER BY subscription FOR UPDATE), new{n} AS (SELECT * FROM unnest("
    "CAST(:all_subscription AS text[]), CAST(:all_place AS bigint[]), CAST(:all_at AS bigint[]),"
    " CAST(:all_action AS text[]), CAST(:all_type AS text[]), CAST(:all_id AS text[]),"
    " CAST(:all_version AS bigint[]), CAST(:all_patient AS text[])) AS new"
    " (subscription, place, at, action, type, id, version, patient)), event{n} AS"
    " (INSERT INTO event (tenant, subscription, number, at, action, type, id, version, patient,"
    " dead) SELECT :tenant, counter.subscription, counter.events + new.place, new.at, new.action,"
    " new.type, new.id, new.version, new.patient, 0 FROM counter{n} counter JOIN new{n} new"
    ' ON counter.subscription = new.subscription COLLATE "C"), counted{n} AS'
    " (UPDATE event_counter SET events = counter.events + (SELECT count(*) FROM new{n} new"
    ' WHERE new.subscription COLLATE "C" = counter.subscription) FROM counter{n} counter'
    " WHERE event_counter.tenant = :tenant"
    " AND event_counter.subscription = counter.subscription)"
)


def _events_where(condition: str) -> str:
    return (
        "SELECT number, at, action, type, id, version, patient, dead FROM event"  # noqa: S608
        f" WHERE tenant = :tenant AND subscription = :subscription AND {condition}"
        " ORDER BY number LIMIT :most"
    )


_BETWEEN = _events_where("number BETWEEN :first AND :last")
_DEAD = _events_where("dead = 1")
_BETWEEN_INSTANTS = (
    "SELECT min(number), max(number) FROM event WHERE tenant = :tenant"
    " AND subscription = :subscription AND at BETWEEN :since AND :until"
)
_REVIVE = (
    "UPDATE event SET dead = 0 WHERE tenant = :tenant AND subscription = :subscription"
    " AND number BETWEEN :first AND :last"
)
_RESEND = (
    "INSERT INTO resend (tenant, subscription, first, last, asked_at)"
    " VALUES (:tenant, :subscription, :first, :last, :asked_at) ON CONFLICT DO NOTHING"
)
_LOOK_NOW = (
    "UPDATE delivery SET next_at = 0 WHERE tenant = :tenant AND subscription = :subscription"
)
#: What was delivered and what nobody waits for any more; and whatever is very old.
_CLEAR = (
    "DELETE FROM event WHERE (tenant, subscription, number) IN (SELECT e.tenant, e.subscription,"
    " e.number FROM event e WHERE e.at < :any_before OR (e.at < :before AND (EXISTS"
    " (SELECT 1 FROM delivery d WHERE d.tenant = e.tenant AND d.subscription = e.subscription"
    " AND e.number <= d.position AND e.dead = 0) OR EXISTS (SELECT 1 FROM subscription s"
    " WHERE s.tenant = e.tenant AND s.id = e.subscription AND s.status IN ('off', 'deleted'))))"
    " ORDER BY e.at LIMIT :most)"
)
_OVERDUE = (
    "SELECT w.tenant, w.id, w.due_at FROM worklist w LEFT JOIN overdue o ON o.tenant = w.tenant"
    " AND o.id = w.id WHERE w.type = 'Task' AND w.due_at <= :now"
    " AND (o.id IS NULL OR o.due_at <> w.due_at) ORDER BY w.due_at, w.id LIMIT :most"
)
_TELL_OVERDUE = (
    "INSERT INTO overdue (tenant, id, due_at) VALUES (:tenant, :id, :due_at)"
    " ON CONFLICT (tenant, id) DO UPDATE SET due_at = excluded.due_at"
    " WHERE overdue.due_at <> excluded.due_at"
)


def append(transaction: Transaction, tenant: str, found: Mapping[str, Sequence[NewEvent]]) -> None:
    """Number and store events; the last thing a transaction does but for the audit.

    Args:
        transaction: that of the change.
        tenant: whose.
        found: by id of the subscription, in the order in which they happened.
    """
    if isinstance(transaction, PostgresTransaction):
        _append_there(transaction, tenant, found)
        return
    named = {f"name_{place}": name for place, name in enumerate(sorted(found))}
    sql = _LOCK.format(names=", ".join(f":{name}" for name in named))
    for subscription, counted in transaction.rows(sql, {"tenant": tenant, **named}):
        events = found[subscription]
        place = {"tenant": tenant, "subscription": subscription}
        transaction.later(_COUNTED, {**place, "events": counted + len(events)})
        for number, one in enumerate(events, counted + 1):
            transaction.later(_APPEND, {**place, "number": number, **structs.asdict(one)})


def _append_there(
    transaction: PostgresTransaction, tenant: str, found: Mapping[str, Sequence[NewEvent]]
) -> None:
    rows = [
        (subscription, place, *structs.astuple(one))
        for subscription, events in sorted(found.items())
        for place, one in enumerate(events, 1)
    ]
    if not rows:
        return
    names = ("subscription", "place", *NewEvent.__struct_fields__)
    columns = {
        f"all_{name}": column for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    values = {"tenant": tenant, "subscriptions": sorted(found), **columns}
    transaction.later_parts(_APPEND_ALL, values, touches=f"event_counter {tenant}")


def between(
    transaction: Transaction, tenant: str, subscription: str, first: int, last: int, most: int
) -> list[Event]:
    """Events of those numbers, both included, as far as they are kept."""
    place = {"tenant": tenant, "subscription": subscription}
    return _events(
        transaction.rows(_BETWEEN, {**place, "first": first, "last": last, "most": most})
    )


def numbers_between(
    transaction: Transaction, tenant: str, subscription: str, since: int, until: int
) -> tuple[int, int] | None:
    """First and last number of the events between two instants; None: there are none."""
    place = {"tenant": tenant, "subscription": subscription}
    for first, last in transaction.rows(
        _BETWEEN_INSTANTS, {**place, "since": since, "until": until}
    ):
        if first is not None:
            return int(first), int(last)
    return None


def dead_letters(
    transaction: Transaction, tenant: str, subscription: str, most: int
) -> list[Event]:
    """Events that the receiver refused for good."""
    place = {"tenant": tenant, "subscription": subscription}
    return _events(transaction.rows(_DEAD, {**place, "most": most}))


def ask_again(
    transaction: Transaction, tenant: str, subscription: str, first: int, last: int, now: int
) -> None:
    """Have events of those numbers told again; dead letters among them live again."""
    place = {"tenant": tenant, "subscription": subscription}
    transaction.run(_REVIVE, {**place, "first": first, "last": last})
    transaction.run(_RESEND, {**place, "first": first, "last": last, "asked_at": now})
    transaction.run(_LOOK_NOW, place)


def clear(transaction: Transaction, before: int, any_before: int, most: int) -> int:
    """Forget events that are old, the oldest first; how many.

    Args:
        transaction: to do it in.
        before: an instant: of those before it what was delivered, or is not waited for.
        any_before: an earlier one: all before it.
        most: at most so many.
    """
    values = {"before": before, "any_before": any_before, "most": most}
    return transaction.run(_CLEAR, values)


def overdue(transaction: Transaction, now: int, most: int) -> list[tuple[str, str, int]]:
    """Tasks whose due date passed and was not told yet: tenant, id and due date."""
    rows = transaction.rows(_OVERDUE, {"now": now, "most": most})
    return [(str(row[0]), str(row[1]), int(row[2])) for row in rows]


def tell_overdue(transaction: Transaction, tenant: str, id: str, due_at: int) -> bool:
    """Note that it is told; False: somebody else did."""
    told = {"tenant": tenant, "id": id, "due_at": due_at}
    return transaction.run(_TELL_OVERDUE, told) == 1


def _events(rows: list[Row]) -> list[Event]:
    return [
        Event(
            number=number,
            at=at,
            action=action,
            type=type,
            id=id,
            version=version,
            patient=patient,
            dead=bool(dead),
        )
        for number, at, action, type, id, version, patient, dead in rows
    ]
