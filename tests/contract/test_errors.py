"""Every refusal: the right status, an OperationOutcome, nothing of the request in it."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import Any

import pytest

from adapter.samples import hook_request, sample
from tests.contract.conftest import Answer, Service

JSON = {"Content-Type": "application/json"}
PATH = "/cds-services/ecm-patient-view"
CANARY = "Zzyzx-Canary-4711"


def call(**changes: Any) -> dict[str, Any]:
    made = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {"patient": {"resourceType": "Patient", "id": "p1"}},
    }
    return made | changes


def assert_told(answer: Answer, status: int, issue_type: str) -> dict[str, Any]:
    """The one shape of an error; gives its issue."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    outcome = answer.json
    assert outcome.keys() == {"resourceType", "issue"}
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    assert issue["code"] == issue_type
    assert issue["diagnostics"]
    text = answer.body.decode()
    assert CANARY not in text
    assert "Traceback" not in text
    assert ".py" not in text
    found: dict[str, Any] = issue
    return found


@pytest.mark.requirement("cds-hooks_2.0@18", "cds-hooks_2.0@76")
def test_another_hook_is_refused(service: Service):
    """400: the service answers one hook."""
    issue = assert_told(service.call(call(hook="order-sign")), 400, "value")
    assert issue["expression"] == ["hook"]


def test_an_unknown_service_is_not_found(service: Service):
    """404, before the body is looked at."""
    assert_told(service.call(call(), service=CANARY), 404, "not-found")
    assert_told(service.call(b"{", service="other"), 404, "not-found")


def test_an_unknown_address_is_not_found(service: Service):
    """404 with the same shape, not a web page."""
    assert_told(service.get(f"/{CANARY}"), 404, "not-found")
    assert_told(service.get(f"/samples/{CANARY}"), 404, "not-found")
    assert_told(service.get(f"/samples/{CANARY}/card"), 404, "not-found")
    assert_told(service.get("/static/../app.py"), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    (
        ("GET", PATH, "POST"),
        ("PUT", PATH, "POST"),
        ("DELETE", PATH, "POST"),
        ("POST", "/cds-services", "GET"),
        ("POST", "/", "GET"),
    ),
)
def test_another_method_is_refused(service: Service, method: str, path: str, allowed: str):
    """405 with the methods there are."""
    answer = service.request(method, path, b"{}", JSON)
    assert_told(answer, 405, "not-supported")
    assert allowed in answer.headers["allow"]


@pytest.mark.requirement("cds-hooks_2.0@1")
@pytest.mark.parametrize(
    "headers",
    (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ),
)
def test_another_content_type_is_refused(service: Service, headers: dict[str, str]):
    """415 for what is not plain JSON in UTF-8; nothing is decompressed."""
    body = json.dumps(call()).encode()
    if "Content-Encoding" in headers:
        body = gzip.compress(body)
    assert_told(service.request("POST", PATH, body, headers), 415, "not-supported")


def test_json_with_a_charset_or_as_fhir_is_accepted(service: Service):
    """Clients write the type in several ways."""
    body = json.dumps(call()).encode()
    for written in ("application/json; charset=UTF-8", "application/fhir+json", "Application/JSON"):
        answer = service.request("POST", PATH, body, {"Content-Type": written})
        assert answer.status == 200, answer.body


@pytest.mark.requirement("cds-hooks_2.0@1", "cds-hooks_2.0@19", "cds-hooks_2.0@22")
@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"{",
        b"null",
        b"[]",
        b"NaN",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b'{"hook":"patient-view","hook":',
        b"[" * 200_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"hook":"patient-view","hookInstance":"\\ud800","context":{"patientId":"p1"}}',
        b'{"hook":"patient-view","hookInstance":"x","context":{"patientId":"\\u0000"}}',
        b'{"hook":"patient-view","hookInstance":"x","context":{"patientId":NaN}}',
        b'{"hook":"patient-view","hookInstance":"x","context":{"patientId":1e999}}',
        b'{"hook":"patient-view","hookInstance":"x"}',
        b'{"hook":"patient-view","context":{"patientId":"p1"}}',
        b'{"hookInstance":"x","context":{"patientId":"p1"}}',
    ),
    ids=range(18),
)
def test_a_malformed_call_is_refused(service: Service, body: bytes):
    """400, never 200, 500 or a dead process."""
    assert_told(service.call(body), 400, "structure")


PATIENT = b'{"resourceType":"Patient","id":"p1","birthDate":"1980-01-01"}'


@pytest.mark.parametrize(
    "value",
    (
        b"9" * 100_000,
        b"1e999999",
        b"-0.0e-999",
        b'"\\u0000"',
        b'"\\ud83d\\ude00"',
        b"[" * 500 + b"]" * 500,
        b'{"resourceType":"Encounter","period":{"start":' + b"9" * 5000 + b"}}",
        b'{"resourceType":"Encounter","status":"\\u0000","period":{"start":"0000-00-00"}}',
        b'{"resourceType":"Observation","valueInteger":' + b"9" * 5000 + b"}",
        b'{"resourceType":"Observation","valueInteger":1e400}',
        b'{"resourceType":"Condition","code":{"coding":[null,1,"x",{"system":3}]}}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Bundle","entry":[]}}]}',
        b'{"resourceType":["Encounter"]}',
        b'{"resourceType":"' + b"E" * 100_000 + b'"}',
        b'"<html><body>HTTP Status 500</body></html>"',
        b'{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}',
        b"[null,null,{}]",
        b"true",
    ),
    ids=range(18),
)
def test_odd_data_beside_the_patient_never_fails_the_call(service: Service, value: bytes):
    """Legal JSON that is no FHIR is left out; the answer stays 200, and no silence hides it."""
    answer = service.call(
        b'{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",'
        b'"context":{"userId":"Practitioner/1","patientId":"p1"},'
        b'"prefetch":{"patient":' + PATIENT + b',"encounters":' + value + b"}}"
    )
    assert answer.status == 200, answer.body
    topics = [card["source"]["topic"]["code"] for card in answer.json["cards"]]
    assert topics in ([], ["ecmNotChecked"])


def test_a_body_that_is_too_large_is_refused(service: Service):
    """413 beyond 20 MB; the next call is answered."""
    body = b'{"prefetch":"' + b"x" * (21 * 1024 * 1024) + b'"}'
    assert_told(service.call(body), 413, "too-long")
    assert_told(service.call_in_chunks(body), 413, "too-long")
    assert service.call(call()).status == 200


@pytest.mark.requirement("cds-hooks_2.0@54", "cds-hooks_2.0@51")
@pytest.mark.parametrize(
    "changes",
    (
        {"prefetch": ...},
        {"prefetch": None},
        {"prefetch": {}},
        {"prefetch": {"patient": None}},
        {"prefetch": {"patient": "<html>500</html>"}},
        {"prefetch": {"patient": {"resourceType": "OperationOutcome", "issue": []}}},
        {"prefetch": {"patient": {"resourceType": "Patient", "id": "p2"}}},
        {"prefetch": {"encounters": {"resourceType": "Bundle", "entry": []}}},
    ),
)
def test_without_the_patient_the_answer_names_what_is_missing(
    service: Service, changes: dict[str, Any]
):
    """412 with the prefetch key and its query."""
    body = {key: value for key, value in call(**changes).items() if value is not ...}
    issue = assert_told(service.call(body), 412, "required")
    assert issue["expression"] == ["prefetch.patient"]
    assert "'patient'" in issue["diagnostics"]
    assert "Patient/{{context.patientId}}" in issue["diagnostics"]


def test_no_error_repeats_what_was_sent(service: Service):
    """A canary in every place a message could quote."""
    for body in (
        call(hook=CANARY),
        call(context={"patientId": f"{CANARY} {CANARY}"}),
        call(context={"patientId": CANARY}),
        call(prefetch={"patient": {"resourceType": "Patient", "id": CANARY}}),
        call(prefetch=CANARY),
    ):
        answer = service.call(body)
        assert 400 <= answer.status < 500
        assert CANARY not in answer.body.decode()


def test_a_sample_still_gets_its_card_after_all_that(service: Service):
    """The service is unharmed."""
    template = service.get("/cds-services").json["services"][0]["prefetch"]
    showcase = sample("five-emergency-visits", date.fromisoformat(today(service)))
    answer = service.call(hook_request(showcase, template, hook_instance="x"))
    assert len(answer.json["cards"]) == 1


def today(service: Service) -> str:
    """The day the running service takes for today, read off a sample it serves."""
    stamp: str = service.get("/samples/five-emergency-visits").json["timestamp"]
    return stamp[:10]
