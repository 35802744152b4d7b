"""Versions have no gaps, none is lost, and whoever read an older one does not write."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import pytest

from adapter.store.database import Database
from adapter.store.errors import Duplicate, VersionConflict
from adapter.store.resources import ResourceStore
from cds_hooks.errors import NotStored
from tests.unit.adapter.store.drafting import OPERATOR, PLAN, TENANT, draft, put_next

WRITERS = 16
UPDATES = 8


@contextmanager
def processes(url: str, many: int = 4) -> Iterator[list[ResourceStore]]:
    """Stores that share nothing but the database, as those of several processes."""
    with ExitStack() as stack:
        yield [ResourceStore(stack.enter_context(closing(Database(url)))) for _ in range(many)]


def test_what_is_written_is_read_back(resources: ResourceStore):
    with resources.unit() as unit:
        stored = put_next(unit, "1")
    with resources.reading() as unit:
        assert unit.current(TENANT, "Task", "1") == stored
        assert unit.current("other", "Task", "1") is None
        assert unit.current(TENANT, "ServiceRequest", "1") is None
    assert (stored.version, stored.method, stored.body) == (1, "create", b'{"n": 1}')


def test_a_unit_sees_what_it_wrote_and_nobody_else_does_before_it_ends(resources: ResourceStore):
    with resources.unit() as unit:
        put_next(unit, "1")
        assert unit.visible(OPERATOR, "Task", "1") is not None
        assert unit.connection.rows("SELECT id FROM resource", {}) == [("1",)]
        with resources.reading() as another:
            assert another.current(TENANT, "Task", "1") is None


def test_what_is_raised_in_a_unit_undoes_it(resources: ResourceStore):
    def fail() -> None:
        with resources.unit() as unit:
            put_next(unit, "1")
            unit.work(TENANT, "Task", "1", None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with resources.reading() as unit:
        assert unit.current(TENANT, "Task", "1") is None
    with resources.unit() as unit:
        assert put_next(unit, "1").version == 1


@pytest.mark.parametrize("version", (1, 2, 4))
def test_only_the_version_after_the_present_one_is_written(resources: ResourceStore, version: int):
    """The present one is 2; 3 would be next."""
    for _ in range(2):
        with resources.unit() as unit:
            put_next(unit, "1")
    told = "Task/1 was written by somebody else"
    with pytest.raises(VersionConflict, match=told), resources.unit() as unit:
        unit.put(draft("1", version, unit.now))
    with resources.reading() as unit:
        present = unit.current(TENANT, "Task", "1")
        assert present is not None
        assert present.version == 2


def test_a_version_of_what_is_not_there_is_not_written(resources: ResourceStore):
    with pytest.raises(VersionConflict), resources.unit() as unit:
        unit.put(draft("1", 2, unit.now))


def test_sixteen_writers_of_one_resource_lose_nothing(url: str):
    """Each reads, changes and writes; its own mark is in the version after the one it read."""
    with processes(url) as stores:
        with stores[0].unit() as unit:
            put_next(unit, "1")

        def write(writer: int) -> list[tuple[int, bytes]]:
            done = []
            for number in range(UPDATES):
                body = b"%d-%d" % (writer, number)
                with stores[writer % len(stores)].unit() as unit:
                    done.append((put_next(unit, "1", body=body).version, body))
            return done

        with ThreadPoolExecutor(WRITERS) as pool:
            written = dict(pair for done in pool.map(write, range(WRITERS)) for pair in done)
        last = WRITERS * UPDATES + 1
        assert sorted(written) == list(range(2, last + 1))
        with stores[0].reading() as unit:
            history = unit.history(OPERATOR, "Task", "1", count=last + 1)
        assert [one.version for one in history] == list(range(last, 0, -1))
        assert all(one.body == written[one.version] for one in history[:-1])
        instants = [one.updated_at for one in history]
        assert instants == sorted(set(instants), reverse=True)


def test_of_racing_writers_without_a_lock_one_wins_each_version(url: str):
    with processes(url) as stores:
        with stores[0].unit() as unit:
            put_next(unit, "1")

        def race(writer: int) -> bool:
            with stores[writer % 4].reading() as unit:
                assert unit.current(TENANT, "Task", "1")
            try:
                with stores[writer % 4].unit() as unit:
                    unit.put(draft("1", 2, unit.now + 1000))
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            assert sum(pool.map(race, range(WRITERS))) == 1


def test_of_racing_creates_of_one_id_one_wins(url: str):
    with processes(url) as stores:

        def race(writer: int) -> bool:
            try:
                with stores[writer % 4].unit() as unit:
                    unit.put(draft("same", 1, unit.now))
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            assert sum(pool.map(race, range(WRITERS))) == 1
        with stores[0].reading() as unit:
            assert len(unit.history(OPERATOR, "Task", None, count=9)) == 1


def test_of_racing_creates_with_one_business_identifier_one_wins(url: str):
    """The others are told whose it is."""
    with processes(url) as stores:

        def race(writer: int) -> str:
            id = f"task-{writer}"
            try:
                with stores[writer % 4].unit() as unit:
                    put_next(unit, id)
                    unit.claim_unique(TENANT, PLAN, "Task", id, "identifier", "urn:x", "R-1")
            except Duplicate as fault:
                return fault.id
            return id

        with ThreadPoolExecutor(WRITERS) as pool:
            winners = set(pool.map(race, range(WRITERS)))
        assert len(winners) == 1
        with stores[0].reading() as unit:
            assert {one.id for one in unit.history(OPERATOR, "Task", None, count=9)} == winners


def test_an_identifier_is_its_own_again_and_free_after_deletion(resources: ResourceStore):
    claimed = ("identifier", "urn:x", "R-1")
    with resources.unit() as unit:
        put_next(unit, "1")
        assert unit.claim_unique(TENANT, PLAN, "Task", "1", *claimed)
    with resources.unit() as unit:
        put_next(unit, "1")
        assert not unit.claim_unique(TENANT, PLAN, "Task", "1", *claimed)
        assert not unit.claim_unique(TENANT, PLAN, "Task", "1", *claimed)
    with resources.unit() as unit:
        put_next(unit, "another's", author="npi|2")
        assert unit.claim_unique(TENANT, "npi|2", "Task", "another's", *claimed)
        put_next(unit, "2")
        with pytest.raises(Duplicate) as taken:
            unit.claim_unique(TENANT, PLAN, "Task", "2", *claimed)
        assert (taken.value.type, taken.value.id) == ("Task", "1")
    with resources.unit() as unit:
        put_next(unit, "1", method="delete")
    with resources.unit() as unit:
        put_next(unit, "3")
        assert unit.claim_unique(TENANT, PLAN, "Task", "3", *claimed)


def test_a_thousand_versions_written_in_one_unit_are_all_there(resources: ResourceStore):
    """Of one resource and of others."""
    with resources.unit() as unit:
        for number in range(100):
            put_next(unit, "1")
            put_next(unit, f"t{number}")
    with resources.reading() as unit:
        assert len(unit.history(OPERATOR, "Task", "1", count=1000)) == 100
        assert len(unit.history(OPERATOR, "Task", None, count=1000)) == 200


def test_a_thread_that_waits_too_long_for_a_resource_is_told(url: str):
    """Nothing is kept of what it wrote, and the one it waited for goes on."""
    first, second = Database(url, timeout_seconds=1), Database(url, timeout_seconds=1)
    with closing(first), closing(second):
        with ResourceStore(first).unit() as unit:
            put_next(unit, "1")

        def wait() -> None:
            with ResourceStore(second).unit() as another:
                put_next(another, "2")
                put_next(another, "1")

        with ResourceStore(first).unit() as unit:
            put_next(unit, "1")
            with pytest.raises(NotStored):
                wait()
        with ResourceStore(second).reading() as unit:
            assert [one.version for one in unit.history(OPERATOR, None, None, count=9)] == [2, 1]
