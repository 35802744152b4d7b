"""Neither a call nor a server can send the token elsewhere."""

from __future__ import annotations

import pytest

from adapter.fhir_client.fetching import FhirClient
from cds_hooks.host import Failure, FhirAccess
from tests.fhir_stub import FhirStub, faults
from tests.unit.adapter.fhir_client.asking import CANARY, OBSERVATIONS, fetch, ids, want


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
