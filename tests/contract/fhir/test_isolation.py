"""Two tenants and their parties on one live service: what is another's is as if it were not there.

Thousands of requests that name what is known of a victim, each beside the same about what is
nowhere: the answers must not differ, and none may hold a byte of what only the victim says.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing

import pytest
from msgspec import Struct

from tests.contract.conftest import stop
from tests.contract.fhir import probes
from tests.contract.fhir.probes import Probe
from tests.contract.fhir.tenants import CLIENTS, Caller, Receiver, Reply, start
from tests.contract.fhir.victims import (
    CANARY,
    DIRECTORY,
    MARK,
    NOWHERE,
    PUBLIC_CANARY,
    TYPES,
    id_of,
    subscription,
    victim,
)

Kind = Callable[[], Iterator[Probe]]

#: Differs between two answers to the same question: instants, and ids that are made.
_PASSING = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|_page=[\w-]+"
)


#: Of the probes by a client whose like has made all of them, one in so many.
SHARE = 9


class World(Struct, kw_only=True):
    """The service after the victims were written, and those who ask."""

    callers: dict[str, Caller]
    receiver: Receiver
    #: Bodies of the victims as their own tenant reads them.
    before: dict[str, bytes]
    #: How many were asked.
    probes: int = 0

    def ask(self, who: str, probe: Probe, *, nowhere: bool = False) -> Reply:
        headers = dict(probe.headers)
        path, body = probe.path, probe.body
        if nowhere:
            path, body = _nowhere(path), body and _nowhere(body)
            headers = {name: _nowhere(value) for name, value in headers.items()}
        sent = None if body is None else body.encode()
        return self.callers[who](probe.method, path, sent, headers)

    def compare(self, who: str, asked: Iterable[Probe], canaries: tuple[str, ...]) -> list[str]:
        """Probes whose answer tells something, with how."""
        faults = []
        for probe in asked:
            self.probes += 1
            there = self.ask(who, probe)
            absent = self.ask(who, probe, nowhere=True)
            if any(canary.encode() in there[1] for canary in canaries):
                faults.append(f"{who} {probe.method} {probe.path}: it holds a canary")
            elif there != absent and _plain(there) != _plain(absent):
                faults.append(
                    f"{who} {probe.method} {probe.path}: {there[0]} {there[1][:300]!r}, and of "
                    f"what is nowhere {absent[0]} {absent[1][:300]!r}"
                )
        return faults


def _nowhere(text: str) -> str:
    return text.replace(MARK, NOWHERE).replace("Zvz", "Zxz")


def _plain(reply: Reply) -> Reply:
    """What two answers have to have in common."""
    status, body = reply
    body = body.replace(NOWHERE.encode(), MARK.encode()).replace(b"Zxz", b"Zvz")
    return status, _PASSING.sub(b"", body)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with closing(Receiver()) as receiver, ExitStack() as opened:
        service = start(tmp_path_factory.mktemp("isolation"), receiver.port)
        opened.callback(stop, service)
        callers: dict[str, Caller] = {}
        for name, *_ in CLIENTS:
            callers[name] = opened.enter_context(closing(Caller(service, name)))
        before = _with_victims(callers["plan"])
        yield World(callers=callers, receiver=receiver, before=before)
        is_alive, logged = service.process.poll() is None, service.logged()
    assert is_alive, "the service died during the tests"
    assert [line for line in logged if line["level"] == "error"] == []


def _with_victims(plan: Caller) -> dict[str, bytes]:
    for type in TYPES:
        plan.written(victim(type))
    before = {type: plan("GET", f"/{type}/{id_of(type)}")[1] for type in TYPES}
    assert all(b"canary" in body for body in before.values())
    return before


def is_about_a_directory(probe: Probe) -> bool:
    """Whether a party of the same tenant may know the answer."""
    named = probe.path + (probe.body or "")
    return any(f"{type}" in named or f"{MARK}-{type.lower()}" in named for type in DIRECTORY)


READING = (
    probes.reads,
    probes.tenants_named,
    probes.searches,
    probes.chains,
    probes.compartments,
    probes.bundles,
)
EVERYTHING = (CANARY, PUBLIC_CANARY)


@pytest.mark.parametrize("kind", (*READING, probes.writes), ids=lambda kind: kind.__name__)
def test_the_operator_of_another_tenant_learns_nothing(world: World, kind: Kind):
    """Whatever it may do in its own."""
    assert world.compare("other-plan", kind(), EVERYTHING) == []


@pytest.mark.parametrize("kind", (*READING, probes.writes), ids=lambda kind: kind.__name__)
def test_an_organization_has_no_part_in_one_tenant_for_its_part_in_another(
    world: World, kind: Kind
):
    """The clinic of beta is the same organization as alpha's."""
    assert world.compare("other-clinic", list(kind())[::SHARE], EVERYTHING) == []


@pytest.mark.parametrize("kind", (*READING, probes.writes), ids=lambda kind: kind.__name__)
def test_a_party_without_a_part_learns_nothing(world: World, kind: Kind):
    """Of the same tenant; the directory is everybody's there."""
    asked = [probe for probe in kind() if not is_about_a_directory(probe)]
    assert world.compare("kitchen", asked[::SHARE], (CANARY,)) == []


def test_resources_of_the_same_id_and_identifier_are_apart(world: World):
    """The other tenant makes its own of each, and asks all over: it is told of its own alone."""
    assert world.compare("other-plan", probes.taking_over(), EVERYTHING) == []
    for kind in READING:
        for probe in list(kind())[::SHARE]:
            for who in ("other-plan", "other-clinic"):
                assert b"canary" not in world.ask(who, probe)[1]


def test_a_page_is_whose_who_asked_for_it(world: World):
    """For anybody else it is as a page that never was."""
    _, body = world.callers["plan"]("GET", "/Organization?_count=1")
    link = next(one["url"] for one in json.loads(body)["link"] if one["relation"] == "next")
    token = link.rpartition("=")[2]
    assert json.loads(world.callers["plan"]("GET", f"/Organization?_page={token}")[1])["entry"]
    for who in ("kitchen", "clinic", "other-plan", "other-clinic"):
        theirs = world.callers[who]("GET", f"/Organization?_page={token}")
        nobodys = world.callers[who]("GET", f"/Organization?_page={token[::-1]}")
        assert theirs == nobodys
        assert theirs[0] == 410


def test_a_key_of_another_client_repeats_nothing(world: World):
    """Idempotency-Key: the same key and body make each client its own resource."""
    body = json.dumps({"resourceType": "Patient", "name": [{"text": "twin"}]}).encode()
    ids = set()
    for who, caller in world.callers.items():
        for _ in range(2):
            status, made = caller("POST", "/Patient", body, {"Idempotency-Key": "the-same"})
            assert status == 201, (who, made)
            ids.add(json.loads(made)["id"])
    assert len(ids) == len(world.callers)


def test_a_subscription_tells_of_what_its_owner_may_see(world: World):
    """Filtered by the victim, by everything, or on the same resource: nothing of another's."""
    every = ("plan", "kitchen", "other-plan", "other-clinic")
    subscribed: dict[str, list[str]] = {}
    for who in every:
        for place, criteria in enumerate(
            (f"Task?patient=Patient/{id_of('Patient')}", "Task?status:not=x")
        ):
            made = world.callers[who].written(
                subscription(world.receiver.port, f"/{who}/{place}", criteria)
            )
            subscribed.setdefault(who, []).append(made["id"])
    plan = world.callers["plan"]
    task = json.loads(world.before["Task"])
    plan.written(task | {"status": "requested"})
    _until(lambda: any(CANARY.encode() in body for body in world.receiver.at("/plan/0")))
    for who in every[1:]:
        for place, id in enumerate(subscribed[who]):
            told = b"".join(world.receiver.at(f"/{who}/{place}"))
            for operation in ("$status", "$events", ""):
                told += world.callers[who]("GET", f"/Subscription/{id}/{operation}".rstrip("/"))[1]
            assert CANARY.encode() not in told
            assert id_of("Task").encode() not in told
    for id in subscribed["plan"]:
        for who in every[1:]:
            for operation in ("", "/$status", "/$events", "/_history"):
                theirs = world.callers[who]("GET", f"/Subscription/{id}{operation}")
                nobodys = world.callers[who]("GET", f"/Subscription/{NOWHERE}{operation}")
                assert _plain(theirs) == _plain(nobodys)


def test_the_record_of_accesses_is_the_tenants_own(world: World):
    """Its operator sees who of its own did what, by search and by id; nobody else sees any."""
    mine, other = world.callers["plan"], world.callers["other-plan"]
    for caller, own in (
        (mine, {"plan", "clinic", "kitchen", "exchange"}),
        (other, {"other-plan", "other-clinic", "exchange"}),
    ):
        seen = set()
        for query in (
            "_count=200",
            f"patient=Patient/{id_of('Patient')}",
            f"entity=Task/{id_of('Task')}",
        ):
            found = caller.read(f"/AuditEvent?{query}")
            seen |= {one["resource"]["agent"][0]["altId"] for one in found.get("entry", [])}
        assert seen
        assert seen <= own
    ids = [f"0-{number}" for number in range(1, 200)]
    mine_or_not = {
        id: (mine("GET", f"/AuditEvent/{id}")[0], other("GET", f"/AuditEvent/{id}")[0])
        for id in ids
    }
    assert {200, 404} == {status for both in mine_or_not.values() for status in both}
    assert all(both in ((200, 404), (404, 200)) for both in mine_or_not.values())
    for who in ("clinic", "kitchen", "other-clinic"):
        replies = {world.callers[who]("GET", f"/AuditEvent/{id}") for id in (*ids, "x")}
        assert {status for status, _ in replies} == {403}
        assert len(replies) == 1


def test_the_victims_are_as_they_were(world: World):
    """After all that, to the byte; and there were probes enough."""
    plan = world.callers["plan"]
    for type, body in world.before.items():
        if type != "Task":  # its own tenant changed it
            assert plan("GET", f"/{type}/{id_of(type)}")[1] == body
    assert world.probes >= 5000


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
