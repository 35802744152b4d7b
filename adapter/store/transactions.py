"""A transaction in the driver's own words, the same to use in both databases.

SQL is written once, with values by name (`:id`). Tenths of a millisecond count here: what is
written and asks for nothing back waits (`later`) until something is read or the transaction ends,
and goes to a PostgreSQL in one statement then. SQLite is in this process, so nothing waits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

Values = Mapping[str, Any]
Row = tuple[Any, ...]


def milliseconds(at: datetime) -> int:
    """The instant in milliseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MILLISECOND


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Rows(Struct, frozen=True):
    """A table of which many rows are written at once, alike in some columns."""

    table: str
    #: That differ.
    columns: tuple[str, ...]
    #: Of these, as PostgreSQL names them.
    types: tuple[str, ...]
    #: That are the same in all rows.
    fixed: tuple[str, ...] = ("key", "tenant")


class Transaction(ABC):
    """An open transaction, or a connection on which each statement is one."""

    #: Whether the database is a SQLite file, which has one writer at a time.
    is_file: bool
    #: Of the driver.
    connection: Any

    @property
    @abstractmethod
    def began_at(self) -> int:
        """When it began, in milliseconds since 1970, by the clock all writers of it share."""

    @abstractmethod
    def begin(self) -> None:
        """Begin; without this each statement is a transaction."""

    @abstractmethod
    def commit(self) -> None:
        """Keep what was written."""

    @abstractmethod
    def rollback(self) -> None:
        """Undo what was written; nothing happens where nothing began."""

    @abstractmethod
    def at_once(self) -> AbstractContextManager[None]:
        """All that is written within, where nothing began, as one."""

    @abstractmethod
    def rows(self, sql: str, values: Values) -> list[Row]:
        """All rows that a statement gives, after everything that waited."""

    @abstractmethod
    def run(self, sql: str, values: Values) -> int:
        """How many rows a statement changed, after everything that waited."""

    @abstractmethod
    def later(
        self, sql: str, values: Values, *, touches: str = "", if_taken: Exception | None = None
    ) -> None:
        """Have something written before the transaction ends.

        Args:
            sql: one INSERT, UPDATE or DELETE. It need not see what other waiting statements write.
            values: by name.
            touches: what it writes, where another statement may write the same row; one waits for
                the other then.
            if_taken: raised, here or later, where a row with its unique values is there already;
                the transaction is over then.
        """

    @abstractmethod
    def add_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """`later` for rows that are not there yet."""

    @abstractmethod
    def drop_rows(self, kind: Rows, fixed: Row, rows: Sequence[Row], *, touches: str = "") -> None:
        """`later` for rows that shall go."""

    @abstractmethod
    def new_key(self) -> int:
        """A key for a new resource, higher than those given before."""

    @abstractmethod
    def wait_for(self, text: str) -> None:
        """Go on once no other transaction that waited for this text is open."""

    @abstractmethod
    def safe_until(self) -> int:
        """An instant such that no writer under way, or still to begin, began before it."""
