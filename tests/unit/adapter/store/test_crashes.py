"""What was acknowledged is there after a crash, once, and nothing is there by half."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from adapter.store.audit import verify_audit
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from cds_hooks.errors import NotStored
from tests.postgres import Postgres
from tests.unit.adapter.store.drafting import OPERATOR, TENANT, put_next

#: Acknowledged writes of each of two processes before they are killed, one kill each; put more
#: here for a run by hand.
WRITES = (23, 61, 42)


def killed_while_writing(
    url: str, name: str, writes: int
) -> tuple[dict[tuple[str, int], int], int]:
    """(id, number) → version of what two processes were told is stored; how many were not told."""
    command = [sys.executable, "-m", "tests.unit.adapter.store.acknowledging", url]
    running = [
        subprocess.Popen([*command, f"{name}{place}"], stdout=subprocess.PIPE, text=True)
        for place in range(2)
    ]
    done: dict[tuple[str, int], int] = {}
    begun = 0
    for process in running:
        assert process.stdout is not None
        for _ in range(2 * writes):
            begun += _read(process.stdout.readline(), done)
    for process in running:
        process.send_signal(signal.SIGKILL)
    for process in running:
        assert process.stdout is not None
        for line in process.stdout:
            begun += _read(line, done)
        process.stdout.close()
        process.wait()
    return done, begun - len(done)


def _read(line: str, done: dict[tuple[str, int], int]) -> int:
    """Notes what was acknowledged; whether the line told of a beginning."""
    if not line.endswith("\n"):
        return 0  # it was killed while it told this
    what, id, number, *version = line.split()
    if what == "done":
        done[(id, int(number))] = int(version[0])
    return what == "begun"


def test_a_process_that_is_killed_loses_nothing_it_acknowledged(url: str):
    """Versions have no gaps, what a Task is found by and its place are those of its last version.

    The audit has an entry for each.
    """
    done: dict[tuple[str, int], int] = {}
    not_told = 0
    for kill, writes in enumerate(WRITES):
        told, open_ones = killed_while_writing(url, f"k{kill}-", writes)
        done |= told
        not_told += open_ones
    with closing(Database(url)) as database, ResourceStore(database).reading() as unit:
        history = unit.history(OPERATOR, "Task", None, count=10**6)
        stored = {(one.id, int(one.body)): one.version for one in history}
        assert len(stored) == len(history), "nothing was written twice"
        assert done.items() <= stored.items()
        assert len(stored) - len(done) <= not_told
        newest = {one.id: one for one in reversed(history)}
        for id, one in newest.items():
            versions = sorted(each.version for each in history if each.id == id)
            assert versions == list(range(1, one.version + 1))
            assert unit.current(TENANT, "Task", id) == one
            codes = unit.connection.rows(
                "SELECT code FROM token_index WHERE key = :key AND param = 'Task.status'",
                {"key": one.key},
            )
            assert codes == [(f"s{int(one.body)}",)]
            place = unit.work_of(TENANT, "Task", id)
            assert place is not None
            assert place.due_at == int(one.body)
        verified = verify_audit(unit.connection)
        assert verified.faults == ()
        assert verified.entries == len(history)
        if unit.connection.is_file:
            assert unit.connection.rows("PRAGMA integrity_check", {}) == [("ok",)]


@pytest.mark.parametrize("durable", (True, False))
def test_a_commit_waits_for_the_disk(resources: ResourceStore, durable: bool):
    """SQLite: 2 is FULL, 1 is NORMAL."""
    with resources.unit(durable=durable) as unit:
        if unit.connection.is_file:
            assert unit.connection.rows("PRAGMA synchronous", {}) == [(2 if durable else 1,)]
            assert unit.connection.rows("PRAGMA journal_mode", {}) == [("wal",)]
        else:
            shown = [
                unit.connection.rows(f"SHOW {name}", {}) for name in ("synchronous_commit", "fsync")
            ]
            assert shown == [[("on" if durable else "off",)], [("on",)]]


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """As on a disk that is full: the system refuses to write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_kept(tmp_path: Path):
    """What was there can be read all the while, and writing goes on once there is room."""
    file = tmp_path / "store.sqlite"
    with closing(Database(f"sqlite:///{file}")) as database:
        resources = ResourceStore(database)
        done = []

        def write(id: str) -> None:
            with resources.unit() as unit:
                put_next(unit, id, body=b"x" * 5000)
            done.append(id)

        write("before")

        def fill() -> None:
            for number in range(100):
                write(f"t{number}")

        with no_file_grows_beyond((tmp_path / "store.sqlite-wal").stat().st_size + 2_000_000):
            with pytest.raises(NotStored):
                fill()
            assert 5 < len(done) < 100
            for _ in range(3):
                with pytest.raises(NotStored):
                    write("refused")
            with resources.reading() as unit:
                assert unit.current(TENANT, "Task", done[-1])
        write("after")
        with resources.reading() as unit:
            kept = [one.id for one in unit.history(OPERATOR, "Task", None, count=200)]
        assert sorted(kept) == sorted(done)
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("written", (True, False))
def test_a_connection_that_is_lost_before_the_commit_keeps_nothing(
    postgres: Postgres, written: bool
):
    """The next unit gets another one; a connection lost between units is noticed by nobody."""
    with closing(Database(postgres.empty_database())) as database:
        resources = ResourceStore(database)

        def lose_everyone() -> None:
            with database.durable() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

        def write_and_lose() -> None:
            with resources.unit() as unit:
                put_next(unit, "1")
                if written:
                    unit.connection.rows("SELECT 1", {})
                lose_everyone()

        with pytest.raises(NotStored):
            write_and_lose()
        with resources.unit() as unit:
            assert put_next(unit, "1").version == 1
        lose_everyone()
        with resources.unit() as unit:
            assert put_next(unit, "1").version == 2


def test_a_statement_that_fails_within_a_unit_undoes_all_of_it(resources: ResourceStore):
    """Even where whoever sent it goes on as if nothing had happened."""

    def go_on() -> None:
        with resources.unit() as unit:
            put_next(unit, "1")
            try:
                unit.connection.rows("SELECT nonsense FROM nowhere", {})
            except Exception:  # noqa: BLE001 - whatever the driver raises
                put_next(unit, "2")

    if resources._database._is_file:
        go_on()  # a statement that is refused harms nothing there
        return
    with pytest.raises(NotStored):
        go_on()
    with resources.reading() as unit:
        assert unit.history(OPERATOR, None, None, count=9) == []
