"""What else a unit does: histories by pages, worklists, replies to be given again, turns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from msgspec.structs import replace

from adapter.store.database import Database
from adapter.store.records import Replay, Work
from adapter.store.replies import KEEP_MILLISECONDS, keep_reply
from adapter.store.resources import ResourceStore
from tests.unit.adapter.store.drafting import (
    OPERATOR,
    PROVIDER,
    TENANT,
    draft,
    put_next,
    rows,
    viewer,
)

WORK = Work(
    owner=PROVIDER,
    queue="",
    requester="npi|1",
    status="requested",
    business_status="received",
    due_at=5,
    next_event="accept",
    thread="t",
)


@pytest.mark.parametrize("type", ("Task", None))
def test_pages_of_a_history_give_each_version_once_the_newest_first(
    resources: ResourceStore, type: str | None
):
    """Versions of one instant are on pages that end anywhere."""
    for number in range(12):
        with resources.unit() as unit:
            for id in ("1", "2", f"new{number}"):
                put_next(unit, id)
    with resources.reading() as unit:
        whole = unit.history(OPERATOR, type, None, count=100)
        assert len(whole) == 36
        places = [(one.updated_at, one.key, one.version) for one in whole]
        assert places == sorted(places, reverse=True)
        for count in (1, 5, 35, 36):
            paged, before = [], None
            while page := unit.history(OPERATOR, type, None, count=count, before=before):
                paged += page
                before = (page[-1].updated_at, page[-1].key, page[-1].version)
            assert paged == whole


def test_a_history_is_narrowed_to_what_was_written_since_and_what_was_in_force_at(
    resources: ResourceStore,
):
    """Both instants count themselves."""
    with resources.unit() as unit:
        for version, updated_at in ((1, 100), (2, 200), (3, 300)):
            unit.put(draft("1", version, updated_at))
        unit.put(draft("2", 1, 250))

    def found(**narrowed: int) -> list[tuple[str, int]]:
        with resources.reading() as unit:
            return [
                (one.id, one.version)
                for one in unit.history(OPERATOR, "Task", None, count=9, **narrowed)  # type: ignore[arg-type]
            ]

    assert found(since=200) == [("1", 3), ("2", 1), ("1", 2)]
    assert found(since=301) == []
    assert found(at=99) == []
    assert found(at=100) == [("1", 1)]
    assert found(at=299) == [("2", 1), ("1", 2)]
    assert found(at=300, since=300) == [("1", 3)]


def test_a_worklist_is_narrowed_and_paged_by_what_is_due_first(resources: ResourceStore):
    """The first due comes first, and of one instant the lower id."""
    with resources.unit() as unit:
        for number in range(10):
            id = f"t{number}"
            put_next(unit, id)
            place = replace(
                WORK,
                due_at=100 - number // 2,
                owner="" if number % 3 == 0 else PROVIDER,
                queue="intake" if number % 3 == 0 else "",
                status="accepted" if number % 2 else "requested",
            )
            unit.work(TENANT, "Task", id, place)
    with resources.reading() as unit:
        whole = [id for _, id, _ in unit.worklist(OPERATOR)]
        assert whole == ["t8", "t9", "t6", "t7", "t4", "t5", "t2", "t3", "t0", "t1"]
        paged: list[str] = []
        after = None
        while page := unit.worklist(OPERATOR, count=3, after=after):
            paged += [id for _, id, _ in page]
            after = (page[-1][2].due_at, page[-1][1])
        assert paged == whole
        assert [id for _, id, _ in unit.worklist(OPERATOR, queue="intake")] == [
            "t9",
            "t6",
            "t3",
            "t0",
        ]
        narrowed = unit.worklist(OPERATOR, owner=PROVIDER, status="accepted", due_before=99)
        assert [id for _, id, _ in narrowed] == ["t7", "t5"]
        assert unit.worklist(OPERATOR, requester="npi|2") == []
        assert unit.worklist(viewer(PROVIDER)) == []


def test_a_resource_has_one_place_on_the_worklist_and_none_when_it_has_ended(
    resources: ResourceStore,
):
    with resources.unit() as unit:
        put_next(unit, "1")
        unit.work(TENANT, "Task", "1", WORK)
        unit.work(TENANT, "Task", "1", replace(WORK, status="received"))
    moved = replace(WORK, owner="", queue="intake")
    with resources.unit() as unit:
        assert unit.work_of(TENANT, "Task", "1") == replace(WORK, status="received")
        unit.work(TENANT, "Task", "1", moved)
        assert unit.worklist(OPERATOR) == [("Task", "1", moved)]
    with resources.unit() as unit:
        unit.work(TENANT, "Task", "1", None)
    with resources.reading() as unit:
        assert unit.work_of(TENANT, "Task", "1") is None
        assert unit.worklist(OPERATOR) == []


def test_a_place_for_what_is_not_there_is_an_error(resources: ResourceStore):
    with resources.unit() as unit, pytest.raises(LookupError, match="there is no Task"):
        unit.work(TENANT, "Task", "1", WORK)


def test_whoever_refers_to_a_resource_is_found_whatever_by(resources: ResourceStore):
    """Not one of another type or tenant, nor one that was deleted."""
    with resources.unit() as unit:
        for id in ("a", "b", "gone"):
            put_next(unit, id)
        put_next(unit, "gone", method="delete")
        put_next(unit, "sr", type="ServiceRequest", index=rows("active", "ServiceRequest"))
        put_next(unit, "c", type="Condition", index=rows("active", "Condition"))
    place = ("Organization", "o1")
    with resources.reading() as unit:
        found = unit.referring(TENANT, ("Task", "ServiceRequest"), *place)
        assert [one.id for one in found] == ["a", "b", "sr"]
        assert unit.referring("other", ("Task",), *place) == []
        assert unit.referring(TENANT, ("Task",), "Organization", "o2") == []


def test_of_a_hundred_retries_at_once_one_is_done_and_the_others_get_its_reply(url: str):
    """Of one client; the same key of another client is another request."""
    first, second = Database(url), Database(url)
    stores = [ResourceStore(first), ResourceStore(second)]

    def send(retry: int) -> tuple[bool, Replay]:
        with stores[retry % 2].unit() as unit:
            known = unit.replay(TENANT, "ehr", "key-1")
            if known is not None:
                return False, known
            put_next(unit, f"t{retry}")
            body = b"%d" % retry
            unit.keep_reply(TENANT, "ehr", "key-1", b"digest", 201, {"ETag": 'W/"1"'}, body)
            return True, Replay(digest=b"digest", status=201, headers={"ETag": 'W/"1"'}, body=body)

    with closing(first), closing(second):
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(send, range(100)))
        assert sum(done for done, _ in answers) == 1
        assert len({reply.body for _, reply in answers}) == 1
        assert {(reply.digest, reply.status, reply.headers["ETag"]) for _, reply in answers} == {
            (b"digest", 201, 'W/"1"')
        }
        with stores[0].unit() as unit:
            assert len(unit.history(OPERATOR, "Task", None, count=200)) == 1
            assert unit.replay(TENANT, "hie", "key-1") is None
            assert unit.replay("other", "ehr", "key-1") is None


def test_a_reply_is_not_kept_where_what_it_tells_was_not(resources: ResourceStore):
    def fail() -> None:
        with resources.unit() as unit:
            unit.keep_reply(TENANT, "ehr", "k", b"d", 201, {}, b"")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with resources.unit() as unit:
        assert unit.replay(TENANT, "ehr", "k") is None


def test_a_reply_is_forgotten_after_a_week(resources: ResourceStore):
    """When the next one is kept."""
    with resources.unit() as unit:
        reply = Replay(digest=b"d", status=201, headers={}, body=b"")
        long_ago = unit.now - KEEP_MILLISECONDS - 1
        keep_reply(unit.connection, TENANT, "ehr", "old", reply, long_ago)
    with resources.unit() as unit:
        unit.keep_reply(TENANT, "ehr", "new", b"d", 201, {}, b"")
    with resources.unit() as unit:
        assert unit.replay(TENANT, "ehr", "old") is None
        assert unit.replay(TENANT, "ehr", "new") is not None


def test_what_is_created_on_a_condition_is_created_once(url: str):
    """Sixteen look for it under the lock of the condition and create it where it is not there."""
    first, second = Database(url), Database(url)
    stores = [ResourceStore(first), ResourceStore(second)]

    def create(writer: int) -> None:
        with stores[writer % 2].unit() as unit:
            unit.lock_for(TENANT, "Task?identifier=x")
            if not unit.connection.rows("SELECT 1 FROM resource", {}):
                put_next(unit, f"t{writer}")

    with closing(first), closing(second):
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(create, range(16)))
        with stores[0].reading() as unit:
            assert len(unit.history(OPERATOR, "Task", None, count=99)) == 1
