"""What a call did not bring is read from its server: in time or not at all, and nowhere else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adapter.fhir_client.fetching import FhirClient, Limits
from cds_hooks.host import Failure, Fetch, Fetched, FhirAccess
from tests.fhir_stub import FhirStub, faults

CANARY = "canary-token-7f3a"
SMALL = Limits(pages=5, document_bytes=100_000, call_bytes=250_000)


@pytest.fixture(scope="module")
def client() -> Iterator[FhirClient]:
    opened = FhirClient(limits=SMALL)
    yield opened
    opened.close()


@pytest.fixture
def stub() -> Iterator[FhirStub]:
    with FhirStub(page_size=2) as server:
        server.hold(
            {"resourceType": "Patient", "id": "p1"},
            {"resourceType": "Organization", "id": "o1"},
            *(
                {
                    "resourceType": "Observation",
                    "id": f"ob{n}",
                    "subject": {"reference": "Patient/p1"},
                }
                for n in range(5)
            ),
            {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}},
        )
        yield server


@pytest.fixture
def sink() -> Iterator[FhirStub]:
    """Another server, which no client may name."""
    with FhirStub() as server:
        yield server


def fetch(
    client: FhirClient,
    stub: FhirStub,
    wanted: Sequence[Fetch] | Fetch,
    *,
    seconds: float = 2.0,
    token: str = CANARY,
    scope: str = "",
    server: str | None = None,
) -> tuple[Fetched, ...]:
    """What comes of `wanted` from the stub's server."""
    access = FhirAccess(server=stub.base if server is None else server, token=token, scope=scope)
    fetcher = client.fetcher(access, servers=[stub.base], seconds=seconds, allow_private=True)
    return fetcher.fetch([wanted] if isinstance(wanted, Fetch) else wanted)


def want(query: str, resource_type: str = "Observation", key: str = "k") -> Fetch:
    return Fetch(key=key, resource_type=resource_type, query=query)


def ids(fetched: Fetched) -> list[str]:
    """Ids of what came, through Bundles."""
    found: list[str] = []
    for document in fetched.documents:
        resource = json.loads(document)
        entries = resource.get("entry", []) if resource["resourceType"] == "Bundle" else None
        found += [resource["id"]] if entries is None else [e["resource"]["id"] for e in entries]
    return found


OBSERVATIONS = want("Observation?patient=p1")


@pytest.mark.requirement("cds-hooks_2.0@34", "cds-hooks_2.0@60")
def test_a_resource_and_every_page_of_a_search_come_in_the_order_asked_for(
    client: FhirClient, stub: FhirStub
):
    patient, observations, conditions = fetch(
        client,
        stub,
        [
            want("Patient/p1", "Patient", "patient"),
            want("Observation?patient=p1&_count=2", key="observations"),
            want("Condition?patient=Patient/p1", "Condition", "conditions"),
        ],
    )
    assert (patient.key, ids(patient), patient.failure) == ("patient", ["p1"], None)
    assert ids(observations) == ["ob0", "ob1", "ob2", "ob3", "ob4"]
    assert len(observations.documents) == 3
    assert observations.failure is None
    assert (conditions.key, ids(conditions)) == ("conditions", ["c1"])


@pytest.mark.requirement("cds-hooks_2.0@61")
def test_the_token_goes_along_with_each_call(client: FhirClient, stub: FhirStub):
    fetch(client, stub, [OBSERVATIONS, want("Patient/p1", "Patient")])
    assert len(stub.seen) == 4
    assert {one.headers["authorization"] for one in stub.seen} == {f"Bearer {CANARY}"}
    assert {one.headers["accept"] for one in stub.seen} == {"application/fhir+json"}


def test_without_a_token_none_is_made_up(client: FhirClient, stub: FhirStub):
    (patient,) = fetch(client, stub, want("Patient/p1", "Patient"), token="")
    assert patient.failure is None
    assert "authorization" not in stub.seen[0].headers


@pytest.mark.parametrize("token", ("two words", "line\r\nX-Evil: 1", "ümlaut", "nul\x00"))
def test_a_token_that_fits_no_header_is_sent_nowhere(
    client: FhirClient, stub: FhirStub, token: str
):
    (answer,) = fetch(client, stub, OBSERVATIONS, token=token)
    assert answer.failure is Failure.NOT_AUTHORIZED
    assert stub.connections == 0


def test_a_search_that_finds_nothing_is_an_answer(client: FhirClient, stub: FhirStub):
    (coverage,) = fetch(client, stub, want("Coverage?patient=p1", "Coverage"))
    assert coverage.failure is None
    assert len(coverage.documents) == 1


def test_nothing_wanted_is_nothing_fetched(client: FhirClient, stub: FhirStub):
    assert fetch(client, stub, []) == ()
    assert stub.connections == 0


def test_codes_with_their_system_reach_the_server_as_written(client: FhirClient, stub: FhirStub):
    fetch(client, stub, want("Observation?patient=p1&code=http://loinc.org|71802-3,http://l|1"))
    assert "code=http://loinc.org%7C71802-3,http://l%7C1" in stub.seen[0].target


def test_a_byte_order_mark_before_the_document_does_not_matter(client: FhirClient, stub: FhirStub):
    stub.misbehave("/Patient/", faults.body(b'\xef\xbb\xbf{"resourceType": "Patient", "id": "p1"}'))
    (patient,) = fetch(client, stub, want("Patient/p1", "Patient"))
    assert ids(patient) == ["p1"]


# --- what goes wrong ----------------------------------------------------------------------------


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


def test_a_server_that_is_not_there_is_an_error(client: FhirClient, stub: FhirStub):
    gone = FhirStub()
    gone.__enter__()
    gone.__exit__()
    (answer,) = fetch(client, gone, OBSERVATIONS)
    assert answer.failure is Failure.ERROR


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


# --- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", (faults.stall, faults.trickle, faults.trickle_headers))
def test_at_the_deadline_the_answer_stands_and_the_threads_end(
    client: FhirClient, stub: FhirStub, fault: Any
):
    stub.misbehave("/Observation", fault)
    started = time.monotonic()
    *slow, patient = fetch(
        client, stub, [OBSERVATIONS] * 30 + [want("Patient/p1", "Patient")], seconds=0.4
    )
    assert time.monotonic() - started < 0.7
    assert {one.failure for one in slow} == {Failure.TOO_SLOW}
    assert ids(patient) == ["p1"]
    assert _threads_left(within=1.0) == 0


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


# --- nowhere else -------------------------------------------------------------------------------


def test_a_server_that_is_not_registered_is_not_called(
    client: FhirClient, stub: FhirStub, sink: FhirStub
):
    for server in (sink.base, stub.base + "x", stub.base.replace("127.0.0.1", "127.0.0.2"), ""):
        (answer,) = fetch(client, stub, OBSERVATIONS, server=server)
        assert answer.failure is Failure.REFUSED
    assert (stub.connections, sink.connections) == (0, 0)


def test_a_registered_name_that_leads_to_a_private_address_is_not_called(
    client: FhirClient, stub: FhirStub
):
    access = FhirAccess(server=stub.base, token=CANARY)
    fetcher = client.fetcher(access, servers=[stub.base], seconds=1)
    assert fetcher.fetch([OBSERVATIONS])[0].failure is Failure.REFUSED
    assert stub.connections == 0


def test_a_query_that_leads_elsewhere_is_not_called(
    client: FhirClient, stub: FhirStub, sink: FhirStub
):
    elsewhere = (
        sink.base + "/Observation?patient=p1",
        f"//127.0.0.1:{sink.port}/fhir/Observation",
        f"http://127.0.0.1:{stub.port}@127.0.0.1:{sink.port}/fhir/Observation",
        stub.base.replace("/fhir", "/admin"),
        "../admin",
        "%2e%2e/admin",
        "{{context.encounterId}}",
    )
    answers = fetch(client, stub, [want(query) for query in elsewhere])
    assert {one.failure for one in answers} == {Failure.REFUSED}
    assert (stub.connections, sink.connections) == (0, 0)


def test_the_token_is_never_seen_by_another_server(
    client: FhirClient, stub: FhirStub, sink: FhirStub
):
    there = sink.base + "/Observation?patient=p1"
    for n, link in enumerate(
        (
            there,
            f"//127.0.0.1:{sink.port}/fhir/Observation",
            f"http://127.0.0.1:{stub.port}@127.0.0.1:{sink.port}/fhir/x",
            f"http://127.0.0.1:{stub.port}\\@127.0.0.1:{sink.port}/fhir/x",
            stub.base.replace("/fhir", ":80@") + "x",
        )
    ):
        stub.misbehave(f"/Observation?next={n}&", faults.next_page(link))
        (answer,) = fetch(client, stub, want(f"Observation?next={n}&patient=p1"))
        assert (ids(answer), answer.failure) == (["first"], Failure.PARTIAL)
    stub.misbehave("/Condition", faults.redirect(there))
    (answer,) = fetch(client, stub, want("Condition?patient=p1", "Condition"))
    assert answer.failure is Failure.REFUSED
    assert sink.connections == 0


def test_a_next_page_outside_the_base_is_not_called(client: FhirClient, stub: FhirStub):
    stub.misbehave("/Observation", faults.next_page(stub.base.replace("/fhir", "/admin")))
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert answer.failure is Failure.PARTIAL
    assert len(stub.seen) == 1


@pytest.mark.parametrize("link", ("?next=2", "Observation?next=2", "/fhir/Observation?next=2"))
def test_a_next_page_may_be_told_by_a_relative_link(client: FhirClient, stub: FhirStub, link: str):
    stub.misbehave("/Observation?patient", faults.next_page(link))
    (answer,) = fetch(client, stub, OBSERVATIONS)
    assert (len(answer.documents), answer.failure) == (3 + 1, None)


def test_the_next_page_of_a_prefetched_bundle_is_read_where_it_says(
    client: FhirClient, stub: FhirStub
):
    (answer,) = fetch(client, stub, want(stub.base + "/Observation?patient=p1&_page=2"))
    assert (ids(answer), answer.failure) == (["ob4"], None)


# --- scopes -------------------------------------------------------------------------------------


def test_what_the_scopes_do_not_cover_is_not_asked_for(client: FhirClient, stub: FhirStub):
    observations, patient = fetch(
        client, stub, [OBSERVATIONS, want("Patient/p1", "Patient")], scope="user/Patient.r"
    )
    assert observations.failure is Failure.NOT_AUTHORIZED
    assert patient.failure is None
    assert [one.target for one in stub.seen] == ["/fhir/Patient/p1"]


def test_what_the_scopes_cover_in_part_is_told_as_a_part(client: FhirClient, stub: FhirStub):
    (answer,) = fetch(
        client, stub, OBSERVATIONS, scope="patient/Observation.rs?category=laboratory"
    )
    assert (len(answer.documents), answer.failure) == (3, Failure.PARTIAL)


def _threads_left(*, within: float) -> int:
    """Threads of fetches still there after some seconds."""
    until = time.monotonic() + within
    left = 1
    while left and time.monotonic() < until:
        left = sum(thread.name.startswith("fhir") for thread in threading.enumerate())
        time.sleep(0.01)
    return left
