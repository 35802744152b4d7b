"""Statements to a PostgreSQL and their answers, as they are sent by libpq."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.store.statements import Statement
from adapter.store.wire import Wire
from tests.postgres import Postgres

#: Whatever a database takes: PostgreSQL knows no U+0000, and UTF-8 no surrogates.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
BIGINTS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def wire(postgres: Postgres) -> Iterator[Wire]:
    with closing(psycopg.connect(postgres.empty_database(), autocommit=True)) as connection:
        yield Wire(connection)


def echoed(wire: Wire, value: Any, type: str) -> Any:
    return wire.send(Statement(f"SELECT $1::{type}", [value]))[0].rows[0][0]


@given(st.data())
def test_a_value_comes_back_as_it_was_sent(wire: Wire, data: st.DataObject):
    for type, values in (
        ("text", TEXTS),
        ("bigint", BIGINTS),
        ("double precision", st.floats(allow_nan=False)),
        ("bytea", st.binary()),
        ("boolean", st.booleans()),
    ):
        value = data.draw(values | st.none())
        assert echoed(wire, value, type) == value
        many = data.draw(st.lists(values | st.none()))
        assert echoed(wire, many if type != "boolean" else [], f"{type}[]") == (
            many if type != "boolean" else []
        )


def test_not_a_number_comes_back(wire: Wire):
    assert math.isnan(echoed(wire, math.nan, "double precision"))


@pytest.mark.parametrize("value", ("a\0b", ["x", "a\0b"]))
def test_a_text_with_a_null_character_is_refused_and_not_cut(wire: Wire, value: object):
    with pytest.raises(psycopg.DataError, match=r"U\+0000"):
        echoed(wire, value, "text" if isinstance(value, str) else "text[]")
    assert echoed(wire, "next", "text") == "next"


def test_several_statements_have_an_answer_each(wire: Wire):
    begun, made, added, found, done = wire.send(
        Statement("BEGIN"),
        Statement("CREATE TABLE x (a int)"),
        Statement("INSERT INTO x SELECT generate_series(1, $1)", [5]),
        Statement("SELECT a FROM x WHERE a > $1", [3]),
        Statement("COMMIT"),
    )
    assert (begun.tag, made.tag, done.tag) == ("BEGIN", "CREATE TABLE", "COMMIT")
    assert (added.count, found.count, found.rows) == (5, 2, [(4,), (5,)])


def test_what_comes_after_a_failure_is_not_carried_out(wire: Wire):
    """And the connection can be used again."""
    wire.send(Statement("CREATE TABLE y (a int PRIMARY KEY)"))
    insert = Statement("INSERT INTO y VALUES ($1)", [1])
    with pytest.raises(psycopg.errors.UniqueViolation):
        wire.send(Statement("BEGIN"), insert, insert, Statement("COMMIT"))
    assert not wire.is_idle
    wire.send(Statement("ROLLBACK"))
    assert wire.is_idle
    assert wire.send(Statement("SELECT count(*) FROM y"))[0].rows == [(0,)]


def test_more_than_a_socket_holds_at_once_is_sent_and_read(wire: Wire):
    """Each way, while the other side waits to be read."""
    long = "x" * 1_000_000
    answers = wire.send(*[Statement("SELECT $1::text", [long])] * 30)
    assert all(answer.rows == [(long,)] for answer in answers)


def test_statements_are_forgotten_before_they_are_too_many(wire: Wire):
    """Their values may be of another type each time."""

    def prepared() -> int:
        [answer] = wire.send(Statement("SELECT count(*) FROM pg_prepared_statements"))
        return int(answer.rows[0][0])

    most = 0
    for _ in range(3):
        for number in range(450):
            [answer] = wire.send(Statement(f"SELECT $1::text || '{number}'", ["a"]))
            assert answer.rows == [(f"a{number}",)]
            most = max(most, prepared()) if number % 50 == 49 else most
    assert 300 < most <= 401
    assert prepared() < 100
    assert echoed(wire, 1, "text") == "1"
    assert echoed(wire, None, "text") is None


def test_after_an_answer_that_was_not_read_nothing_more_is_sent(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
):
    """As where a thread is interrupted: the next answer would be taken for another's."""
    with closing(psycopg.connect(postgres.empty_database(), autocommit=True)) as connection:
        wire = Wire(connection)

        def interrupt(_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Wire, "_results", interrupt)
            with pytest.raises(KeyboardInterrupt):
                wire.send(Statement("SELECT 1"))
        assert wire.is_lost
        with pytest.raises(psycopg.OperationalError, match="not read to its end"):
            wire.send(Statement("SELECT 2"))
