"""Reading versions of resources, each with the condition that its reader sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from adapter.store.records import Version, Viewer
from adapter.store.transactions import Row, Transaction
from adapter.store.visibility import Condition, seen_by

#: Type, id and party; kind, system and value.
Triple = tuple[str, str, str]

_PLACE = "r.tenant = :tenant AND r.type = :type AND r.id = :id"
#: For every reader of versions: `version_of` reads these columns.
VERSION = "v.key, r.type, r.id, v.version, v.updated_at, v.method, v.body, r.author"
PRESENT = "resource r JOIN resource_version v ON v.key = r.key AND v.version = r.version"
EVERY = "resource_version v JOIN resource r ON r.key = v.key"

_GRANTS = {
    True: "json_group_array(json_array(t.type, t.id, g.party))",
    False: "CAST(json_agg(json_build_array(t.type, t.id, g.party)) AS text)",
}
_CLAIMS = {
    True: "json_group_array(json_array(u.kind, u.system, u.value))",
    False: "CAST(json_agg(json_build_array(u.kind, u.system, u.value)) AS text)",
}
_TYPES = (
    "WITH RECURSIVE found (type) AS (SELECT min(type) FROM resource WHERE tenant = :tenant"
    " UNION ALL SELECT (SELECT min(type) FROM resource WHERE tenant = :tenant"
    " AND type > found.type) FROM found WHERE found.type IS NOT NULL)"
    " SELECT type FROM found WHERE type IS NOT NULL"
)
_TRIPLES = msgspec.json.Decoder(list[tuple[str, str, str]])


class Held(Struct, kw_only=True):
    """A resource that nobody else writes until this transaction ends, and what goes with it."""

    key: int
    version: int
    labels: frozenset[str]
    present: Version
    grants: set[Triple]
    claims: set[Triple]


def version_of(row: Row) -> Version:
    """From the columns `VERSION`."""
    key, type, id, version, updated_at, method, body, author = row
    return Version(
        key=key,
        type=type,
        id=id,
        version=version,
        updated_at=updated_at,
        method=method,
        body=body,
        author=author,
    )


def anyone(tenant: str) -> Condition:
    """That the resource is of the tenant, whoever sees it."""
    return Condition("r.tenant = :seen_tenant", {"seen_tenant": tenant})


def read_present(transaction: Transaction, seen: Condition, type: str, id: str) -> Version | None:
    """The newest version, deleted or not; None: there is none, or not for these eyes."""
    rows = transaction.rows(
        f"SELECT {VERSION} FROM {PRESENT} WHERE {_PLACE} AND {seen.sql}",  # noqa: S608
        _at(seen, type, id),
    )
    return version_of(rows[0]) if rows else None


def hold(transaction: Transaction, seen: Condition, type: str, id: str) -> Held | None:
    """The same, and nobody else writes it until the transaction ends."""
    sql, values = _holding(seen.sql, transaction.is_file), _at(seen, type, id)
    rows = transaction.rows(sql, values)
    if rows and rows[0][6] is None:
        # Somebody wrote it while this waited: the row is as it is now, but its body and what goes
        # with it were looked for among what there was before.
        rows = transaction.rows(sql, values)
    if not rows:
        return None
    *row, labels, grants, claims = rows[0]
    present = version_of(tuple(row))
    return Held(
        key=present.key,
        version=present.version,
        labels=frozenset(labels.split()),
        present=present,
        grants=set(_TRIPLES.decode(grants or "[]")),
        claims=set(_TRIPLES.decode(claims or "[]")),
    )


def _holding(seen: str, is_file: bool) -> str:  # noqa: FBT001 - all it differs by
    lock = "" if is_file else " FOR UPDATE"
    return (
        f"WITH r AS (SELECT r.* FROM resource r WHERE {_PLACE} AND {seen}{lock})"  # noqa: S608
        " SELECT r.key, r.type, r.id, r.version, r.updated_at, r.method,"
        " (SELECT v.body FROM resource_version v WHERE v.key = r.key AND v.version = r.version),"
        f" r.author, r.labels, (SELECT {_GRANTS[is_file]} FROM resource_grant g"
        f" JOIN resource t ON t.key = g.key WHERE g.source = r.key), (SELECT {_CLAIMS[is_file]}"
        " FROM unique_identifier u WHERE u.key = r.key) FROM r"
    )


def read_version(
    transaction: Transaction, seen: Condition, type: str, id: str, version: int
) -> Version | None:
    """One version of a resource whose newest version is seen."""
    rows = transaction.rows(
        f"SELECT {VERSION} FROM {EVERY} WHERE {_PLACE} AND v.version = :version"  # noqa: S608
        f" AND {seen.sql}",
        _at(seen, type, id) | {"version": version},
    )
    return version_of(rows[0]) if rows else None


class Span(Struct, frozen=True, kw_only=True):
    """Which part of a history is asked for."""

    #: Written at this instant or later.
    since: int | None = None
    #: In force at this instant.
    at: int | None = None
    count: int
    #: (updated_at, key, version) of the last one that was had.
    before: tuple[int, int, int] | None = None


def read_history(
    transaction: Transaction, viewer: Viewer, now: int, place: tuple[str, str | None], span: Span
) -> list[Version]:
    """Versions of one type, or of one resource, the newest first."""
    seen = seen_by(viewer, now)
    type, id = place
    conditions = ["v.tenant = :tenant", "v.type = :type", seen.sql]
    values = seen.values | {"tenant": viewer.tenant, "type": type, "count": span.count}
    if id is not None:
        conditions.append("r.tenant = :tenant AND r.type = :type AND r.id = :id")
        values["id"] = id
    if span.since is not None:
        conditions.append("v.updated_at >= :since")
        values["since"] = span.since
    if span.at is not None:
        conditions.append(
            "v.updated_at <= :at AND NOT EXISTS (SELECT 1 FROM resource_version n"
            " WHERE n.key = v.key AND n.version = v.version + 1 AND n.updated_at <= :at)"
        )
        values["at"] = span.at
    if span.before is not None:
        conditions.append("(v.updated_at, v.key, v.version) < (:at_most, :key, :version)")
        values |= dict(zip(("at_most", "key", "version"), span.before, strict=True))
    rows = transaction.rows(
        f"SELECT {VERSION} FROM {EVERY} WHERE {' AND '.join(conditions)}"  # noqa: S608
        " ORDER BY v.updated_at DESC, v.key DESC, v.version DESC LIMIT :count",
        values,
    )
    return [version_of(row) for row in rows]


def types_of(transaction: Transaction, tenant: str) -> list[str]:
    """The types there are resources of."""
    return [str(row[0]) for row in transaction.rows(_TYPES, {"tenant": tenant})]


def read_referring(
    transaction: Transaction, tenant: str, types: Sequence[str], target: tuple[str, str]
) -> list[Version]:
    """Present versions of resources of these types that refer to one, whatever by."""
    named = {f"type_{number}": each for number, each in enumerate(types)}
    rows = transaction.rows(
        f"SELECT {VERSION} FROM {PRESENT} WHERE r.key IN"  # noqa: S608
        " (SELECT i.key FROM reference_index i WHERE i.tenant = :tenant"
        " AND i.target_id = :target_id AND i.target_type = :target_type)"
        f" AND r.tenant = :tenant AND r.type IN ({', '.join(f':{name}' for name in named)})"
        " AND r.method <> 'delete' ORDER BY r.key",
        {"tenant": tenant, "target_type": target[0], "target_id": target[1], **named},
    )
    return [version_of(row) for row in rows]


def _at(seen: Condition, type: str, id: str) -> dict[str, Any]:
    return seen.values | {"tenant": seen.values["seen_tenant"], "type": type, "id": id}
