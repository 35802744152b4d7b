"""A store that cannot be used says why and what to do; one that can is ready."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from adapter.errors import UnusableInput
from adapter.store import Store
from adapter.store.database import Database
from adapter.store.engines import parsed, shown
from cds_hooks.errors import NotStored
from tests.postgres import Postgres
from tests.unit.adapter.store.showing import CARD, NOON, VALLEY, opened, overridden


def test_an_open_store_is_ready(store: Store):
    assert store.ready()


def test_a_store_whose_file_is_no_database_any_more_is_not_ready(tmp_path: Path):
    file = tmp_path / "store.sqlite"
    store = Store.open(f"sqlite:///{file}")
    store.close()
    file.write_bytes(b"something else" * 1000)
    assert not store.ready()
    store.close()


def test_a_store_that_can_only_be_read_is_not_ready(tmp_path: Path):
    """As when the disk is full: a call that cannot note its token is not answered."""
    file = tmp_path / "store.sqlite"
    store = Store(Database(f"sqlite:///{file}", timeout_seconds=0), suppression_days={})
    assert store.ready()
    with closing(sqlite3.connect(file, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        assert not store.ready()
        another.execute("ROLLBACK")
    assert store.ready()
    store.close()


def test_a_database_that_went_away_and_came_back_needs_no_restart(postgres: Postgres):
    """Every connection is cut; feedback is taken all the same, and calls go on."""
    store = opened(postgres.empty_database())
    assert store.first_time("https://a.example.org", "t1", NOON)
    other = opened(store._database._quick.url.render_as_string(hide_password=False))
    with other._database.quick() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.close()
    store.take_feedback(VALLEY, CARD.service, [overridden("member-declined")], NOON)
    store.ready()  # finds the other connections dead
    assert not store.first_time("https://a.example.org", "t1", NOON)
    store.close()


def test_only_the_owner_may_read_the_file(tmp_path: Path):
    """Nor its companions, which hold the latest writes."""
    store = opened(f"sqlite:///{tmp_path}/store.sqlite")
    assert store.first_time("https://a.example.org", "t1", NOON)
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    (
        ("", "write sqlite:////path/to/file.sqlite"),
        ("store.sqlite", "write sqlite:////path/to/file.sqlite"),
        ("sqlite://", "has to be a file"),
        ("sqlite:///:memory:", "has to be a file"),
        ("mysql://user:hunter2@localhost/ecm", "use sqlite or postgresql"),
        ("oracle+nothing://user:hunter2@localhost/ecm", "use sqlite or postgresql"),
        ("sqlite:////nowhere/at/all.sqlite", "a folder that exists"),
        ("postgresql://user:hunter2@127.0.0.1:1/ecm", "check that its server runs there"),
        ("postgresql://user:hunter2@127.0.0.1:port/ecm", "write sqlite:////path/to/file.sqlite"),
        ("postgresql://user:hunter2@[::1/ecm", "write sqlite:////path/to/file.sqlite"),
    ),
)
def test_a_store_that_cannot_be_opened_says_what_to_do(url: str, words: str):
    """In one line, without the password."""
    with pytest.raises(UnusableInput) as refused:
        Store.open(url)
    message = str(refused.value)
    assert words in message
    assert "\n" not in message
    assert "hunter2" not in message


def test_a_password_with_an_at_sign_is_hidden_to_its_end():
    """Unescaped, its second half is read as a part of the host."""
    assert "hunter2" not in shown(parsed("postgresql://user:p@hunter2@db.example.org/ecm"))


def test_a_missing_driver_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch):
    """The driver of PostgreSQL is an extra that a small installation does not have."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UnusableInput, match=r"pip install .psycopg\[binary\]"):
        Store.open("postgresql://user@127.0.0.1:1/ecm")


def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path):
    file = tmp_path / "chart.json"
    file.write_bytes(b'{"resourceType": "Bundle"}' * 100)
    with pytest.raises(UnusableInput, match="SQLITE_NOTADB"):
        Store.open(f"sqlite:///{file}")
    assert file.read_bytes() == b'{"resourceType": "Bundle"}' * 100


def test_tables_of_another_version_are_not_touched(url: str):
    """A newer program's database is refused by an older program, and the other way round."""
    store = opened(url)
    with store._database.durable() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(UnusableInput, match="have revision 9999, and this program works with"):
        Store.open(url)


def test_a_report_makes_no_database(tmp_path: Path):
    """A misspelled file is told, where an empty report would be believed."""
    file = tmp_path / "stor.sqlite"
    with pytest.raises(UnusableInput, match="No such file"):
        Store.open_to_report(f"sqlite:///{file}")
    assert not file.exists()


def test_a_report_needs_no_right_to_make_tables(postgres: Postgres):
    """An analyst may be let in with a role that only reads."""
    url = postgres.empty_database()
    store = opened(url)
    with store._database.durable() as connection:
        connection.execute(text("DROP ROLE IF EXISTS analyst"))
        connection.execute(text("CREATE ROLE analyst LOGIN IN ROLE pg_read_all_data"))
    store.close()
    reading = Store.open_to_report(url.replace("postgres:@", "analyst:@"))
    assert reading.feedback_report(NOON, NOON).unknown_cards == 0
    with pytest.raises(NotStored):
        reading.first_time("https://a.example.org", "t1", NOON)
    reading.close()


def test_a_report_on_a_database_that_is_no_store_says_so(postgres: Postgres):
    with pytest.raises(UnusableInput, match="has no tables of a store"):
        Store.open_to_report(postgres.empty_database())


def test_an_empty_file_becomes_a_store(tmp_path: Path):
    """An operator may make the file first, to set its rights."""
    file = tmp_path / "store.sqlite"
    file.touch()
    store = opened(f"sqlite:///{file}")
    assert store.first_time("https://a.example.org", "t1", NOON)
    store.close()
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
