"""Sessions of people at the workbench, in the store: every process of the service has the same.

The browser has a random id, of which only a digest is kept here, so that nobody who reads the
database can be somebody else. A session begins and goes on without waiting for the disk: after a
power failure people sign in again. That it ended is on the disk.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from adapter.store.database import Database
from adapter.store.transactions import Transaction

_BEGIN = """
    INSERT INTO session (digest, data, began, used, until)
    VALUES (:digest, :data, :began, :began, :until)"""
_FIND = "SELECT data, began, used FROM session WHERE digest = :digest AND until > :now"
_CHANGE = "UPDATE session SET data = :data WHERE digest = :digest"
_USE = """
    UPDATE session SET used = :used, until = :until WHERE digest = :digest AND used < :used"""
_END = "DELETE FROM session WHERE digest = :digest"
_FORGET = "DELETE FROM session WHERE until <= :now"


class Kept(Struct, frozen=True, kw_only=True):
    """A session as it is kept; instants are milliseconds since 1970."""

    data: dict[str, Any]
    began: int
    #: When somebody last did something in it.
    used: int


class Sessions:
    """The sessions of every process of the service.

    Each method raises `NotStored` where the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, id: str, data: dict[str, Any], now: int, until: int) -> None:
        """Keep a new one.

        Args:
            id: random; the browser gets it.
            data: what JSON can say.
            now: when it begins.
            until: when it may be forgotten.
        """
        values = {"digest": _digest(id), "data": _json(data), "began": now, "until": until}
        with self._database.transaction(durable=False) as transaction:
            transaction.run(_BEGIN, values)

    def find(self, id: str, now: int) -> Kept | None:
        """The session of that id; None: there is none, or no longer."""
        with self._database.looking() as transaction:
            rows = transaction.rows(_FIND, {"digest": _digest(id), "now": now})
        if not rows:
            return None
        data, began, used = rows[0]
        return Kept(data=msgspec.json.decode(data), began=began, used=used)

    def change(self, id: str, data: dict[str, Any]) -> None:
        """Keep other data; nothing happens where the session has ended meanwhile."""
        with self._database.transaction(durable=False) as transaction:
            transaction.run(_CHANGE, {"digest": _digest(id), "data": _json(data)})

    def use(self, id: str, now: int, until: int) -> None:
        """Note that somebody does something in it."""
        with self._database.transaction(durable=False) as transaction:
            transaction.run(_USE, {"digest": _digest(id), "used": now, "until": until})

    def end(self, id: str) -> None:
        """End it, whatever happens to the machine afterwards."""
        with self._database.transaction() as transaction:
            transaction.run(_END, {"digest": _digest(id)})


def forget_sessions(transaction: Transaction, now: int) -> int:
    """Forget sessions that are over; how many."""
    return transaction.run(_FORGET, {"now": now})


def _json(data: dict[str, Any]) -> str:
    return msgspec.json.encode(data).decode()


def _digest(id: str) -> bytes:
    return sha256(id.encode(errors="surrogatepass")).digest()
