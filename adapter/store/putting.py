"""Writing a version: its row, and of what it is found by only what differs from the version before.

The head row is compared and set: a version is written by who holds the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapter.store.errors import VersionConflict
from adapter.store.index_tables import clipped
from adapter.store.records import Draft, IndexRows, Version
from adapter.store.transactions import Row, Rows, Transaction
from adapter.store.versions import Held

_TEXT, _WHOLE, _NUMBER = "text", "bigint", "double precision"

TOKENS = Rows("token_index", ("param", "system", "code"), (_TEXT,) * 3)
REFERENCES = Rows(
    "reference_index",
    ("param", "target_type", "target_id", "url", "identifier"),
    (_TEXT,) * 5,
)
DATES = Rows("date_index", ("param", "low", "high"), (_TEXT, _WHOLE, _WHOLE))
STRINGS = Rows("string_index", ("param", "norm", "exact"), (_TEXT,) * 3)
NUMBERS = Rows(
    "number_index",
    ("param", "low", "high", "system", "code"),
    (_TEXT, _NUMBER, _NUMBER, _TEXT, _TEXT),
)
#: The rest of a row is the source.
GRANTS = Rows("resource_grant", ("key", "party"), (_WHOLE, _TEXT), fixed=("source",))

_CREATE = (
    "INSERT INTO resource (key, tenant, type, id, version, updated_at, method, author, patient,"
    " labels) VALUES (:key, :tenant, :type, :id, :version, :updated_at, :method, :author,"
    " :patient, :labels)"
)
_UPDATE = (
    "UPDATE resource SET version = :version, updated_at = :updated_at, method = :method,"
    " patient = :patient, labels = :labels WHERE key = :key"
)
_DELETE = (
    "UPDATE resource SET version = :version, updated_at = :updated_at, method = :method"
    " WHERE key = :key"
)
_VERSION = (
    "INSERT INTO resource_version (key, version, tenant, type, updated_at, method, body)"
    " VALUES (:key, :version, :tenant, :type, :updated_at, :method, :body)"
)
_LABEL = "INSERT INTO resource_label (key, label) VALUES (:key, :label)"
_UNLABEL = "DELETE FROM resource_label WHERE key = :key AND label = :label"
_UNCLAIM = "DELETE FROM unique_identifier WHERE key = :key"


def put(
    transaction: Transaction, draft: Draft, held: Held | None, previous: IndexRows | None
) -> Held:
    """Write the version after the one that is held.

    Args:
        transaction: everything is written in it, the latest when it ends.
        draft: what to write. Of a deletion the labels and the patient do not count: who saw the
            resource may learn that it was deleted, and nobody else.
        held: the resource as it is; None: it is new.
        previous: what it was found by; None: that is read.

    Raises:
        VersionConflict: here or where the transaction ends.
    """
    before = held.version if held is not None else 0
    if draft.version != before + 1:
        raise VersionConflict(draft.type, draft.id, before or None)
    key = held.key if held is not None else transaction.new_key()
    stays = draft.method == "delete" and held is not None
    labels = held.labels if stays and held is not None else draft.labels
    values = {
        "key": key,
        "tenant": draft.tenant,
        "type": draft.type,
        "id": draft.id,
        "version": draft.version,
        "updated_at": draft.updated_at,
        "method": draft.method,
        "author": draft.author,
        "patient": draft.patient,
        "labels": " ".join(sorted(labels)),
        "body": draft.body,
    }
    head = f"resource {key}"
    if held is None:
        taken = VersionConflict(draft.type, draft.id)
        transaction.later(_CREATE, values, touches=head, if_taken=taken)
        previous = IndexRows()
    else:
        transaction.later(_DELETE if stays else _UPDATE, values, touches=head)
        if previous is None:
            previous = _found_by(transaction, key)
    transaction.later(_VERSION, values)
    _put_labels(transaction, key, held.labels if held is not None else frozenset(), labels)
    _put_rows(transaction, key, draft.tenant, previous, IndexRows() if stays else draft.index)
    if stays:
        transaction.later(_UNCLAIM, {"key": key})
    return _now_held(draft, key, labels, held)


def grant_at_once(
    transaction: Transaction, held: Held, draft: Draft, parties: Iterable[str]
) -> None:
    """Grant the resource to its author, and to others that need nothing else to see it."""
    wanted = {(draft.type, draft.id, party) for party in parties}
    if draft.version == 1:
        wanted.add((draft.type, draft.id, draft.author))
    new = [(held.key, party) for _, _, party in sorted(wanted - held.grants)]
    if new:
        transaction.add_rows(GRANTS, (held.key,), new, touches=f"grants {held.key}")
    held.grants |= wanted


def _now_held(draft: Draft, key: int, labels: frozenset[str], held: Held | None) -> Held:
    present = Version(
        key=key,
        type=draft.type,
        id=draft.id,
        version=draft.version,
        updated_at=draft.updated_at,
        method=draft.method,
        body=draft.body,
        author=held.present.author if held is not None else draft.author,
    )
    return Held(
        key=key,
        version=draft.version,
        labels=labels,
        present=present,
        grants=held.grants if held is not None else set(),
        claims=held.claims if held is not None and draft.method != "delete" else set(),
    )


def _put_labels(
    transaction: Transaction, key: int, before: frozenset[str], after: frozenset[str]
) -> None:
    for label in before - after:
        transaction.later(_UNLABEL, {"key": key, "label": label})
    for label in after - before:
        transaction.later(_LABEL, {"key": key, "label": label})


def _put_rows(
    transaction: Transaction, key: int, tenant: str, before: IndexRows, after: IndexRows
) -> None:
    for kind, rows_before, rows_after in (
        (TOKENS, before.tokens, after.tokens),
        (REFERENCES, before.references, after.references),
        (DATES, before.dates, after.dates),
        (STRINGS, before.strings, after.strings),
        (NUMBERS, before.numbers, after.numbers),
    ):
        if rows_before == rows_after:
            continue
        old, new = set(map(_as_kept, rows_before)), set(map(_as_kept, rows_after))
        if gone := old - new:
            transaction.drop_rows(kind, (key, tenant), sorted(gone))
        if added := new - old:
            transaction.add_rows(kind, (key, tenant), sorted(added))


def _as_kept(row: Row) -> Row:
    return tuple(clipped(each) if isinstance(each, str) else each for each in row)


def _found_by(transaction: Transaction, key: int) -> IndexRows:
    def rows(kind: Rows) -> tuple[Row, ...]:
        sql = f"SELECT {', '.join(kind.columns)} FROM {kind.table} WHERE key = :key"  # noqa: S608
        return tuple(transaction.rows(sql, {"key": key}))

    return IndexRows(
        tokens=rows(TOKENS),
        references=rows(REFERENCES),
        dates=rows(DATES),
        strings=rows(STRINGS),
        numbers=rows(NUMBERS),
    )
