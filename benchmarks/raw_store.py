"""The yardsticks of the store's benchmark: the same rows, written by hand with the driver alone.

One transaction each: in SQLite the statements between BEGIN IMMEDIATE and COMMIT, in PostgreSQL one
statement with every row in a WITH clause. Nothing is read, checked, locked, hashed or computed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from msgspec.structs import astuple

from benchmarks import referrals as r

#: Key, number of the Task, version, instant.
Writing = tuple[int, int, int, int]

_WORK = "owner, queue, requester, status, business_status, due_at, next_event, thread, priority"


def marks(row: Sequence[Any], mark: str = "?") -> str:
    """As many marks as the row has values."""
    return ", ".join(mark for _ in row)


class RawSqlite:
    """`sqlite3` at synchronous=FULL."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA wal_autocheckpoint=4000")
        self._events = 0
        self._audited = 0

    def prepared(self, writing: Writing) -> Callable[[], None]:
        """What writes it, with nothing left to be computed."""
        key, number, version, at = writing
        self._events += 1
        self._audited += 1
        rows = list(r.rows_of(key, number, at)) if version == 1 else list(_changed_rows(writing))
        audit = r.audit_row(0, self._audited, r.audited(number, version, at))
        event = r.event(self._events, number, version, at)
        inserts = [*rows, ("event", event), ("audit", audit)]
        by_table: dict[str, list[tuple[Any, ...]]] = {}
        for table, row in inserts:
            by_table.setdefault(table, []).append(row)
        many = [
            (f"INSERT INTO {table} VALUES ({marks(table_rows[0])})", table_rows)
            for table, table_rows in by_table.items()
        ]
        ones: list[tuple[str, tuple[Any, ...]]] = [
            ("UPDATE event_counter SET events = ? WHERE tenant = ? AND subscription = ?",
             (self._events, r.TENANT, r.SUBSCRIPTION)),
            ("UPDATE audit_head SET number = ?, hash = ? WHERE shard = 0",
             (self._audited, b"\0" * 32)),
        ]  # fmt: skip
        if version > 1:
            ones += [
                ("UPDATE resource SET version = ?, updated_at = ? WHERE key = ?",
                 (version, at, key)),
                (f"UPDATE worklist SET ({_WORK}) = ({marks(astuple(r.work(1, 1)))}) WHERE key = ?",
                 (*astuple(r.work(number, version)), key)),
            ]  # fmt: skip
            old = set(r.index_rows(key, r.found_by(number, version - 1)))
            new = set(r.index_rows(key, r.found_by(number, version)))
            for table, row in old - new:
                columns = "param = ? AND code = ? AND system = ?" if table == "token_index" else (
                    "param = ? AND low = ? AND high = ?"
                )  # fmt: skip
                ones.append((f"DELETE FROM {table} WHERE key = ? AND {columns}", row[:-1]))
        connection = self._connection

        def write() -> None:
            connection.execute("BEGIN IMMEDIATE")
            for sql, row in ones:
                connection.execute(sql, row)
            for sql, rows in many:
                connection.executemany(sql, rows)
            connection.execute("COMMIT")

        return write

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def _changed_rows(writing: Writing) -> Iterable[tuple[str, tuple[Any, ...]]]:
    key, number, version, at = writing
    body = r.draft(number, version, at).body
    yield "resource_version", (key, version, r.TENANT, "Task", at, "update", body)
    old = set(r.index_rows(key, r.found_by(number, version - 1)))
    yield from set(r.index_rows(key, r.found_by(number, version))) - old


class RawPostgres:
    """`psycopg`, one statement."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._cursor = self._connection.cursor()
        self._events = 0
        self._audited = 0

    def prepared(self, writing: Writing) -> Callable[[], None]:
        """What writes it, with nothing left to be computed."""
        key, number, version, at = writing
        self._events += 1
        self._audited += 1
        common = [
            ("event", r.event(self._events, number, version, at)),
            ("audit", r.audit_row(0, self._audited, r.audited(number, version, at))),
        ]
        values: dict[str, Any] = {
            "key": key, "version": version, "at": at, "events": self._events,
            "audited": self._audited, "hash": b"\0" * 32, "subscription": r.SUBSCRIPTION,
        }  # fmt: skip
        rows = list(r.rows_of(key, number, at)) if version == 1 else list(_changed_rows(writing))
        parts = [
            "UPDATE event_counter SET events = %(events)s WHERE subscription = %(subscription)s",
            "UPDATE audit_head SET number = %(audited)s, hash = %(hash)s WHERE shard = 0",
        ]
        if version > 1:
            values |= {
                f"w{place}": each for place, each in enumerate(astuple(r.work(number, version)))
            }
            named = ", ".join(f"%(w{place})s" for place in range(9))
            parts += [
                "UPDATE resource SET version=%(version)s, updated_at=%(at)s WHERE key = %(key)s",
                f"UPDATE worklist SET ({_WORK}) = ({named}) WHERE key = %(key)s",
            ]
            old = set(r.index_rows(key, r.found_by(number, version - 1)))
            gone = old - set(r.index_rows(key, r.found_by(number, version)))
            parts += self._deletions(gone, values)
        parts += self._insertions([*rows, *common], values)
        sql = "WITH " + ", ".join(f"p{place} AS ({part})" for place, part in enumerate(parts))
        sql += " SELECT 1"
        cursor = self._cursor

        def write() -> None:
            cursor.execute(sql, values)

        return write

    def _insertions(
        self, rows: Iterable[tuple[str, tuple[Any, ...]]], values: dict[str, Any]
    ) -> list[str]:
        by_table: dict[str, list[str]] = {}
        for place, (table, row) in enumerate(rows):
            names = [f"i{place}_{column}" for column in range(len(row))]
            values |= dict(zip(names, row, strict=True))
            by_table.setdefault(table, []).append(f"({', '.join(f'%({name})s' for name in names)})")
        return [
            f"INSERT INTO {table} VALUES {', '.join(tuples)}" for table, tuples in by_table.items()
        ]

    def _deletions(
        self, rows: Iterable[tuple[str, tuple[Any, ...]]], values: dict[str, Any]
    ) -> list[str]:
        parts = []
        for table, columns in (("token_index", "code, system"), ("date_index", "low, high")):
            tuples = []
            for place, (_, row) in enumerate(sorted(one for one in rows if one[0] == table)):
                names = [f"d{table[0]}{place}_{column}" for column in range(4)]
                values |= dict(zip(names, row[:4], strict=True))
                tuples.append(f"({', '.join(f'%({name})s' for name in names)})")
            parts.append(
                f"DELETE FROM {table} WHERE (key, param, {columns}) IN ({', '.join(tuples)})"
            )
        return parts

    def close(self) -> None:
        """Close it."""
        self._connection.close()
