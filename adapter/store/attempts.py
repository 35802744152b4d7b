"""How often somebody tried to sign in, counted for all processes of the service together.

An attempt is counted before the password is looked at, so that many at once are not more than many
after each other. What is counted is named by a digest: the table tells no name and no address.
"""

from __future__ import annotations

from hashlib import sha256

from adapter.store.database import Database
from adapter.store.transactions import Transaction

# Who is locked out already is not locked out for longer by trying.
_COUNT = """
    INSERT INTO sign_in_attempt (digest, attempts, until) VALUES (:digest, 1, :until)
    ON CONFLICT (digest) DO UPDATE SET
      attempts = CASE WHEN sign_in_attempt.until <= :now THEN 1
        ELSE sign_in_attempt.attempts + 1 END,
      until = CASE WHEN sign_in_attempt.until <= :now OR sign_in_attempt.attempts < :most
        THEN :until ELSE sign_in_attempt.until END
    RETURNING attempts, until"""
_ONE_LESS = """
    UPDATE sign_in_attempt SET attempts = attempts - 1 WHERE digest = :digest AND attempts > 0"""
_CLEAR = "DELETE FROM sign_in_attempt WHERE digest = :digest"
_FORGET = "DELETE FROM sign_in_attempt WHERE until <= :now"


class Attempts:
    """Attempts of every process; each method raises `NotStored` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, what: str, now: int, *, most: int, milliseconds: int) -> int | None:
        """Count one.

        Args:
            what: the account or the address.
            now: milliseconds since 1970.
            most: how many there may be.
            milliseconds: after so long without one they count no more.

        Returns:
            None: go on. Else there were too many, and when the next one may be.
        """
        values = {"digest": _digest(what), "now": now, "until": now + milliseconds, "most": most}
        with self._database.transaction(durable=False) as transaction:
            ((attempts, until),) = transaction.rows(_COUNT, values)
        return int(until) if attempts > most else None

    def take_back(self, what: str) -> None:
        """One attempt was none."""
        with self._database.transaction(durable=False) as transaction:
            transaction.run(_ONE_LESS, {"digest": _digest(what)})

    def clear(self, what: str) -> None:
        """Forget them: somebody signed in."""
        with self._database.transaction(durable=False) as transaction:
            transaction.run(_CLEAR, {"digest": _digest(what)})


def forget_attempts(transaction: Transaction, now: int) -> int:
    """Forget attempts that count no more; how many."""
    return transaction.run(_FORGET, {"now": now})


def _digest(what: str) -> bytes:
    return sha256(what.encode(errors="surrogatepass")).digest()
