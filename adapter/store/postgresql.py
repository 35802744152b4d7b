"""Transactions in a PostgreSQL server, as `transactions` says, in few round trips.

What waits is sent as one statement (`WITH one AS (INSERT …), two AS (UPDATE …) SELECT 1`), together
with what it is sent before: the next statement that reads, or the COMMIT (`wire`). The BEGIN is
sent with the first statement.

Each writer holds a shared advisory lock that names the instant it began at. A poller learns from
`pg_locks` since when something may still be under way: a writer that holds no lock yet takes its
instant after the poller looked (`safe_until`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from adapter import clock
from adapter.store.statements import (
    Answer,
    Statement,
    add_all,
    columns,
    drop_all,
    joined,
    numbered,
)
from adapter.store.transactions import Row, Rows, Transaction, Values, milliseconds
from cds_hooks.errors import NotStored

if TYPE_CHECKING:
    from adapter.store.wire import Wire

_LOG = logging.getLogger(__name__)

#: The high bits of the lock's number; the low ones are the instant. No other lock has these:
#: those for texts are negative.
_WRITING = 0x5EC0D
_INSTANT_BITS = 42

_NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
# The columns are computed from left to right: first locked, then the clock is read.
_START = Statement(
    f"SELECT pg_advisory_xact_lock_shared({_WRITING << _INSTANT_BITS} + {_NOW}), {_NOW},"
    " nextval('resource_key_seq')"
)
#: So many are sent as one statement: more make it longer, not faster.
_AT_MOST = 48
_BEGIN, _COMMIT, _ROLLBACK = Statement("BEGIN"), Statement("COMMIT"), Statement("ROLLBACK")
_UNIQUE_VIOLATION = "23505"
_NEXT_KEY = "SELECT nextval('resource_key_seq')"
_CLOCK = f"SELECT {_NOW}"
_OLDEST_WRITER = (
    "SELECT min(number) FROM (SELECT (classid::bigint << 32) + objid::bigint AS number"
    " FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks"
    " WHERE number >> CAST(:bits AS int) = :writing"
)


class PostgresTransaction(Transaction):
    """A transaction in a PostgreSQL server."""

    is_file = False

    def __init__(self, connection: Any, renew: Callable[[Any], Any]) -> None:
        """Begin nothing yet.

        Args:
            connection: of the driver, in no transaction and without beginning one of itself.
            renew: gives another one for one that was lost while nobody used it.
        """
        self.connection = connection
        self._renew = renew
        self._wire = _wire_of(connection)
        self._waiting: list[tuple[str, Values]] = []
        self._touched: set[str] = set()
        self._if_taken: Exception | None = None
        self._key = 0
        self._began_at = 0
        self._is_used = self._is_to_begin = self._is_open = False

    @property
    def began_at(self) -> int:
        """When it began, by the server's clock; without a transaction now, by this machine's."""
        if self._is_to_begin:
            self._send()
        elif not self._began_at:
            self._began_at = milliseconds(clock.now())
        return self._began_at

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """One statement."""
        yield
        self.write_waiting()

    def rows(self, sql: str, values: Values) -> list[Row]:
        """All rows that a statement gives."""
        return self._send(_statement(sql, values))[-1].rows

    def run(self, sql: str, values: Values) -> int:
        """How many rows a statement changed."""
        return self._send(_statement(sql, values))[-1].count

    def later(
        self, sql: str, values: Values, *, touches: str = "", if_taken: Exception | None = None
    ) -> None:
        """Write something with the next statement that is sent."""
        if (touches and touches in self._touched) or len(self._waiting) == _AT_MOST:
            self.write_waiting()
        self._touched.add(touches)
        self._if_taken = self._if_taken or if_taken
        self._waiting.append((f"one{{n}} AS ({sql})", values))

    def later_parts(self, definitions: str, values: Values, *, touches: str = "") -> None:
        """`later` for several statements of which one needs what another gives.

        Args:
            definitions: of a WITH clause; each name ends in `{n}`.
            values: by name.
            touches: as for `later`.
        """
        if touches and touches in self._touched:
            self.write_waiting()
        self._touched.add(touches)
        self._waiting.append((definitions, values))

    def add_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Write rows that are not there yet."""
        self.later(add_all(kind), columns(kind, fixed, rows), touches=touches)

    def drop_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """Take rows away."""
        self.later(drop_all(kind), columns(kind, fixed, rows), touches=touches)

    def new_key(self) -> int:
        """The next key."""
        if self._is_to_begin:
            self._send()
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
        """Begin with the first statement, and let pollers know that something is to come."""
        self._is_to_begin = True

    def commit(self) -> None:
        """Keep what was written.

        Raises:
            NotStored: a statement had failed, whoever caught that, and nothing was kept.
        """
        if self._is_open or self._waiting:
            self._is_open = False
            if self._send(_COMMIT)[-1].tag != "COMMIT":
                _LOG.error("store: a statement failed in a transaction that went on")
                raise NotStored

    def rollback(self) -> None:
        """Undo what was written."""
        self._waiting.clear()
        self._touched.clear()
        self._is_open = False
        if not self._wire.is_idle:
            self._wire.send(_ROLLBACK)

    def write_waiting(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._send()

    def _send(self, *statements: Statement) -> list[Answer]:
        """What the statements give, after what waits is written."""
        waiting = [self._take_waiting()] if self._waiting else []
        is_first, self._is_used = not self._is_used, True
        begin = (_BEGIN, _START) if self._is_to_begin else ()
        with self._taken():
            try:
                answers = self._wire.send(*begin, *waiting, *statements)
            except Exception:
                if not (is_first and self._wire.is_lost):
                    raise
                # As when the server was started anew.
                self.connection = self._renew(self.connection)
                self._wire = _wire_of(self.connection)
                answers = self._wire.send(*begin, *waiting, *statements)
        if begin:
            self._is_to_begin, self._is_open = False, True
            [(_, self._began_at, self._key)] = answers[1].rows
        return answers

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

    def _take_waiting(self) -> Statement:
        waiting, self._waiting = self._waiting, []
        self._touched.clear()
        found = joined(tuple(definitions for definitions, _ in waiting))
        return Statement(found.sql, [waiting[part][1][name] for part, name in found.names])


def _statement(sql: str, values: Values) -> Statement:
    found = numbered(sql)
    return Statement(found.sql, [values[name] for _, name in found.names])


def _wire_of(connection: Any) -> Wire:
    from adapter.store.wire import wire_of  # with the driver, which not everybody has

    return wire_of(connection)
