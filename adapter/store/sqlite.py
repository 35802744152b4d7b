"""Transactions in a SQLite file, as `transactions` says: each statement is carried out at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from adapter import clock
from adapter.store.transactions import Row, Rows, Transaction, Values, milliseconds

_TAKEN = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SqliteTransaction(Transaction):
    """A transaction in a SQLite file."""

    is_file = True

    def __init__(self, connection: Any) -> None:
        """`connection`: of the driver, in no transaction."""
        self.connection = connection
        self._began_at = milliseconds(clock.now())

    @property
    def began_at(self) -> int:
        """When it became the only writer, or was made."""
        return self._began_at

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A transaction of its own."""
        self.begin()
        yield
        self.commit()

    def rows(self, sql: str, values: Values) -> list[Row]:
        """All rows that a statement gives."""
        found: list[Row] = self.connection.execute(sql, values).fetchall()
        return found

    def run(self, sql: str, values: Values) -> int:
        """How many rows a statement changed."""
        changed: int = self.connection.execute(sql, values).rowcount
        return changed

    def later(
        self, sql: str, values: Values, *, touches: str = "", if_taken: Exception | None = None
    ) -> None:
        """Write something."""
        del touches
        try:
            self.connection.execute(sql, values)
        except sqlite3.IntegrityError as fault:
            if if_taken is None or fault.sqlite_errorcode not in _TAKEN:
                raise
            raise if_taken from None

    def add_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Write rows that are not there yet."""
        del touches
        self.connection.executemany(_add_one(kind), [(*fixed, *row) for row in rows])

    def drop_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Take rows away."""
        del touches
        self.connection.executemany(_drop_one(kind), [(*fixed, *row) for row in rows])

    def new_key(self) -> int:
        """A key higher than all before."""
        found = self.connection.execute("SELECT max(key) FROM resource").fetchone()[0]
        return int(found or 0) + 1

    def wait_for(self, text: str) -> None:
        """Nothing to wait for: there is one writer."""
        del text

    def safe_until(self) -> int:
        """When the next writer may begin at the earliest."""
        if self.connection.in_transaction:
            return self._began_at
        self.begin()
        self.rollback()
        return self._began_at

    def begin(self) -> None:
        """Begin, and let pollers know that something written from now on is still to come."""
        self.connection.execute("BEGIN IMMEDIATE")
        # Read by the only writer, so that no earlier instant is written after a later one.
        self._began_at = milliseconds(clock.now())

    def commit(self) -> None:
        """Keep what was written."""
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was written."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


@lru_cache(maxsize=64)
def _add_one(kind: Rows) -> str:
    columns = (*kind.fixed, *kind.columns)
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {kind.table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


@lru_cache(maxsize=64)
def _drop_one(kind: Rows) -> str:
    alike = " AND ".join(f"{column} = ?" for column in (*kind.fixed, *kind.columns))
    return f"DELETE FROM {kind.table} WHERE {alike}"  # noqa: S608
