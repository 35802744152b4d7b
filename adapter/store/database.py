"""Opening the database: SQLite in a file, or PostgreSQL.

Two ways to write: `quick` does not wait for the disk, `durable` does. What is quick survives a
crash of this program; a machine that loses power may lose its last moments (at most a second of
PostgreSQL, usually less than half a minute of SQLite). Of a used token that matters for the few
minutes it was good for, of a card that was shown it costs one line of a report and an answer that
keeps nothing back; both happen on every call, and waiting would multiply the time of each.
Feedback is sent once and is durable: it was told to be stored
(SQLite https://www.sqlite.org/pragma.html#pragma_synchronous,
PostgreSQL https://www.postgresql.org/docs/current/wal-async-commit.html).
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, Semaphore
from typing import Any

from sqlalchemy import Connection, TextClause
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from adapter.errors import UnusableInput
from adapter.store.engines import TIMEOUT_SECONDS, engine, find_file, kind, parsed, remedy, shown
from adapter.store.kept import Kept
from adapter.store.migrating import check_tables, make_tables
from adapter.store.postgresql import PostgresTransaction
from adapter.store.sqlite import SqliteTransaction
from adapter.store.transactions import Transaction
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: How many calls may be in a PostgreSQL at once: it takes a hundred connections in all unless it is
#: told otherwise.
_TURNS = 8


class Database:
    """An open database. A process forked from this one makes connections of its own."""

    def __init__(
        self, url: str, *, create: bool = True, timeout_seconds: int = TIMEOUT_SECONDS
    ) -> None:
        """Open it.

        Args:
            url: `sqlite:////path/to/file` or `postgresql://user@host/name`.
            create: whether the file and the tables are made where they are missing.
            timeout_seconds: how long one statement may take.

        Raises:
            UnusableInput: the URL or what it names cannot be used; no password is told.
        """
        found = parsed(url)
        self._is_file = found.get_backend_name() == "sqlite"
        if self._is_file:
            find_file(found, create=create)
        try:
            self._quick = engine(found, timeout_seconds, is_durable=False)
            self._durable = engine(found, timeout_seconds, is_durable=True)
        except (ImportError, NoSuchModuleError):
            raise UnusableInput(
                f"the store {shown(found)} needs a driver that is not installed; "
                "for PostgreSQL: pip install 'psycopg[binary]'"
            ) from None
        self._faults = (SQLAlchemyError, self._quick.dialect.loaded_dbapi.Error)
        self._kept, self._kept_durable = Kept(self._quick), Kept(self._durable)
        self._begin()
        _after_fork(self)
        try:
            if create:
                make_tables(self._durable)
            with self._quick.connect() as connection:
                check_tables(connection)
        except SQLAlchemyError as fault:
            self.close()
            raise UnusableInput(
                f"the store {shown(found)} cannot be opened ({kind(fault)}); {remedy(fault, found)}"
            ) from None
        except UnusableInput:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._kept.close()
        self._kept_durable.close()
        self._quick.dispose()
        self._durable.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; each statement sees what is committed when it runs.

        Raises:
            NotStored: the database failed.
        """
        with self._told(), self._quick.connect() as connection:
            yield connection

    @contextmanager
    def at_once(self) -> Iterator[Any]:
        """What `quick` is, for what runs on every call: a connection of the driver, kept open.

        It takes statements `in_drivers_words` and is a third of the cost. Read every row of an
        answer before this ends.

        Raises:
            NotStored: the database failed; the statement changed nothing.
        """
        with self._told(), self._turn():
            connection = self._kept.take()
            try:
                yield connection
            except BaseException:
                self._kept.drop(connection)
                raise
            self._kept.give(connection)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Transaction]:
        """What `durable` is, in the driver's words and at a third of the cost.

        A thread has one at a time: several would wait for each other.

        Args:
            durable: whether it is on the disk once this ends.

        Raises:
            NotStored: the database failed; nothing was kept.
        """
        kept = self._kept_durable if durable else self._kept
        with self._told(), self._turn(), self._given_back(kept) as transaction:
            transaction.begin()
            yield transaction
            transaction.commit()

    @contextmanager
    def looking(self) -> Iterator[Transaction]:
        """What `reading` is, in the driver's words. Nothing is begun unless it is asked for.

        Raises:
            NotStored: the database failed.
        """
        turn = nullcontext() if self._is_file else self._turn()
        with self._told(), turn, self._given_back(self._kept) as transaction:
            yield transaction

    def turn_to_write(self) -> AbstractContextManager[None]:
        """For who looks and then writes: until this ends, no other thread writes to the file."""
        return self._turn() if self._is_file else nullcontext()

    @contextmanager
    def quick(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction that does not wait for the disk.

        Raises:
            NotStored: the database failed; the statement changed nothing.
        """
        with self._told(), self.turn_to_write(), self._quick.connect() as connection:
            yield connection

    @contextmanager
    def durable(self) -> Iterator[Connection]:
        """One transaction, which is on the disk once this ends.

        Raises:
            NotStored: the database failed; nothing was kept.
        """
        with self._told(), self.turn_to_write(), self._durable.begin() as connection:
            yield connection

    def in_drivers_words(self, statement: TextClause) -> str:
        """The statement as the driver takes it, with values by name."""
        return str(statement.compile(dialect=self._quick.dialect))

    def forget_connections(self) -> None:
        """Leave the connections to the process that made them."""
        self._begin()
        self._kept.forget()
        self._kept_durable.forget()
        self._quick.dispose(close=False)
        self._durable.dispose(close=False)

    def _begin(self) -> None:
        # SQLite has one writer at a time and lets others poll for their turn; a queue is faster.
        self._turns = Lock() if self._is_file else Semaphore(_TURNS)

    @contextmanager
    def _given_back(self, kept: Kept) -> Iterator[Transaction]:
        """One on a connection that is kept after it, unless it was lost."""
        connection = kept.take()
        transaction: Transaction = (
            SqliteTransaction(connection)
            if self._is_file
            else PostgresTransaction(connection, kept.renew)
        )
        try:
            yield transaction
        except BaseException:
            _undo(transaction, kept)
            raise
        kept.give(transaction.connection)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=TIMEOUT_SECONDS):
            _LOG.error("store: waited too long for other calls")
            raise NotStored
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns failures of the database into one that says nothing of its contents."""
        try:
            yield
        except self._faults as fault:
            _LOG.error("store: %s", kind(fault))
            raise NotStored from None


def _after_fork(database: Database) -> None:
    found = weakref.ref(database)

    def forget() -> None:
        if (open_one := found()) is not None:
            open_one.forget_connections()

    if hasattr(os, "register_at_fork"):  # Windows copies no processes.
        os.register_at_fork(after_in_child=forget)


def _undo(transaction: Transaction, kept: Kept) -> None:
    try:
        transaction.rollback()
    except Exception:  # noqa: BLE001 - why this began is what is raised
        kept.drop(transaction.connection)
    else:
        kept.give(transaction.connection)
