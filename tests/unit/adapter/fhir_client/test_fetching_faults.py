"""A server that fails or is too slow is told as such, and holds up nobody."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

import pytest

from adapter.fhir_client.fetching import FhirClient, Limits
from cds_hooks.host import Failure, FhirAccess
from tests.fhir_stub import FhirStub, faults
from tests.unit.adapter.fhir_client.asking import CANARY, OBSERVATIONS, fetch, ids, want


@pytest.mark.parametrize(
    ("fault", "failure"),
    (
        (faults.status(401), Failure.NOT_AUTHORIZED),
        (faults.status(403), Failure.NOT_AUTHORIZED),
        (faults.status(404), Failure.ERROR),
        (faults.status(410), Failure.ERROR),
        (faults.status(429), Failure.ERROR),
        (faults.status(500), Failure.ERROR),
        (faults.status(503), Failure.ERROR),
        (faults.status(504), Failure.TOO_SLOW),
        (faults.status(200), Failure.ERROR),  # an OperationOutcome in place of data
        (faults.html(), Failure.ERROR),
        (faults.body(b""), Failure.ERROR),
        (faults.body(b"[]"), Failure.ERROR),
        (faults.body(b'{"resourceType": 1}'), Failure.ERROR),
        (faults.body(b'{"resourceType": "Patient"}'), Failure.ERROR),
        (faults.body(b'{"resourceType": "Bundle", "entry": ['), Failure.ERROR),
        (faults.body(b"[" * 90_000), Failure.ERROR),
        (faults.body(b'{"x":' * 15_000), Failure.ERROR),
        (faults.body(b'{"resourceType": "Bundle", "x": "\xff"}'), Failure.ERROR),
        (
            faults.body(b"<Bundle xmlns='http://hl7.org/fhir'/>", "application/fhir+xml"),
            Failure.ERROR,
        ),
        (faults.redirect("/fhir/Patient/p1"), Failure.REFUSED),
        (faults.half, Failure.ERROR),
        (faults.reset, Failure.ERROR),
        (faults.endless, Failure.ERROR),
        (faults.bomb, Failure.ERROR),
    ),
)
def test_a_server_that_fails_is_told_apart_from_one_that_has_nothing(
    client: FhirClient, stub: FhirStub, fault: Any, failure: Failure
):
    stub.misbehave("/Observation", fault)
    answer, patient = fetch(client, stub, [OBSERVATIONS, want("Patient/p1", "Patient")])
    assert (answer.documents, answer.failure) == ((), failure)
    assert ids(patient) == ["p1"]


def test_a_server_that_is_not_there_is_told_as_such(client: FhirClient, stub: FhirStub):
    gone = FhirStub()
    gone.__enter__()
    gone.__exit__()
    (answer,) = fetch(client, gone, OBSERVATIONS)
    assert answer.failure is Failure.NO_CONNECTION


def test_a_read_of_what_is_not_there_gives_no_document(client: FhirClient, stub: FhirStub):
    (answer,) = fetch(client, stub, want("Organization/none", "Organization"))
    assert (answer.documents, answer.failure) == ((), Failure.ERROR)


@pytest.mark.parametrize("fault", (faults.status(500), faults.status(403), faults.html()))
def test_pages_that_came_before_a_failure_are_kept(client: FhirClient, stub: FhirStub, fault: Any):
    stub.misbehave("/Observation?patient=p1&_page=1", fault)
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert (ids(answer), answer.failure) == (["ob0", "ob1"], Failure.PARTIAL)


def test_pages_that_lead_in_a_circle_end(client: FhirClient, stub: FhirStub):
    stub.misbehave("/Observation", faults.next_page(stub.base + "/Observation?patient=p1"))
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert answer.failure is Failure.PARTIAL
    assert len(stub.seen) == 1


def test_more_pages_than_the_limit_are_not_fetched(client: FhirClient, stub: FhirStub):
    stub.page_size = 1
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert (len(answer.documents), answer.failure) == (5, None)
    stub.hold({"resourceType": "Observation", "id": "ob5", "subject": {"reference": "Patient/p1"}})
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert (len(answer.documents), answer.failure) == (5, Failure.PARTIAL)


def test_more_bytes_than_a_call_may_take_are_not_kept(client: FhirClient, stub: FhirStub):
    page = json.dumps({"resourceType": "Bundle", "x": "x" * 90_000}).encode()
    stub.misbehave("/Observation", faults.body(page))
    answers = fetch(client, stub, [OBSERVATIONS] * 4)
    assert sum(len(document) for one in answers for document in one.documents) <= 250_000
    assert sorted(str(one.failure) for one in answers).count("None") == 2


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    client: FhirClient, stub: FhirStub
):
    once = iter([faults.reset])

    def breaks_once(handler: Any) -> None:
        for fault in once:
            fault(handler)
            return
        status, resource = stub.answer(handler.path)
        handler.reply(status, json.dumps(resource).encode())

    stub.misbehave("/Patient/p1", breaks_once)
    (patient,) = fetch(client, stub, want("Patient/p1", "Patient"))
    assert ids(patient) == ["p1"]


@pytest.mark.parametrize("fault", (faults.stall, faults.trickle, faults.trickle_headers))
def test_at_the_deadline_the_answer_stands_and_the_threads_end(
    client: FhirClient, stub: FhirStub, fault: Any
):
    stub.misbehave("/Observation", fault)
    started = time.monotonic()
    *slow, patient = fetch(
        client, stub, [OBSERVATIONS] * 30 + [want("Patient/p1", "Patient")], seconds=0.4
    )
    assert time.monotonic() - started < 2
    assert {one.failure for one in slow} == {Failure.TOO_SLOW}
    assert ids(patient) == ["p1"]
    assert _threads_left(within=5.0) == 0


def test_a_name_that_is_looked_up_for_long_holds_up_no_answer(
    client: FhirClient, stub: FhirStub, monkeypatch: pytest.MonkeyPatch
):
    looked_up = threading.Event()

    def slow(*_: Any, **__: Any) -> Any:
        looked_up.wait(5)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    started = time.monotonic()
    (answer,) = fetch(client, stub, OBSERVATIONS, seconds=0.3)
    assert time.monotonic() - started < 2
    assert answer.failure is Failure.TOO_SLOW
    looked_up.set()


def test_pages_that_came_before_the_deadline_are_kept(client: FhirClient, stub: FhirStub):
    stub.misbehave("/Observation?patient=p1&_page=1", faults.stall)
    (answer,) = fetch(client, stub, OBSERVATIONS, seconds=0.4)
    assert (ids(answer), answer.failure) == (["ob0", "ob1"], Failure.PARTIAL)


def test_the_deadline_is_of_the_call_not_of_each_fetch(client: FhirClient, stub: FhirStub):
    stub.misbehave("/Observation", faults.stall)
    access = FhirAccess(server=stub.base, token=CANARY)
    fetcher = client.fetcher(access, servers=[stub.base], seconds=0.3, allow_private=True)
    fetcher.fetch([OBSERVATIONS])
    started = time.monotonic()
    (answer,) = fetcher.fetch([want("Patient/p1", "Patient")])
    assert time.monotonic() - started < 0.1
    assert answer.failure is Failure.TOO_SLOW


def test_a_server_that_stalls_takes_nothing_from_another(client: FhirClient, stub: FhirStub):
    with FhirStub() as stalled:
        stalled.misbehave("/", faults.stall)
        others = [
            threading.Thread(
                target=fetch, args=(client, stalled, [OBSERVATIONS] * 22), kwargs={"seconds": 1.0}
            )
            for _ in range(6)
        ]
        for other in others:
            other.start()
        started = time.monotonic()
        (patient,) = fetch(client, stub, want("Patient/p1", "Patient"))
        assert time.monotonic() - started < 0.8
        assert ids(patient) == ["p1"]
        for other in others:
            other.join()


def test_reads_are_made_side_by_side(client: FhirClient, stub: FhirStub):
    stub.latency = 0.1
    started = time.monotonic()
    answers = fetch(client, stub, [want("Patient/p1", "Patient")] * 22)
    assert time.monotonic() - started < 1.1  # one after another: 2.2
    assert {one.failure for one in answers} == {None}


def test_after_the_client_was_closed_other_calls_still_end(stub: FhirStub):
    client = FhirClient()
    client.close()
    (answer,) = fetch(client, stub, want("Patient/p1", "Patient"))
    client.close()
    assert answer.key == "k"


def _threads_left(*, within: float) -> int:
    """Threads of fetches still there after some seconds."""
    until = time.monotonic() + within
    left = 1
    while left and time.monotonic() < until:
        left = sum(thread.name.startswith("fhir") for thread in threading.enumerate())
        time.sleep(0.01)
    return left


def test_calls_that_wait_for_a_server_leave_threads_to_others(stub: FhirStub):
    """Beyond a number of them none waits: it is told at once that nothing came."""
    client = FhirClient(limits=Limits(calls=2))
    stub.misbehave("/Observation", faults.stall)
    waiting = [
        threading.Thread(target=fetch, args=(client, stub, [OBSERVATIONS]), kwargs={"seconds": 0.6})
        for _ in range(2)
    ]
    for thread in waiting:
        thread.start()
    while len(stub.seen) < 2:
        time.sleep(0.005)
    started = time.monotonic()
    (answer,) = fetch(client, stub, [want("Patient/p1", "Patient")])
    assert (answer.documents, answer.failure) == ((), Failure.TOO_SLOW)
    assert time.monotonic() - started < 0.3
    for thread in waiting:
        thread.join()
    (answer,) = fetch(client, stub, [want("Patient/p1", "Patient")])
    assert ids(answer) == ["p1"]
    client.close()
