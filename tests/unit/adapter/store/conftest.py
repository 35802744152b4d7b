"""Tests that ask for `url` or `store` run on a new SQLite file and on a new PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.store import Store
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.postgres import Postgres
from tests.unit.adapter.store.showing import opened


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store where it is always noon."""
    noon = opened(url)
    yield noon
    noon.close()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open database."""
    opened_one = Database(url)
    yield opened_one
    opened_one.close()


@pytest.fixture
def resources(database: Database) -> ResourceStore:
    """An empty store of resources."""
    return ResourceStore(database)
