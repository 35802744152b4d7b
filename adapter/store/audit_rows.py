"""Finding entries of the audit, the newest first; the chains themselves are `audit`'s."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from adapter.store.records import AuditEntry
from adapter.store.transactions import Transaction

_NAMES = AuditEntry.__struct_fields__
_FIELDS = ", ".join(f"a.{name}" for name in _NAMES)
#: A page of entries at most.
MOST = 1000


class Numbered(Struct, frozen=True, kw_only=True):
    """An entry and its place in the chains."""

    shard: int
    number: int
    entry: AuditEntry


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries of a tenant; every condition has to hold, an empty one none."""

    #: Of all tenants: None. Only for whoever has the database in hand.
    tenant: str | None
    #: From the first instant on, up to the last one, in milliseconds.
    since: int | None = None
    until: int | None = None
    #: Any of these instants' ranges, beside the two above.
    not_between: tuple[tuple[int, int], ...] = ()
    patients: tuple[str, ...] | None = None
    parties: tuple[str, ...] | None = None
    clients: tuple[str, ...] | None = None
    entities: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] | None = None
    #: Any action but these.
    not_actions: tuple[str, ...] = ()
    #: (at, shard, number) of the last entry of the page before.
    before: tuple[int, int, int] | None = None


def read_entry(transaction: Transaction, tenant: str, shard: int, number: int) -> Numbered | None:
    """One entry of a tenant."""
    rows = transaction.rows(
        f"SELECT a.shard, a.number, {_FIELDS} FROM audit a"  # noqa: S608 - names of ours
        " WHERE a.shard = :shard AND a.number = :number AND a.tenant = :tenant",
        {"shard": shard, "number": number, "tenant": tenant},
    )
    return _numbered(rows[0]) if rows else None


def find_entries(transaction: Transaction, wanted: Wanted, most: int) -> list[Numbered]:
    """A page of entries, the newest first."""
    conditions, values = _conditions(wanted)
    if wanted.before is not None:
        conditions.append("(a.at, a.shard, a.number) < (:b_at, :b_shard, :b_number)")
        values |= dict(zip(("b_at", "b_shard", "b_number"), wanted.before, strict=True))
    where = " AND ".join(conditions) or "1 = 1"
    rows = transaction.rows(
        f"SELECT a.shard, a.number, {_FIELDS} FROM audit a WHERE {where}"  # noqa: S608
        " ORDER BY a.at DESC, a.shard DESC, a.number DESC LIMIT :most",
        {**values, "most": min(most, MOST + 1)},
    )
    return [_numbered(row) for row in rows]


def count_entries(transaction: Transaction, wanted: Wanted) -> int:
    """How many there are."""
    conditions, values = _conditions(wanted)
    where = " AND ".join(conditions) or "1 = 1"
    rows = transaction.rows(f"SELECT count(*) FROM audit a WHERE {where}", values)  # noqa: S608
    return int(rows[0][0])


class Seen(Struct, frozen=True, kw_only=True):
    """How often somebody reached one patient's data."""

    party: str
    client: str
    patient: str
    times: int
    first: int
    last: int


def count_people(transaction: Transaction, wanted: Wanted, most: int) -> list[Seen]:
    """By organization, client and patient, the latest first; what is about nobody is left out."""
    conditions, values = _conditions(wanted)
    where = " AND ".join([*conditions, "a.patient <> ''", "a.outcome = 'success'"])
    rows = transaction.rows(
        "SELECT a.party, a.client, a.patient, count(*), min(a.at), max(a.at) FROM audit a"  # noqa: S608 - names of ours, values are bound
        f" WHERE {where} GROUP BY a.party, a.client, a.patient"
        " ORDER BY max(a.at) DESC, a.party, a.client, a.patient LIMIT :most",
        {**values, "most": most},
    )
    return [Seen(**dict(zip(Seen.__struct_fields__, row, strict=True))) for row in rows]


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for column, comparison, value in (
        ("tenant", "=", wanted.tenant),
        ("at", ">=", wanted.since),
        ("at", "<=", wanted.until),
    ):
        if value is not None:
            name = f"v_{len(values)}"
            conditions.append(f"a.{column} {comparison} :{name}")
            values[name] = value
    for low, high in wanted.not_between:
        first, last = f"v_{len(values)}", f"v_{len(values) + 1}"
        conditions.append(f"NOT (a.at >= :{first} AND a.at <= :{last})")
        values |= {first: low, last: high}
    for column, comparison, allowed in (
        ("patient", "IN", wanted.patients),
        ("party", "IN", wanted.parties),
        ("client", "IN", wanted.clients),
        ("entity", "IN", wanted.entities),
        ("action", "IN", wanted.actions),
        ("outcome", "IN", wanted.outcomes),
        ("action", "NOT IN", wanted.not_actions or None),
    ):
        if allowed is None:
            continue
        names = []
        for one in allowed:
            name = f"v_{len(values)}"
            values[name] = one
            names.append(f":{name}")
        conditions.append(f"a.{column} {comparison} ({', '.join(names)})" if names else "1 = 0")
    return conditions, values


def _numbered(row: tuple[Any, ...]) -> Numbered:
    shard, number, *fields = row
    entry = AuditEntry(**dict(zip(_NAMES, fields, strict=True)))
    return Numbered(shard=shard, number=number, entry=entry)
