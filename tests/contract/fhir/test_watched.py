"""What an operator sees of the FHIR endpoint: a line of the log and a count for each request."""

from __future__ import annotations

from tests.contract.conftest import Service


def test_a_request_is_logged_and_counted_without_what_it_was_about(service: Service):
    answer = service.get("/fhir/Patient?name=Canary-7f3")
    assert answer.status == 200
    line = service.logged("fhir")[-1]
    assert (line["interaction"], line["type"], line["status"]) == ("search-type", "Patient", 200)
    assert "Canary" not in service.log.read_text(encoding="utf-8")
    counts = service.get("/metrics").body.decode()
    assert 'interaction="search-type",status="200",type="Patient"' in counts


def test_what_is_refused_is_counted_too(service: Service):
    assert service.get("/fhir/Nothing").status == 404
    assert service.logged("fhir")[-1]["status"] == 404
