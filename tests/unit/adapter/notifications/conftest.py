"""Tests that ask for `world` run on a new SQLite file; those marked `both` on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.postgres import Postgres
from tests.unit.adapter.notifications.receiver import Receiver, receiving
from tests.unit.adapter.notifications.world import World


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open database."""
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database) -> World:
    """An exchange without referrals."""
    return World(ResourceStore(database))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An endpoint that takes whatever comes."""
    with receiving() as running:
        yield running
