"""Sessions and attempts to sign in, in both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from sqlalchemy import text

from adapter.store.attempts import Attempts, forget_attempts
from adapter.store.database import Database
from adapter.store.sessions import Sessions, forget_sessions


def test_a_session_is_known_to_every_process_until_it_ends(url: str, database: Database):
    mine = Sessions(database)
    mine.begin("an-id", {"account": "ana"}, 1000, 5000)
    with closing(Database(url)) as another:
        theirs = Sessions(another)
        found = theirs.find("an-id", 2000)
        assert found is not None
        assert (found.data, found.began, found.used) == ({"account": "ana"}, 1000, 1000)
        theirs.use("an-id", 3000, 7000)
        theirs.change("an-id", {"account": "ana", "csrf": "é"})
        again = mine.find("an-id", 6999)
        assert again is not None
        assert (again.data, again.used) == ({"account": "ana", "csrf": "é"}, 3000)
        assert mine.find("an-id", 7000) is None
        theirs.end("an-id")
        assert mine.find("an-id", 4000) is None


def test_a_session_that_ended_does_not_come_back(database: Database):
    """As where another call of the same person was under way."""
    sessions = Sessions(database)
    sessions.begin("an-id", {}, 1000, 5000)
    sessions.end("an-id")
    sessions.use("an-id", 2000, 9000)
    sessions.change("an-id", {"account": "ana"})
    assert sessions.find("an-id", 2000) is None


def test_the_database_holds_no_id(database: Database):
    Sessions(database).begin("an-id", {}, 1000, 5000)
    with database.reading() as connection:
        (row,) = connection.execute(text("SELECT * FROM session")).fetchall()
    assert b"an-id" not in bytes(row[0])


def test_what_is_over_is_forgotten(database: Database):
    Sessions(database).begin("an-id", {}, 1000, 5000)
    Attempts(database).count("account:ana", 1000, most=1, milliseconds=4000)
    with database.transaction() as transaction:
        assert forget_sessions(transaction, 4999) == forget_attempts(transaction, 4999) == 0
        assert forget_sessions(transaction, 5000) == forget_attempts(transaction, 5000) == 1


def test_too_many_attempts_lock_out_until_a_while_after_the_last_that_counted(database: Database):
    attempts = Attempts(database)

    def count(now: int) -> int | None:
        return attempts.count("account:ana", now, most=3, milliseconds=1000)

    assert [count(0), count(100), count(200)] == [None] * 3
    assert count(300) == 1200
    # Trying on does not lock out for longer.
    assert count(1100) == 1200
    assert count(1200) is None
    assert attempts.count("account:ben", 300, most=3, milliseconds=1000) is None


def test_a_success_is_no_attempt(database: Database):
    attempts = Attempts(database)
    for _ in range(10):
        assert attempts.count("address:1", 0, most=2, milliseconds=1000) is None
        attempts.take_back("address:1")
    for _ in range(2):
        assert attempts.count("account:ana", 0, most=2, milliseconds=1000) is None
    attempts.clear("account:ana")
    assert attempts.count("account:ana", 0, most=2, milliseconds=1000) is None


def test_many_at_once_are_not_more_than_many_after_each_other(database: Database):
    attempts = Attempts(database)

    def count(_: int) -> int | None:
        return attempts.count("account:ana", 0, most=5, milliseconds=1000)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(count, range(40)))
    assert told.count(None) == 5
