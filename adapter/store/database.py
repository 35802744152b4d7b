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
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import Lock, Semaphore
from typing import Any

from sqlalchemy import URL, Connection, TextClause, insert, select
from sqlalchemy.exc import NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from adapter.errors import UnusableInput
from adapter.store.engines import TIMEOUT_SECONDS, engine, find_file, parsed, shown
from adapter.store.tables import METADATA, STORE_VERSION, VERSION
from cds_hooks.errors import NotStored

_LOG = logging.getLogger(__name__)

#: Any number, the same in every process: who holds it makes the tables (PostgreSQL).
_SCHEMA_LOCK = 5_203_117

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
        self._begin()
        _after_fork(self)
        try:
            if create:
                with self._durable.begin() as connection:
                    _make_tables(connection, is_file=self._is_file)
            with self._quick.connect() as connection:
                _check_version(connection)
        except SQLAlchemyError as fault:
            self.close()
            raise UnusableInput(
                f"the store {shown(found)} cannot be opened ({_kind(fault)}); "
                f"{_remedy(fault, found)}"
            ) from None
        except UnusableInput:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._close_kept()
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
            try:
                connection = self._kept.pop()
            except IndexError:
                connection = self._connection_to_keep()
            try:
                yield connection
            except BaseException:
                # If it is lost, so are the others, most likely.
                connection.close()
                self._close_kept()
                raise
            self._kept.append(connection)

    @contextmanager
    def quick(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction that does not wait for the disk.

        Raises:
            NotStored: the database failed; the statement changed nothing.
        """
        with self._told(), self._turn_to_write(), self._quick.connect() as connection:
            yield connection

    @contextmanager
    def durable(self) -> Iterator[Connection]:
        """One transaction, which is on the disk once this ends.

        Raises:
            NotStored: the database failed; nothing was kept.
        """
        with self._told(), self._turn_to_write(), self._durable.begin() as connection:
            yield connection

    def in_drivers_words(self, statement: TextClause) -> str:
        """The statement as the driver takes it, with values by name."""
        return str(statement.compile(dialect=self._quick.dialect))

    def forget_connections(self) -> None:
        """Leave the connections to the process that made them."""
        self._begin()
        self._quick.dispose(close=False)
        self._durable.dispose(close=False)

    def _begin(self) -> None:
        # SQLite has one writer at a time and lets others poll for their turn; a queue is faster.
        self._turns = Lock() if self._is_file else Semaphore(_TURNS)
        #: Connections that nobody uses now, the last used at the end.
        self._kept: deque[Any] = deque()

    def _connection_to_keep(self) -> Any:
        pooled = self._quick.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()  # the pool neither counts nor closes it
        return connection

    def _close_kept(self) -> None:
        with suppress(IndexError):
            while True:
                self._kept.pop().close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=TIMEOUT_SECONDS):
            _LOG.error("store: waited too long for other calls")
            raise NotStored
        try:
            yield
        finally:
            self._turns.release()

    def _turn_to_write(self) -> AbstractContextManager[None]:
        return self._turn() if self._is_file else nullcontext()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns failures of the database into one that says nothing of its contents."""
        try:
            yield
        except self._faults as fault:
            _LOG.error("store: %s", _kind(fault))
            raise NotStored from None


def _after_fork(database: Database) -> None:
    found = weakref.ref(database)

    def forget() -> None:
        if (open_one := found()) is not None:
            open_one.forget_connections()

    if hasattr(os, "register_at_fork"):  # Windows copies no processes.
        os.register_at_fork(after_in_child=forget)


def _kind(fault: Exception) -> str:
    """What failed, without the statement and its values."""
    origin = getattr(fault, "orig", None) or fault
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return f"{type(origin).__name__} {code}" if code else type(origin).__name__


def _make_tables(connection: Connection, *, is_file: bool) -> None:
    """Make what is missing; of several processes that start at once, one after the other."""
    if not is_file:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
    for table in METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))
    if connection.execute(select(STORE_VERSION)).first() is None:
        connection.execute(insert(STORE_VERSION).values(version=VERSION))


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(STORE_VERSION.c.version)).scalar()
    if found != VERSION:
        raise UnusableInput(
            f"the store was made by another version of this program (tables of version {found}, "
            f"not {VERSION}); use that version, or name a new database"
        )


def _remedy(fault: SQLAlchemyError, url: URL) -> str:
    if isinstance(fault, OperationalError) and url.get_backend_name() != "sqlite":
        return "check that its server runs there, has that database and lets that user in"
    return (
        "check that it is a store, which the service makes in an empty database, and that its "
        "user may create, read and write tables there"
    )
