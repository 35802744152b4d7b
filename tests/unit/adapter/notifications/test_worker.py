"""The worker: nobody waits for a slow or dead endpoint, and a kill loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from adapter.background import Background, Periodic
from adapter.notifications.worker import Worker
from adapter.store.database import Database
from adapter.store.events import between
from adapter.store.resources import ResourceStore
from adapter.store.subscribing import set_status
from tests.unit.adapter.notifications.checking import numbers
from tests.unit.adapter.notifications.receiver import Received, Receiver, receiving
from tests.unit.adapter.notifications.world import (
    PLAN,
    PROVIDER,
    TENANT,
    World,
    both,
    task,
    viewer,
)


def until(holds: object, seconds: float = 10) -> None:
    """Wait until something holds."""
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


@contextmanager
def working(world: World, places: int = 4) -> Iterator[Worker]:
    worker = Worker(world.telling, lambda: world.clock, places)
    background = Background()
    background.start([worker])
    try:
        yield worker
    finally:
        assert background.stop(10)


@both
def test_endpoints_that_hang_hold_up_nobody_else(world: World, receiver: Receiver) -> None:
    """Four subscriptions at one endpoint that hangs, one at another; four places."""
    with receiving() as hanging:
        for _ in range(4):
            world.subscribe(hanging.url)
        healthy = world.subscribe(receiver.url)
        world.work()
        receiver.received.clear()
        let_go = Event()

        def hang(_: Received) -> tuple[int, dict[str, str]]:
            let_go.wait(10)
            return 200, {}

        hanging.received.clear()
        hanging.answer = hang
        with working(world):
            for number in range(6):
                world.write(task(f"t{number}"), PROVIDER)
            until(lambda: len(receiver.received) == 6)
            # All of it came while every call of the other endpoint was still under way.
            assert not let_go.is_set()
            assert 1 <= len(hanging.received) <= 2
            let_go.set()
            until(lambda: len(hanging.received) == 24)
    assert [numbers(bundle) for bundle in receiver.bundles] == [[n] for n in range(1, 7)]
    assert world.status(healthy) == "active"


def test_a_dead_endpoint_is_left_alone_while_others_are_told(
    world: World, receiver: Receiver
) -> None:
    with receiving() as dead:
        for _ in range(6):
            world.subscribe(dead.url)
        world.subscribe(receiver.url)
        world.work()
        dead.received.clear()
        receiver.received.clear()
        dead.answer = lambda _: (503, {})
        world.write(task(), PROVIDER)
        worker = Worker(world.telling, lambda: world.clock, 4)
        with ThreadPoolExecutor(4) as pool:
            for _ in range(20):
                worker.look(pool)
                until(lambda: worker._free == 4)
    assert len(dead.received) == 3
    assert len(receiver.received) == 1


def test_a_process_that_ends_gives_back_what_it_cannot_send(
    world: World, receiver: Receiver
) -> None:
    world.subscribe(receiver.url)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    assert Worker(world.telling, lambda: world.clock).look(pool) == 0
    world.work()
    assert len(receiver.received) == 1


def test_a_job_that_fails_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapter.background._AGAIN_SECONDS", 0.01)
    done: list[str] = []

    def fails() -> None:
        done.append("failed")
        raise RuntimeError("canary")

    jobs = [Periodic("bad", 0.01, fails), Periodic("good", 0.01, lambda: done.append("good"))]
    background = Background()
    background.start(jobs)
    until(lambda: done.count("failed") > 2 and done.count("good") > 2)
    assert background.stop(5)


_WRITER = """
import sys
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.unit.adapter.notifications.world import PROVIDER, World, task
world = World(ResourceStore(Database(sys.argv[1])))
for number in range(10**6):
    world.write(task(f"{sys.argv[2]}-{number % 5}"), PROVIDER)
    print(number, flush=True)
"""

_WORKER = """
import sys
from threading import Event
from adapter.notifications.worker import Worker
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.unit.adapter.notifications import world as worlds
import adapter.notifications.telling as telling
from adapter import clock
telling.LEASE_MS = 300  # so that who was killed is missed soon
from adapter.store.transactions import milliseconds
world = worlds.World(ResourceStore(Database(sys.argv[1])))
now = lambda: milliseconds(clock.now())
world.telling._now = now
print("working", flush=True)
Worker(world.telling, now, 4).run(Event())
"""


@contextmanager
def process_of(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of its own, which has said its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=Path(__file__).parents[4],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@both
def test_a_worker_that_is_killed_loses_nothing(
    url: str, database: Database, receiver: Receiver
) -> None:
    """Killed before the send, in the middle of it, and after it but before it is noted."""
    world = World(ResourceStore(database))
    id = world.subscribe(receiver.url, max_count=3)
    world.work()
    receiver.received.clear()
    sent, killed = Event(), Event()

    def answer(_: Received) -> tuple[int, dict[str, str]]:
        sent.set()
        killed.wait(10)
        return 200, {}

    receiver.answer = answer
    for turn in range(2):
        with process_of(_WORKER, url) as process:
            for number in range(4):
                world.write(task(f"{turn}-{number}"), PROVIDER)
            assert sent.wait(10)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        killed.set()
        sent.clear()
        killed.clear()
    receiver.answer = lambda _: (200, {})
    with process_of(_WORKER, url):
        until(lambda: {8} <= {n for one in receiver.bundles for n in numbers(one)})
    told = [tuple(numbers(bundle)) for bundle in receiver.bundles]
    assert {number for one in told for number in one} == set(range(1, 9))
    assert told == sorted(told)
    by_id = {bundle["id"]: tuple(numbers(bundle)) for bundle in receiver.bundles}
    assert len(set(by_id.values())) == len(by_id)
    assert len(told) > len(by_id), "something was sent twice, under the same id"
    assert world.status(id) == "active"


@both
def test_a_writer_that_is_killed_leaves_an_event_for_each_change_and_no_gap(
    url: str, database: Database
) -> None:
    world = World(ResourceStore(database))
    id = world.subscribe("http://127.0.0.1:1/in")
    with world.store.unit() as unit:
        set_status(unit.connection, TENANT, id, "active")
    acknowledged = 0
    for turn in range(2):
        with process_of(_WRITER, url, str(turn)) as process:
            time.sleep(0.15)
            process.kill()
            assert process.stdout is not None
            acknowledged += 1 + len([line for line in process.stdout if line.endswith("\n")])
    with world.store.reading() as unit:
        found = between(unit.connection, TENANT, id, 1, 10**6, 10**6)
        operator = viewer(PLAN, operator=True)
        changes = unit.history(operator, "Task", None, count=10**6)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert {(one.id, one.version) for one in found} == {(one.id, one.version) for one in changes}
    assert len(changes) == len(found) >= acknowledged > 2
