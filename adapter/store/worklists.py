"""Where live referral Tasks stand: who has to act on them, until when."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from adapter.store.records import Viewer, Work
from adapter.store.transactions import Transaction
from adapter.store.versions import Held
from adapter.store.visibility import seen_by

_FIELDS = "owner, queue, requester, status, business_status, due_at, next_event, thread, priority"
_NAMES = tuple(_FIELDS.split(", "))
_PUT = (
    f"INSERT INTO worklist (key, tenant, type, id, {_FIELDS}) VALUES (:key, :tenant, :type, :id,"  # noqa: S608 - names of ours
    f" {', '.join(f':{name}' for name in _NAMES)}) ON CONFLICT (key) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in _NAMES)}"
)
_DROP = "DELETE FROM worklist WHERE key = :key"
_ONE = (
    f"SELECT {_FIELDS} FROM worklist WHERE tenant = :tenant AND key = (SELECT key FROM resource"  # noqa: S608
    " WHERE tenant = :tenant AND type = :type AND id = :id)"
)


class Wanted(Struct, frozen=True, kw_only=True):
    """Which part of a worklist is asked for; None: whatever it is."""

    owner: str | None = None
    queue: str | None = None
    requester: str | None = None
    status: str | None = None
    #: Due before this instant.
    due_before: int | None = None
    count: int
    #: (due_at, id) of the last one that was had.
    after: tuple[int, str] | None = None


def put_work(transaction: Transaction, tenant: str, held: Held, work: Work | None) -> None:
    """Put a resource on the worklist, or take it off."""
    touches = f"worklist {held.key}"
    if work is None:
        transaction.later(_DROP, {"key": held.key}, touches=touches)
        return
    here = {"key": held.key, "tenant": tenant, "type": held.present.type, "id": held.present.id}
    transaction.later(_PUT, here | structs.asdict(work), touches=touches)


def work_of(transaction: Transaction, tenant: str, type: str, id: str) -> Work | None:
    """Where a resource stands, whoever sees it."""
    rows = transaction.rows(_ONE, {"tenant": tenant, "type": type, "id": id})
    return Work(**dict(zip(_NAMES, rows[0], strict=True))) if rows else None


def read_worklist(
    transaction: Transaction, viewer: Viewer, now: int, wanted: Wanted
) -> list[tuple[str, str, Work]]:
    """Type, id and place of what is to be done, the earliest due first."""
    seen = seen_by(viewer, now)
    conditions = ["w.tenant = :tenant", seen.sql]
    values: dict[str, Any] = seen.values | {"tenant": viewer.tenant, "count": wanted.count}
    for name in ("owner", "queue", "requester", "status"):
        if (value := getattr(wanted, name)) is not None:
            conditions.append(f"w.{name} = :{name}")
            values[name] = value
    if wanted.due_before is not None:
        conditions.append("w.due_at < :due_before")
        values["due_before"] = wanted.due_before
    if wanted.after is not None:
        conditions.append("(w.due_at, w.id) > (:due_at, :id)")
        values |= dict(zip(("due_at", "id"), wanted.after, strict=True))
    rows = transaction.rows(
        f"SELECT w.type, w.id, {', '.join(f'w.{name}' for name in _NAMES)} FROM worklist w"  # noqa: S608
        f" JOIN resource r ON r.key = w.key WHERE {' AND '.join(conditions)}"
        " ORDER BY w.due_at, w.id LIMIT :count",
        values,
    )
    return [(type, id, Work(**dict(zip(_NAMES, rest, strict=True)))) for type, id, *rest in rows]
