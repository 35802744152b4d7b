"""What a prefetch lacks is fetched from the client's FHIR server; what cannot be had is said."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from adapter.samples import sample
from tests.contract.calls import INSTANCE, the_card
from tests.contract.conftest import Service, start_service, stop
from tests.contract.test_errors import assert_told
from tests.fhir_stub import faults
from tests.fhir_stub.server import Fault, FhirStub

Call = dict[str, Any]
TOKEN = "Zzyzx-access-token"
NAME = "five-emergency-visits"


class Ehr:
    """A FHIR server for one test at the address the service was told of."""

    def __init__(self, stub: FhirStub, service: Service, today: date) -> None:
        self.stub, self.service = stub, service
        self.patient = f"sample-{NAME}"
        stub.hold(sample(NAME, today).bundle)

    def call(self, **changes: Any) -> Call:
        made = {
            "hook": "patient-view",
            "hookInstance": INSTANCE,
            "fhirServer": self.stub.base,
            "fhirAuthorization": {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "user/*.rs",
                "subject": "ecm",
            },
            "context": {"userId": "Practitioner/1", "patientId": self.patient},
        }
        return made | changes


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Service, int]]:
    """A service that may fetch from a FHIR server on a port of this machine, within a second."""
    with FhirStub() as stub:
        port = stub.port
    service = start_service(
        ECM_FHIR_SERVERS=f"http://127.0.0.1:{port}/fhir", ECM_DEADLINE_SECONDS="1"
    )
    yield service, port
    is_alive, log = service.process.poll() is None, service.log.read_text()
    stop(service)
    assert is_alive
    assert TOKEN not in log
    assert f"sample-{NAME}" not in log


@pytest.fixture
def ehr(running: tuple[Service, int], today: date) -> Iterator[Ehr]:
    """The FHIR server, with the record of one sample patient."""
    service, port = running
    with FhirStub(page_size=3, port=port) as stub:
        yield Ehr(stub, service, today)


@pytest.mark.requirement("cds-hooks_2.0@34", "cds-hooks_2.0@60", "cds-hooks_2.0@61")
def test_without_any_prefetch_everything_is_fetched(ehr: Ehr):
    """The card is that of a full prefetch; every read bears the token."""
    card = the_card(ehr.service.call(ehr.call()))
    assert card["summary"] == "May qualify for Enhanced Care Management (ECM): criteria are met"
    assert "At least 5 counted" in card["detail"], "the second page of encounters is read too"
    assert "Not seen" not in card["detail"]
    assert "Oddities" not in card["detail"], "pages that were followed are whole"
    assert {one.headers["authorization"] for one in ehr.stub.seen} == {f"Bearer {TOKEN}"}


@pytest.mark.requirement("cds-hooks_2.0@49", "cds-hooks_2.0@51")
def test_only_what_is_missing_is_fetched(ehr: Ehr, today: date):
    """The Patient came along, and null says that there are no flags: neither is asked for."""
    patient = next(
        entry["resource"]
        for entry in sample(NAME, today).bundle["entry"]
        if entry["resource"]["resourceType"] == "Patient"
    )
    the_card(ehr.service.call(ehr.call(prefetch={"patient": patient, "flags": None})))
    asked = [re.split(r"[/?]", one.target.removeprefix("/fhir/"))[0] for one in ehr.stub.seen]
    assert "Encounter" in asked
    assert "Patient" not in asked
    assert "Flag" not in asked


@pytest.mark.requirement("cds-hooks_2.0@48")
def test_the_next_page_of_a_prefetched_bundle_is_followed(ehr: Ehr):
    """A client sent the first page of the encounters: the rest is read from where it says."""
    _, first = ehr.stub.answer(f"/fhir/Encounter?patient={ehr.patient}&_count=3")
    assert len(first["entry"]) == 3
    card = the_card(ehr.service.call(ehr.call(prefetch={"encounters": first})))
    assert "At least 5 counted" in card["detail"]
    encounters = [one.target for one in ehr.stub.seen if "/Encounter?" in one.target]
    assert encounters
    assert all("_page=" in one for one in encounters), "the first page is not read again"


@pytest.mark.requirement("cds-hooks_2.0@48")
@pytest.mark.parametrize("key", ("encounters", "visits"))
def test_a_first_page_that_does_not_say_where_the_next_is_is_asked_for_anew(ehr: Ehr, key: str):
    """All encounters are read, and none counts twice."""
    _, first = ehr.stub.answer(f"/fhir/Encounter?patient={ehr.patient}&_count=3")
    first["link"] = [{"relation": "next"}]
    card = the_card(ehr.service.call(ehr.call(prefetch={key: first})))
    assert "At least 5 counted" in card["detail"]
    assert "Not seen" not in card["detail"]


@pytest.mark.requirement("cds-hooks_2.0@50", "cds-hooks_2.0@52")
def test_an_error_in_the_prefetch_is_mended_by_fetching(ehr: Ehr):
    """The client's own query failed; the server answers the service."""
    broken = {"encounters": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}
    card = the_card(ehr.service.call(ehr.call(prefetch=broken)))
    assert "At least 5 counted" in card["detail"]


@pytest.mark.parametrize(
    ("fault", "said"),
    (
        (faults.status(500), "answered with an error"),
        (faults.status(404), "answered with an error"),
        (faults.html(), "answered with an error"),
        (faults.status(401), "token does not allow it"),
        (faults.status(403), "token does not allow it"),
        (faults.redirect("http://127.0.0.1:1/elsewhere"), "not one this client may name"),
        (faults.stall, "did not answer in time"),
        (faults.trickle, "did not answer in time"),
    ),
    ids=("500", "404", "html", "401", "403", "redirect", "stall", "trickle"),
)
def test_what_could_not_be_fetched_is_unknown_and_said(ehr: Ehr, fault: Fault, said: str):
    """Coverage cannot be had: membership is to be checked, the rest of the advice stands."""
    ehr.stub.misbehave("/Coverage", fault)
    started = time.monotonic()
    card = the_card(ehr.service.call(ehr.call()))
    assert time.monotonic() - started < 2.5, "the deadline of the call is a second"
    assert re.search(rf"coverages \([^)]*{said}", card["detail"]), card["detail"]
    assert "Oddities" not in card["detail"], "a gap is told once"
    assert "Check membership" in card["detail"]
    assert card["source"]["topic"]["code"] == "ecmEligible"


def test_a_scope_that_does_not_cover_a_type_spares_the_question(ehr: Ehr):
    """The token is for the Patient alone: nothing else is asked for, and the rest is unknown."""
    call = ehr.call()
    call["fhirAuthorization"]["scope"] = "user/Patient.rs user/Encounter.read"
    card = the_card(ehr.service.call(call))
    assert "coverages (the access token does not allow it)" in card["detail"]
    assert {re.split(r"[/?]", one.target.removeprefix("/fhir/"))[0] for one in ehr.stub.seen} == {
        "Patient",
        "Encounter",
    }


@pytest.mark.requirement("cds-hooks_2.0@54")
def test_without_the_patient_there_is_no_answer(ehr: Ehr):
    """412 with the key, the query, and why fetching failed."""
    ehr.stub.misbehave("/Patient", faults.status(500))
    issue = assert_told(ehr.service.call(ehr.call()), 412, "required")
    assert "Patient/{{context.patientId}}" in issue["diagnostics"]
    assert "answered with an error" in issue["diagnostics"]


def test_another_server_is_never_asked(ehr: Ehr, today: date):
    """A `fhirServer` that is not allowed, or looks like one that is: zero connections."""
    with FhirStub() as other:
        other.hold(sample(NAME, today).bundle)
        for server in (
            other.base,
            f"http://127.0.0.1:{ehr.stub.port}@127.0.0.1:{other.port}/fhir",
            f"http://127.0.0.1:{ehr.stub.port}.example.org/fhir",
            f"http://localhost:{other.port}/fhir",
            "file:///etc/passwd",
            "http://169.254.169.254/latest",
        ):
            issue = assert_told(ehr.service.call(ehr.call(fhirServer=server)), 412, "required")
            assert "not one this client may name" in issue["diagnostics"]
        assert other.connections == 0
    assert ehr.stub.connections == 0


def test_the_token_goes_to_no_other_host(ehr: Ehr):
    """Next pages and payors elsewhere are not read; the card says that something is missing."""
    with FhirStub() as sink:
        ehr.stub.misbehave(
            "/Encounter", faults.next_page(f"{sink.base}/Encounter?p=2", "Encounter")
        )
        ehr.stub.misbehave("/Condition", faults.redirect(f"{sink.base}/Condition"))
        answer = ehr.service.call(ehr.call())
        assert answer.status == 200
        assert sink.connections == 0


def test_a_payor_given_by_reference_is_looked_up(ehr: Ehr, today: date):
    """The Coverage names its plan by reference only: the Organization settles the membership."""
    bundle = sample(NAME, today).bundle
    (coverage,) = [
        dict(entry["resource"])
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Coverage"
    ]
    coverage["payor"] = [{"reference": "Organization/plan"}]
    ehr.stub.hold(
        coverage,
        {
            "resourceType": "Organization",
            "id": "plan",
            "name": "Partnership HealthPlan of California",
        },
    )
    card = the_card(ehr.service.call(ehr.call()))
    assert "Plan: Partnership HealthPlan of California" in card["detail"]
    assert "Check membership" not in card["detail"]
    assert any("/Organization/plan" in one.target for one in ehr.stub.seen)


def test_null_in_place_of_the_patient_is_not_believed(ehr: Ehr):
    """There is a patient, so null tells of a query that failed: the Patient is fetched."""
    card = the_card(ehr.service.call(ehr.call(prefetch={"patient": None})))
    assert card["source"]["topic"]["code"] == "ecmEligible"


def test_a_call_without_an_answer_is_logged_with_what_it_lacks(ehr: Ehr):
    """The log of a 412 says how much was asked for and not had."""
    ehr.stub.misbehave("/", faults.status(500))
    assert_told(ehr.service.call(ehr.call()), 412, "required")
    line = ehr.service.logged("call")[-1]
    assert line["status"] == 412
    assert line["fetched"] == line["notHad"] > 5
