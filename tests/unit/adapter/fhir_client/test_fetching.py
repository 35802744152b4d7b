"""What a call did not bring is read from its server, as far as its token goes."""

from __future__ import annotations

import pytest

from adapter.fhir_client.fetching import FhirClient
from cds_hooks.host import Failure
from tests.fhir_stub import FhirStub, faults
from tests.unit.adapter.fhir_client.asking import CANARY, OBSERVATIONS, fetch, ids, want


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
