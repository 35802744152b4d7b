"""Tests that ask for `hospital` run on SQLite; for `any_hospital` on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.unit.adapter.partners.world import World, sqlite, world


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[World]:
    """A hospital with an empty store, and the plan's server."""
    with world(sqlite(tmp_path)) as made:
        yield made


@pytest.fixture(params=("sqlite", "postgresql"))
def any_hospital(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The same, on either database."""
    if request.param == "sqlite":
        url = sqlite(tmp_path)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.empty_database()
    with world(url) as made:
        yield made
