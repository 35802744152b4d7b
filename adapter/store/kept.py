"""Connections of the driver that stay open, for what runs on every call.

A pool that looks after each connection costs more than the statements sent over it.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine


class Kept:
    """Connections that nobody uses now, the last used at the end."""

    def __init__(self, engine: Engine) -> None:
        """`engine`: makes them; each statement is a transaction unless one is begun."""
        self._engine = engine
        self._idle: deque[Any] = deque()

    def take(self) -> Any:
        """One that was used before, or a new one; nobody else has it until it is given back."""
        try:
            return self._idle.pop()
        except IndexError:
            return self.new()

    def new(self) -> Any:
        """A new one."""
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        assert connection is not None
        pooled.detach()  # the pool neither counts nor closes it
        if hasattr(connection, "autocommit") and self._engine.dialect.name != "sqlite":
            connection.autocommit = True
        return connection

    def give(self, connection: Any) -> None:
        """Keep it for others."""
        self._idle.append(connection)

    def drop(self, connection: Any) -> None:
        """Close it and all that are idle: if it is lost, so are they, most likely."""
        with suppress(Exception):
            connection.close()
        self.close()

    def renew(self, connection: Any) -> Any:
        """A new one for one that was lost."""
        self.drop(connection)
        return self.new()

    def close(self) -> None:
        """Close those that nobody uses."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def forget(self) -> None:
        """Leave them to the process that made them."""
        self._idle = deque()
