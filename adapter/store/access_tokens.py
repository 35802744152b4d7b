"""Access tokens in the store: who has one, for what and until when.

Only a digest of a token is kept, so that nobody who reads the database can use one. What is granted
does not wait for the disk: after a power failure a client asks for another token.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from itertools import count

from msgspec import Struct
from sqlalchemy import text

from adapter.store.database import Database

_KEEP = text(
    "INSERT INTO access_token (digest, client, scopes, until)"
    " VALUES (:digest, :client, :scopes, :until)"
)
_FIND = text("SELECT client, scopes, until FROM access_token WHERE digest = :digest")
_FORGET = text("DELETE FROM access_token WHERE until <= :now")

#: Tokens granted between two clearings of expired ones.
_CLEAR_EVERY = 100


class Granted(Struct, frozen=True, kw_only=True):
    """What an access token stands for."""

    #: Id of the client in the registry.
    client: str
    scopes: tuple[str, ...]
    #: Milliseconds since 1970; from then on it is good for nothing.
    until: int


class AccessTokens:
    """The tokens of every process of the service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = count()
        self._keep = database.in_drivers_words(_KEEP)
        self._find = database.in_drivers_words(_FIND)
        self._forget = database.in_drivers_words(_FORGET)

    def keep(self, token: str, granted: Granted, now: datetime) -> None:
        """Remember a token that was given out.

        Raises:
            NotStored: it was not kept, and must not be given out.
        """
        row = {
            "digest": _digest(token),
            "client": granted.client,
            "scopes": " ".join(granted.scopes),
            "until": granted.until,
        }
        with self._database.at_once() as connection:
            connection.execute(self._keep, row)
            if next(self._kept) % _CLEAR_EVERY == 0:
                connection.execute(self._forget, {"now": _milliseconds(now)})

    def find(self, token: str, now: datetime) -> Granted | None:
        """What a token stands for; None: nothing, or no longer.

        Raises:
            NotStored: the database failed.
        """
        with self._database.at_once() as connection:
            found = connection.execute(self._find, {"digest": _digest(token)}).fetchall()
        if not found or found[0][2] <= _milliseconds(now):
            return None
        client, scopes, until = found[0]
        return Granted(client=client, scopes=tuple(scopes.split()), until=until)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
