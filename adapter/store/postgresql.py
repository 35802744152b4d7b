"""Transactions in a PostgreSQL server, as `transactions` says, in few round trips.

What waits is sent as one statement (`WITH one AS (INSERT …), two AS (UPDATE …) SELECT 1`), together
with what it is sent before: the next statement that reads, or the COMMIT (pipeline mode).

Each writer holds a shared advisory lock that names the instant it began at. A poller learns from
`pg_locks` since when something may still be under way: a writer that holds no lock yet takes its
instant after the poller looked (`safe_until`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from typing import Any

from adapter import clock
from adapter.store.transactions import Row, Rows, Transaction, Values, milliseconds

_NAME = re.compile(r"(?<![:\w]):([a-z]\w*)")

#: The high bits of the lock's number; the low ones are the instant. No other lock has these:
#: those for texts are negative.
_WRITING = 0x5EC0D
_INSTANT_BITS = 42

_NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
# The columns are computed from left to right: first locked, then the clock is read.
_BEGIN = (
    f"BEGIN; SELECT pg_advisory_xact_lock_shared({_WRITING << _INSTANT_BITS} + {_NOW}), {_NOW},"
    " nextval('resource_key_seq')"
)
_UNIQUE_VIOLATION = "23505"
_NEXT_KEY = "SELECT nextval('resource_key_seq')"
_CLOCK = f"SELECT {_NOW}"
_OLDEST_WRITER = (
    "SELECT min(number) FROM (SELECT (classid::bigint << 32) + objid::bigint AS number"
    " FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks"
    " WHERE number >> :bits = :writing"
)


class PostgresTransaction(Transaction):
    """A transaction in a PostgreSQL server."""

    is_file = False

    def __init__(self, connection: Any) -> None:
        """`connection`: of the driver, in no transaction and without beginning one of itself."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._waiting: list[tuple[str, Values]] = []
        self._touched: set[str] = set()
        self._if_taken: Exception | None = None
        self._key = 0
        self._is_open = False
        self.began_at = milliseconds(clock.now())

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """One statement."""
        yield
        self.write_waiting()

    def rows(self, sql: str, values: Values) -> list[Row]:
        """All rows that a statement gives."""
        found: list[Row] = self._execute(_numbered(sql, ""), values, fetches=True)
        return found

    def run(self, sql: str, values: Values) -> int:
        """How many rows a statement changed."""
        self._execute(_numbered(sql, ""), values, fetches=False)
        changed: int = self._cursor.rowcount
        return changed

    def later(
        self, sql: str, values: Values, *, touches: str = "", if_taken: Exception | None = None
    ) -> None:
        """Write something with the next statement that is sent."""
        if touches and touches in self._touched:
            self.write_waiting()
        self._touched.add(touches)
        self._if_taken = self._if_taken or if_taken
        self._waiting.append((f"one{{n}} AS ({sql})", values))

    def later_parts(self, definitions: str, values: Values) -> None:
        """`later` for several statements of which one needs what another gives.

        Args:
            definitions: of a WITH clause; each name ends in `{n}`.
            values: by name.
        """
        self._waiting.append((definitions, values))

    def add_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Write rows that are not there yet."""
        self.later(_add_all(kind), _columns(kind, fixed, rows), touches=touches)

    def drop_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Take rows away."""
        self.later(_drop_all(kind), _columns(kind, fixed, rows), touches=touches)

    def new_key(self) -> int:
        """The next key."""
        if self._key:
            key, self._key = self._key, 0
            return key
        return int(self.rows(_NEXT_KEY, {})[0][0])

    def wait_for(self, text: str) -> None:
        """Wait for whoever waited for the same text."""
        digest = int.from_bytes(sha256(text.encode()).digest()[:8], "big")
        self.rows("SELECT pg_advisory_xact_lock(:number)", {"number": -1 - (digest >> 1)})

    def safe_until(self) -> int:
        """When the oldest writer under way began, or else now."""
        now = int(self.rows(_CLOCK, {})[0][0])
        numbers = {"bits": _INSTANT_BITS, "writing": _WRITING}
        oldest = self.rows(_OLDEST_WRITER, numbers)[0][0]
        return now if oldest is None else min(now, oldest & ((1 << _INSTANT_BITS) - 1))

    def begin(self) -> None:
        """Begin, and let pollers know that something written from now on is still to come."""
        self._cursor.execute(_BEGIN)
        self._is_open = True
        self._cursor.nextset()
        _, self.began_at, self._key = self._cursor.fetchone()

    def commit(self) -> None:
        """Keep what was written."""
        if self._waiting:
            with self._taken(), self._connection.pipeline():
                self._cursor.execute(*self._take_waiting())
                self._cursor.execute("COMMIT")
        else:
            self._cursor.execute("COMMIT")
        self._is_open = False

    def rollback(self) -> None:
        """Undo what was written."""
        self._waiting.clear()
        self._touched.clear()
        if self._is_open:
            self._is_open = False
            self._cursor.execute("ROLLBACK")

    def write_waiting(self) -> None:
        """Write what waits."""
        if self._waiting:
            with self._taken():
                self._cursor.execute(*self._take_waiting())

    def _execute(self, sql: str, values: Values, *, fetches: bool) -> Any:
        if not self._waiting:
            self._cursor.execute(sql, values)
            return self._cursor.fetchall() if fetches else None
        with self._taken(), self._connection.pipeline():
            self._connection.cursor().execute(*self._take_waiting())
            self._cursor.execute(sql, values)
            return self._cursor.fetchall() if fetches else None

    @contextmanager
    def _taken(self) -> Iterator[None]:
        """Raises what was to be raised where a unique value is there already."""
        if_taken, self._if_taken = self._if_taken, None
        try:
            yield
        except Exception as fault:
            if if_taken is not None and getattr(fault, "sqlstate", "") == _UNIQUE_VIOLATION:
                raise if_taken from None
            raise

    def _take_waiting(self) -> tuple[str, dict[str, Any]]:
        waiting = self._waiting
        values = {
            f"{name}_{number}": value
            for number, (_, named) in enumerate(waiting)
            for name, value in named.items()
        }
        sql = _joined(tuple(definition for definition, _ in waiting))
        self._waiting = []
        self._touched.clear()
        return sql, values


def _columns(kind: Rows, fixed: Row, rows: Sequence[Row]) -> dict[str, Any]:
    columns = zip(kind.columns, zip(*rows, strict=True), strict=True)
    return {
        **dict(zip(kind.fixed, fixed, strict=True)),
        **{f"all_{name}": list(values) for name, values in columns},
    }


def _unnested(kind: Rows) -> str:
    arrays = (f":all_{name}::{type}[]" for name, type in zip(kind.columns, kind.types, strict=True))
    return f"unnest({', '.join(arrays)})"


@lru_cache(maxsize=64)
def _add_all(kind: Rows) -> str:
    columns = ", ".join((*kind.fixed, *kind.columns))
    fixed = ", ".join(f":{name}" for name in kind.fixed)
    return (
        f"INSERT INTO {kind.table} ({columns})"  # noqa: S608
        f" SELECT {fixed}, one.* FROM {_unnested(kind)} AS one"
    )


@lru_cache(maxsize=64)
def _drop_all(kind: Rows) -> str:
    alike = [f"{kind.table}.{name} = :{name}" for name in kind.fixed]
    for name, type in zip(kind.columns, kind.types, strict=True):
        # Only what is told which order its texts have is compared with a column of another order.
        order = ' COLLATE "C"' if type == "text" else ""
        alike.append(f"{kind.table}.{name} = one.{name}{order}")
    return (
        f"DELETE FROM {kind.table} USING {_unnested(kind)} AS one ({', '.join(kind.columns)})"  # noqa: S608
        f" WHERE {' AND '.join(alike)}"
    )


@lru_cache(maxsize=1024)
def _numbered(sql: str, number: str) -> str:
    """As the driver takes it, with names that differ from those of other parts."""
    return _NAME.sub(rf"%(\g<1>{number})s", sql.replace("%", "%%"))


@lru_cache(maxsize=1024)
def _joined(definitions: tuple[str, ...]) -> str:
    parts = (
        _numbered(one.replace("{n}", str(number)), f"_{number}")
        for number, one in enumerate(definitions)
    )
    return f"WITH RECURSIVE {', '.join(parts)} SELECT 1"
