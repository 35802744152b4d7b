"""Pages of other origins, and OPTIONS."""

from __future__ import annotations

from tests.contract.fhir.conftest import Fhir, patient, told

ORIGIN = "http://localhost:3000"


def test_a_browser_is_told_what_it_may_send(fhir: Fhir):
    """Before it writes; a page of another origin is refused."""
    asked = {"Access_Control_Request_Method": "PATCH", "Origin": ORIGIN}
    answer = fhir("OPTIONS", "Patient/1", **asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    for name in ("If-Match", "If-None-Exist", "Prefer", "Idempotency-Key"):
        assert name in answer.headers["access-control-allow-headers"]
    refused = fhir("OPTIONS", "Patient/1", **asked | {"Origin": "https://evil.example"})
    told(refused, 403, "forbidden")
    assert "access-control-allow-origin" not in refused.headers


def test_a_page_may_read_what_it_asked_for(fhir: Fhir):
    """With the headers that tell versions and addresses; an error too."""
    for answer in (
        fhir("POST", "Patient", patient("Page"), Origin=ORIGIN),
        fhir.get("Patient/none", Origin=ORIGIN),
        fhir.get("metadata", Origin=ORIGIN),
    ):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        for name in ("ETag", "Location"):
            assert name in answer.headers["access-control-expose-headers"]
        assert {"Accept", "Accept-Encoding", "Origin"} <= set(answer.headers["vary"].split(", "))
    other = fhir.get("metadata", Origin="https://evil.example")
    assert "access-control-allow-origin" not in other.headers


def test_options_lists_the_methods_of_an_address(fhir: Fhir):
    """For who is no browser."""
    for path, allow in (
        ("", "GET, HEAD, OPTIONS, POST"),
        ("metadata", "GET, HEAD, OPTIONS"),
        ("Patient", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("AuditEvent", "GET, HEAD, OPTIONS"),
        ("Patient/1/_history", "GET, HEAD, OPTIONS"),
        ("$ecm-eligibility", "GET, HEAD, OPTIONS, POST"),
    ):
        answer = fhir("OPTIONS", path)
        assert (answer.status, answer.headers["allow"]) == (204, allow), path
    told(fhir("OPTIONS", "Nope"), 404, "not-supported")


def test_every_answer_forbids_guessing_and_keeping(fhir: Fhir):
    """No browser guesses at its type, no cache keeps it."""
    for answer in (fhir.get("Patient"), fhir.get("Nope"), fhir.get("Patient/none")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
