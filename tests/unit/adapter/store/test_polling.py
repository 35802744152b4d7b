"""Who polls by `updated_at` misses nothing, however long a writer takes to commit."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from time import sleep

import pytest

from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.postgres import Postgres
from tests.unit.adapter.store.drafting import OPERATOR, put_next

WRITERS = 8
UNITS = 12


def polled(resources: ResourceStore, since: int) -> tuple[int, list[tuple[str, int]]]:
    """Where to go on from, and what was written from `since` to before that."""
    with resources.reading() as unit:
        until = unit.safe_until()
        found = unit.history(OPERATOR, "Task", None, since=since, count=10_000)
    return until, [(one.id, one.version) for one in found if one.updated_at < until]


def test_a_poller_sees_every_version_once_while_many_write(url: str):
    """Each unit is open for another while before it commits."""
    stores = [ResourceStore(Database(url)) for _ in range(4)]
    running = WRITERS
    lock = threading.Lock()

    def write(writer: int) -> None:
        nonlocal running
        for number in range(UNITS):
            with stores[writer % 4].unit() as unit:
                put_next(unit, f"{writer}-{number % 5}")
                sleep((writer * 7 + number * 3) % 5 / 1000)
        with lock:
            running -= 1

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    since, seen = 0, []
    while True:
        done = running == 0
        since, found = polled(stores[0], since)
        seen += found
        if done:
            break
    for thread in threads:
        thread.join()
    sleep(0.005)  # the last versions are of an instant that is over now
    seen += polled(stores[0], since)[1]
    assert len(seen) == len(set(seen)) == WRITERS * UNITS
    for store in stores:
        store._database.close()


def test_what_is_under_way_holds_the_poller_back(postgres: Postgres):
    """One that began later and is done already has to wait with it."""
    url = postgres.empty_database()
    with closing(Database(url)) as first, closing(Database(url)) as second:
        with ResourceStore(first).unit() as slow:
            put_next(slow, "slow")
            sleep(0.003)
            with ResourceStore(second).unit() as fast:
                put_next(fast, "fast")
            until, found = polled(ResourceStore(second), 0)
            assert found == []
            assert until <= slow.now < fast.now
            with ResourceStore(second).reading() as another:
                assert another.safe_until() <= slow.now
        sleep(0.003)
        _, found = polled(ResourceStore(second), until)
        assert sorted(found) == [("fast", 1), ("slow", 1)]


def test_the_instant_of_a_unit_is_safe_within_it(resources: ResourceStore):
    with resources.unit() as unit:
        assert unit.safe_until() <= unit.now


@pytest.mark.parametrize("undo", (True, False))
def test_a_unit_that_ended_holds_nobody_back(resources: ResourceStore, undo: bool):
    began = []
    with suppress(ZeroDivisionError), resources.unit() as unit:
        put_next(unit, "1")
        began.append(unit.now)
        if undo:
            raise ZeroDivisionError
    sleep(0.002)
    with resources.reading() as looking:
        assert looking.safe_until() > began[0]
