"""A store of any earlier version becomes one of this version where it is opened, or stays whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hatchling.builders.wheel import WheelBuilder
from sqlalchemy import Connection, create_engine, inspect, text

from adapter.errors import UnusableInput
from adapter.store import Store, migrations
from adapter.store.database import Database
from adapter.store.digests import token_digest
from adapter.store.engines import parsed
from adapter.store.resources import ResourceStore
from adapter.store.schema import METADATA
from adapter.store.tables import REVISION
from tests.architecture.tables import VERSIONS, scripts
from tests.unit.adapter.store.drafting import put_next
from tests.unit.adapter.store.showing import NOON, opened

ROOT = Path(__file__).parents[4]


def on_a_connection(url: str, work: Callable[[Connection], Any]) -> Any:
    """What work gives in a transaction that this program does not know of."""
    engine = create_engine(parsed(url))
    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


def execute(*statements: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    return work


@pytest.fixture
def version_1(url: str) -> str:
    """A store as it was before there were migrations, with a used token in it."""

    def work(connection: Connection) -> None:
        name = f"r0001_calls.{connection.dialect.name}.sql"
        for statement in (VERSIONS / name).read_text().split(migrations.END):
            if statement.strip():
                connection.execute(text(statement))

        connection.execute(
            text("INSERT INTO used_token (token, until) VALUES (:token, 4102444800)"),
            {"token": token_digest("https://a.example.org", "t1")},
        )

    on_a_connection(url, work)
    return url


def test_a_store_of_version_1_is_upgraded_in_place(version_1: str):
    """It still knows the token, and takes resources."""
    store = opened(version_1)
    assert not store.first_time("https://a.example.org", "t1", NOON)
    assert store.ready()
    with ResourceStore(store._database).unit() as unit:
        assert put_next(unit, "1").version == 1
    store.close()


def test_an_old_program_refuses_what_was_upgraded(version_1: str):
    """It compares the number in this table with its own, which is 1."""
    opened(version_1).close()
    found = on_a_connection(
        version_1, lambda it: it.execute(text("SELECT version FROM store_version")).scalar()
    )
    assert found == 2


@pytest.mark.parametrize("old", (True, False))
def test_processes_that_start_at_once_make_the_tables_once(
    request: pytest.FixtureRequest, url: str, old: bool
):
    if old:
        request.getfixturevalue("version_1")
    with ThreadPoolExecutor(8) as pool:
        for database in pool.map(Database, [url] * 8):
            database.close()
    noted = on_a_connection(
        url, lambda it: it.execute(text("SELECT version_num FROM alembic_version")).fetchall()
    )
    assert noted == [(REVISION,)]


def test_an_upgrade_that_fails_leaves_everything_as_it_was(version_1: str):
    """As where somebody made a table of a name that is needed."""
    on_a_connection(version_1, execute("CREATE TABLE worklist (x INTEGER)"))
    before = on_a_connection(version_1, lambda it: set(inspect(it).get_table_names()))
    with pytest.raises(UnusableInput, match="cannot be opened"):
        Database(version_1)
    after = on_a_connection(version_1, lambda it: set(inspect(it).get_table_names()))
    assert after == before
    on_a_connection(version_1, execute("DROP TABLE worklist"))
    opened(version_1).close()


@pytest.mark.parametrize("statement", (
    "UPDATE store_version SET version = 999", "UPDATE store_version SET version = 0",
))  # fmt: skip
def test_a_store_of_an_unknown_version_is_left_alone(version_1: str, statement: str):
    on_a_connection(version_1, execute(statement))
    with pytest.raises(UnusableInput, match="name a new database"):
        Database(version_1)
    assert "resource" not in on_a_connection(version_1, lambda it: inspect(it).get_table_names())


def test_a_report_changes_no_tables_and_says_who_does(version_1: str):
    with pytest.raises(UnusableInput, match=r"have revision 0001.*start the service once"):
        Store.open_to_report(version_1)
    assert "resource" not in on_a_connection(version_1, lambda it: inspect(it).get_table_names())


def test_the_tables_made_are_those_declared(url: str):
    opened(url).close()
    differences = on_a_connection(
        url,
        lambda it: compare_metadata(
            MigrationContext.configure(it, opts={"compare_type": True}), METADATA
        ),
    )
    assert differences == []


@pytest.mark.parametrize("name", scripts())
def test_the_steps_make_the_tables_as_they_are_declared(name: str):
    """Before a release; `python -m tests.architecture.tables` writes them."""
    assert (VERSIONS / name).read_text(encoding="utf-8") == scripts()[name]


def test_a_table_by_its_key_begins_with_its_key():
    """SQLite 3.40 reports faults that are none where it does not (PRAGMA integrity_check)."""
    for table in METADATA.sorted_tables:
        if not table.dialect_options["sqlite"]["with_rowid"]:
            key = [column.name for column in table.primary_key.columns]
            assert [column.name for column in table.columns][: len(key)] == key, table.name


def test_the_package_brings_its_migrations():
    included = {one.distribution_path for one in WheelBuilder(str(ROOT)).recurse_included_files()}
    needed = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "adapter/store/migrations").rglob("*")
        if file.suffix in {".py", ".sql"}
    }
    assert len(needed) >= 9
    assert needed <= included


def test_a_new_file_is_whole(tmp_path: Path):
    file = tmp_path / "store.sqlite"
    with closing(Database(f"sqlite:///{file}")) as database, ResourceStore(database).unit() as unit:
        put_next(unit, "1")
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
