"""Connections to the two kinds of database, SQLite in a file and PostgreSQL.

What differs between them is here: the URL and its file, how to wait for the disk or not, and how
long to wait for anything.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from adapter.errors import UnusableInput
from adapter.setting_values import masked

#: How long a call waits for the database before it is told that nothing was stored.
TIMEOUT_SECONDS = 3

#: Connections of one process in a pool, of either kind. What runs on every call has others
#: (`Database.at_once`); of these one is held now and then.
_CONNECTIONS = 2

#: To PostgreSQL: how soon a server that went away without a word is noticed.
_LIVENESS = {
    "connect_timeout": TIMEOUT_SECONDS,
    "tcp_user_timeout": TIMEOUT_SECONDS * 1000,
    "keepalives_idle": TIMEOUT_SECONDS,
    "keepalives_interval": 1,
    "keepalives_count": TIMEOUT_SECONDS,
}


def parsed(url: str) -> URL:
    """The URL of a database of a kind we know.

    Raises:
        UnusableInput: it is none.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise UnusableInput(
            "the store is not named by a database URL; write sqlite:////path/to/file.sqlite or "
            "postgresql://user@host/database"
        ) from None
    if found.drivername in ("postgresql", "postgres"):
        found = found.set(drivername="postgresql+psycopg")
    if found.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UnusableInput(
            f"the store cannot be a database of kind {found.drivername!r}; use sqlite or postgresql"
        )
    if found.drivername == "sqlite" and found.database in (None, "", ":memory:"):
        raise UnusableInput(
            "the store has to be a file, so that every process of the service sees it; "
            "write sqlite:////path/to/file.sqlite"
        )
    return found


def shown(url: URL) -> str:
    """The URL as it may be told: without password and options."""
    # A password with an unescaped @ is read as part of the host.
    return masked(url.set(query={}).render_as_string(hide_password=True))


def find_file(url: URL, *, create: bool) -> None:
    """Make the file readable by its owner alone; SQLite gives its companions the same rights.

    Raises:
        UnusableInput: it cannot be opened, or is not there and shall not be made.
    """
    flags = os.O_RDWR | (os.O_CREAT if create else 0)
    try:
        os.close(os.open(Path(url.database or ""), flags, 0o600))
    except OSError as fault:
        raise UnusableInput(
            f"the store {shown(url)} cannot be opened: {fault.strerror}; "
            "name a file in a folder that exists and may be written to"
        ) from None


def engine(url: URL, timeout_seconds: int, *, is_durable: bool) -> Engine:
    """Connections of one kind; none is made before it is needed.

    Args:
        url: as `parsed`.
        timeout_seconds: how long one statement may take.
        is_durable: whether a commit waits for the disk. Connections that do not are without
            transactions: each statement is one.
    """
    is_file = url.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = (
        {"timeout": timeout_seconds, "check_same_thread": False}
        if is_file
        else {"application_name": "ecm-adapter", **_LIVENESS}
    )
    options: dict[str, Any] = (
        # A lost connection is noticed before feedback is sent to it, at the cost of a round trip.
        {"pool_pre_ping": True}
        if is_durable
        else {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    )
    if is_file:
        options["paramstyle"] = "named"  # the driver takes values by name, as PostgreSQL's does
    made = create_engine(
        url,
        hide_parameters=True,
        connect_args=arguments,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=TIMEOUT_SECONDS,
        **options,
    )

    def on_connect(connection: Any, _: object) -> None:
        if is_file:
            _prepare_file(connection, is_durable=is_durable)
        else:
            _prepare_server(connection, timeout_seconds, is_durable=is_durable)

    def on_begin(connection: Connection) -> None:
        # The only writer from the first statement on: one that began as a reader may be refused.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(made, "connect", on_connect)
    if is_file and is_durable:
        event.listen(made, "begin", on_begin)
    return made


def _prepare_file(connection: Any, *, is_durable: bool) -> None:
    connection.isolation_level = None  # transactions begin where `on_begin` says
    if not _is_shared(connection):
        raise UnusableInput(
            "the store's file is on a disk that several processes cannot share (SQLite WAL); "
            "put it on a local disk"
        )
    connection.execute(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
    # Moved to the file every 16 MB, not every 4: a write touches some twenty pages far apart.
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def _is_shared(connection: sqlite3.Connection) -> bool:
    """Switch to the write-ahead log, which lets processes read while one writes.

    While several do this to a new file SQLite refuses some of them at once, so those wait here.
    """
    until = monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.01)
        else:
            return mode == "wal"


def _prepare_server(connection: Any, timeout_seconds: int, *, is_durable: bool) -> None:
    connection.execute(f"SET synchronous_commit = {'on' if is_durable else 'off'}")
    connection.execute(f"SET statement_timeout = '{timeout_seconds}s'")
    connection.commit()


def kind(fault: Exception) -> str:
    """What failed, without the statement and its values."""
    origin = getattr(fault, "orig", None) or fault
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return f"{type(origin).__name__} {code}" if code else type(origin).__name__


def remedy(fault: SQLAlchemyError, url: URL) -> str:
    """What to do about a store that cannot be opened."""
    if isinstance(fault, OperationalError) and url.get_backend_name() != "sqlite":
        return "check that its server runs there, has that database and lets that user in"
    return (
        "check that it is a store, which the service makes in an empty database, and that its "
        "user may create, read and write tables there"
    )
