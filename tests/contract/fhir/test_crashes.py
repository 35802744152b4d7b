"""Processes of the service are killed while clients write: what was acknowledged is there, once."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from adapter.store.audit import verify_audit
from adapter.store.database import Database
from adapter.store.resources import ResourceStore
from tests.contract.conftest import Service, start_service, stop
from tests.contract.fhir.parties import clients_of, every
from tests.contract.fhir.tenants import Caller, Receiver
from tests.contract.fhir.victims import subscription
from tests.postgres import Postgres

#: Acknowledged writes, kills among them, clients; put more here for a run by hand.
WRITES, KILLS, CLIENTS = 200, 3, 6

SYSTEM = "urn:crash"


class World:
    """A service with two workers that is killed and comes back, and what it acknowledged."""

    def __init__(self, folder: Path, url: str, port: int) -> None:
        self.url, self.file = url, clients_of(folder, port)
        self.service = self._started()
        self.done: dict[str, str] = {}
        self.over = Event()
        self.told = ""
        self._lock = Lock()
        with closing(Caller(self.service, "plan")) as plan:
            self.token = plan.token

    def _started(self) -> Service:
        return start_service("--clients", str(self.file), "--store", self.url, "--workers", "2")

    def kill_a_worker(self) -> None:
        """Another takes its place."""
        os.kill(max(self.service.workers()), signal.SIGKILL)

    def kill_all(self) -> None:
        """As when the machine dies; it is started again."""
        os.killpg(self.service.process.pid, signal.SIGKILL)
        self.service.process.communicate()
        self.service.log.unlink()
        self.service = self._started()

    def write(self, client: int) -> None:
        """Create Tasks until it is over, each until it is acknowledged."""
        for number in count():
            if self.over.is_set():
                return
            name = f"{client}-{number}"
            body = {
                "resourceType": "Task",
                "identifier": [{"system": SYSTEM, "value": name}],
                "status": "requested",
                "intent": "order",
                "code": {"text": "call the member"},
            }
            condition = {"If-None-Exist": f"identifier={SYSTEM}|{name}"}
            headers = condition if number % 2 else {"Idempotency-Key": name}
            made = self._until_acknowledged(json.dumps(body).encode(), headers)
            with self._lock:
                self.done[name] = made["id"]

    def _until_acknowledged(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/fhir+json",
            **headers,
        }
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end, "the service does not answer any more"
            connection = HTTPConnection("127.0.0.1", self.service.port, timeout=20)
            try:
                connection.request("POST", "/fhir/Task", body, sent)
                response = connection.getresponse()
                said = response.read()
            except (OSError, HTTPException):
                time.sleep(0.02)
                continue
            finally:
                connection.close()
            if response.status in (429, 503):
                time.sleep(0.02)
                continue
            assert response.status in (200, 201), said
            made: dict[str, Any] = json.loads(said)
            return made

    def wait_for(self, acknowledged: int, writing: list[Future[None]]) -> None:
        """Until so many writes were acknowledged."""
        end = time.monotonic() + 60
        while len(self.done) < acknowledged:
            assert time.monotonic() < end, "nothing is acknowledged any more"
            for one in writing:
                if one.done():
                    one.result()
            time.sleep(0.005)


@pytest.fixture(params=("sqlite", "postgresql"))
def world(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'ecm.sqlite'}"
    if request.param == "postgresql":
        url = postgres.empty_database()
    with closing(Receiver()) as receiver:
        found = World(tmp_path, url, receiver.port)
        with closing(Caller(found.service, "plan")) as plan:
            wanted = subscription(receiver.port, "/told", "Task?status:not=x")
            found.told = plan.written(wanted)["id"]
        yield found
        stop(found.service)


def test_what_was_acknowledged_is_there_once_after_crashes(world: World):
    """With its event, whose numbers have no gap, and an audit that verifies."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        writing = [pool.submit(world.write, client) for client in range(CLIENTS)]
        try:
            for kill in range(KILLS):
                world.wait_for((kill + 1) * WRITES // (KILLS + 1), writing)
                (world.kill_all if kill % 2 else world.kill_a_worker)()
            world.wait_for(WRITES, writing)
        finally:
            world.over.set()
    for one in writing:
        one.result()
    with closing(Caller(world.service, "plan")) as plan:
        stored = dict(tasks(plan))
        assert len(stored) == len(list(tasks(plan))), "nothing was written twice"
        assert stored == world.done
        numbers, foci = zip(*events(plan, world.told), strict=True)
    assert numbers == tuple(range(1, len(stored) + 1))
    assert sorted(foci) == sorted(stored.values())
    with closing(Database(world.url)) as database, ResourceStore(database).reading() as unit:
        assert verify_audit(unit.connection).faults == ()
        if unit.connection.is_file:
            assert unit.connection.rows("PRAGMA integrity_check", {}) == [("ok",)]


def tasks(plan: Caller) -> Iterator[tuple[str, str]]:
    """Identifier and id of every Task."""
    for one in every(plan, "/Task?_count=200&_elements=identifier"):
        yield one["identifier"][0]["value"], one["id"]


def events(plan: Caller, subscription: str) -> Iterator[tuple[int, str]]:
    """Number and id of the focus of every event."""
    first = 1
    while True:
        path = f"/Subscription/{subscription}/$events?eventsSinceNumber={first}&content=id-only"
        told = plan.read(path)["entry"][0]["resource"]["parameter"]
        found = [
            {part["name"]: part for part in one["part"]}
            for one in told
            if one["name"] == "notification-event"
        ]
        if not found:
            return
        for one in found:
            first = int(one["event-number"]["valueString"])
            yield first, one["focus"]["valueReference"]["reference"].rpartition("/")[2]
        first += 1
