"""`ecm cds-hooks call`, `feedback`, `token` and `new-key` on a service that keeps what came."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from tests.unit.adapter.cds_client.conftest import Ran
from tests.unit.adapter.cds_client.stub import CARD, SERVICE, Stub

Run = Callable[..., Ran]


def test_the_call_is_what_the_service_asks_for(stub: Stub, cds_hooks: Run, chart: Path):
    """Every key answered from the file; a key whose token has no value is left out."""
    code, out, err = cds_hooks("call", stub.url, "--bundle", chart)
    assert (code, err) == (0, "")
    sent = stub.last
    assert sent["hook"] == "patient-view"
    assert sent["context"] == {"userId": "Practitioner/example", "patientId": "p1"}
    assert sent["prefetch"]["patient"]["id"] == "p1"
    assert sent["prefetch"]["conditions"]["total"] == 0
    assert "encounter" not in sent["prefetch"]
    assert "no value for Encounter/{{context.encounterId}}" in out


def test_a_card_is_shown_whole(stub: Stub, cds_hooks: Run, chart: Path):
    """Summary, detail, suggestion, action, link, reasons, ids; no codes that drive a terminal."""
    code, out, _ = cds_hooks("call", f"{stub.url}/cds-services/", "--bundle", chart)
    assert code == 0
    for words in (
        "card · info", "Look", "one", "[x] Refer", "create ServiceRequest: Create a referral",
        "suggestion s1", "A guideline · topic aTopic", "More (https://example.org/more)",
        "declined", "card c1", ": 200 in",
    ):  # fmt: skip
        assert words in out
    assert "\x1b" not in out
    assert "Fault" not in out


def test_silence_is_said(stub: Stub, cds_hooks: Run, chart: Path):
    """No card is an answer."""
    stub.answer("POST", "/cds-services/screen", 200, {"cards": []})
    assert "No card" in cds_hooks("call", stub.url, "--bundle", chart)[1]


@pytest.mark.parametrize(
    ("mode", "prefetch"),
    (
        ("none", "absent"),
        ("null", {"patient": None, "conditions": None}),
        ("error", "OperationOutcome"),
    ),
)
def test_prefetch_can_be_broken_on_purpose(
    stub: Stub, cds_hooks: Run, chart: Path, mode: str, prefetch: object
):
    """Left out, null, or an OperationOutcome for every key."""
    cds_hooks("call", stub.url, "--bundle", chart, "--prefetch", mode)
    sent = stub.last.get("prefetch", "absent")
    if mode == "error":
        assert {one["resourceType"] for one in sent.values()} == {prefetch}
    else:
        assert sent == prefetch


def test_a_key_can_be_left_out(stub: Stub, cds_hooks: Run, chart: Path):
    """One key not sent; a key that is not asked for is an error."""
    cds_hooks("call", stub.url, "--bundle", chart, "--leave-out", "patient")
    assert list(stub.last["prefetch"]) == ["conditions"]
    code, _, err = cds_hooks("call", stub.url, "--bundle", chart, "--leave-out", "claims")
    assert code == 2
    assert "patient, conditions, encounter" in err


def test_a_signed_call_is_for_each_endpoint_anew(
    stub: Stub, cds_hooks: Run, chart: Path, key: Path
):
    """Discovery and call carry tokens of their own, each for the URL called."""
    cds_hooks("call", stub.url, "--bundle", chart, "--key", key, "--issuer", "https://ehr")
    claims = []
    for _, path, headers, _ in stub.requests:
        token = headers["Authorization"].removeprefix("Bearer ")
        claims.append(jwt.decode(token, options={"verify_signature": False}))
        assert claims[-1]["aud"] == stub.url + path
    assert claims[0]["jti"] != claims[1]["jti"]


def test_the_access_token_is_sent_and_not_shown(
    stub: Stub, cds_hooks: Run, chart: Path, tmp_path: Path
):
    """Server and token as the specification has them; no output repeats the token."""
    file = tmp_path / "token"
    file.write_text("canary-token\n")
    server = ("--fhir-server", "https://ehr.example.org/fhir", "--token-file", file)
    _, out, err = cds_hooks("call", stub.url, "--bundle", chart, *server, "--format", "json")
    assert stub.last["fhirServer"] == "https://ehr.example.org/fhir"
    assert stub.last["fhirAuthorization"] == {
        "access_token": "canary-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "ecm",
        "patient": "p1",
    }
    assert "canary-token" not in out + err
    assert json.loads(out)["answer"] == {"cards": [CARD]}


def test_an_error_is_shown_with_what_to_do(stub: Stub, cds_hooks: Run, chart: Path):
    """Exit code 1, the OperationOutcome in words, advice for the status."""
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [
            {"code": "required", "expression": ["prefetch.patient"], "diagnostics": "not sent"}
        ],
    }
    stub.answer("POST", "/cds-services/screen", 412, outcome)
    code, out, _ = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 1
    assert "required prefetch.patient: not sent" in out
    assert "--fhir-server" in out


@pytest.mark.parametrize("body", (b"<html>Bad Gateway</html>", b"", b'{"issue": 5}', b"[]"))
def test_an_error_that_is_no_outcome_is_shown_too(
    stub: Stub, cds_hooks: Run, chart: Path, body: bytes
):
    """A web page, nothing, or another JSON."""
    stub.answer("POST", "/cds-services/screen", 502, body)
    code, out, _ = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 1
    assert "no OperationOutcome" in out
    assert "cannot reach it" in out


@pytest.mark.parametrize(
    "answer",
    (
        {"cards": None},
        {"cards": [None, 5, {}]},
        {"cards": [{"summary": 5, "source": "x", "suggestions": {}, "links": [1]}]},
        {},
    ),
)
def test_a_malformed_answer_is_no_crash(stub: Stub, cds_hooks: Run, chart: Path, answer: object):
    """Whatever another service answers, it is shown as far as it can be."""
    stub.answer("POST", "/cds-services/screen", 200, answer)
    code, out, err = cds_hooks("call", stub.url, "--bundle", chart)
    assert (code, err) == (0, "")
    assert "Fault of the answer: " in out


def test_a_redirect_is_not_followed(stub: Stub, cds_hooks: Run, chart: Path):
    """The token would go along."""
    stub.answer("POST", "/cds-services/screen", 307, b"")
    code, out, _ = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 1
    assert "leads elsewhere" in out


def test_the_service_has_to_be_named_where_several_fit(stub: Stub, cds_hooks: Run, chart: Path):
    """By id, by hook, or in the URL; otherwise the choices are told."""
    other = SERVICE | {"id": "sign", "hook": "order-sign"}
    stub.answer("GET", "/cds-services", 200, {"services": [SERVICE, other]})
    code, _, err = cds_hooks("call", stub.url, "--bundle", chart)
    assert code == 2
    assert "screen (patient-view), sign (order-sign)" in err
    for chosen in (("--hook", "patient-view"), ("--service", "screen")):
        assert cds_hooks("call", stub.url, "--bundle", chart, *chosen)[0] == 0
    assert cds_hooks("call", f"{stub.url}/cds-services/screen", "--bundle", chart)[0] == 0
    code, _, err = cds_hooks("call", stub.url, "--bundle", chart, "--hook", "encounter-start")
    assert (code, "has no service for the hook encounter-start" in err) == (2, True)


def test_a_dry_run_prints_the_body_and_calls_nobody(stub: Stub, cds_hooks: Run, chart: Path):
    """To be looked at, or sent by other means."""
    context = chart.with_name("context.json")
    context.write_text('{"encounterId": "e1"}')
    code, out, _ = cds_hooks("call", stub.url, "--bundle", chart, "--context", context, "--dry-run")
    assert code == 0
    assert json.loads(out)["prefetch"]["encounter"]["id"] == "e1"
    assert [method for method, *_ in stub.requests] == ["GET"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (("--key", "nowhere.json", "--issuer", "i"), "No such file"),
        (("--key", "nowhere.json"), "--issuer"),
        (("--token-file", "t"), "--fhir-server"),
        (("--fhir-server", "https://f", "--token-file", "nowhere"), "cannot be read"),
        (("--context", "nowhere.json"), "no JSON object"),
        (("--prefetch", "some"), "invalid choice"),
    ),
)
def test_arguments_that_do_not_fit_are_told(
    stub: Stub, cds_hooks: Run, chart: Path, arguments: tuple[str, ...], told: str
):
    """Exit code 2, one line, the remedy."""
    code, out, err = cds_hooks("call", stub.url, "--bundle", chart, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_a_service_that_is_not_there_is_told(cds_hooks: Run, chart: Path):
    """Which address, and what to look at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    code, _, err = cds_hooks("call", url, "--bundle", chart)
    assert code == 2
    assert f"{url}/cds-services: cannot be reached" in err


@pytest.mark.parametrize("url", ("nowhere", "ftp://host", "http://", "http://[", ""))
def test_what_is_no_address_is_told(cds_hooks: Run, chart: Path, url: str):
    """Before anything is sent."""
    code, _, err = cds_hooks("call", url, "--bundle", chart)
    assert code == 2
    assert "no address" in err


@pytest.mark.requirement("cds-hooks_2.0@152")
def test_feedback_goes_to_the_service_of_the_card(stub: Stub, cds_hooks: Run):
    """Accepted with the suggestion; overridden with reason and comment."""
    path = "/cds-services/screen/feedback"
    stub.answer("POST", path, 200, b"{}")
    card = (f"{stub.url}/cds-services/screen", "--card", "c1")
    assert cds_hooks("feedback", *card, "--accepted", "s1")[0] == 0
    (item,) = stub.last["feedback"]
    assert stub.requests[-1][1] == path
    assert item.pop("outcomeTimestamp").endswith("Z")
    assert item == {"card": "c1", "outcome": "accepted", "acceptedSuggestions": [{"id": "s1"}]}
    reason = ("--overridden", "--reason", "urn:r|declined", "--comment", "no")
    assert cds_hooks("feedback", *card, *reason)[0] == 0
    (item,) = stub.last["feedback"]
    assert item["overrideReason"] == {
        "reason": {"system": "urn:r", "code": "declined"},
        "userComment": "no",
    }


def test_feedback_that_is_refused_or_incomplete_is_told(stub: Stub, cds_hooks: Run):
    """1 where the service refuses it, 2 where it cannot be sent."""
    card = ("--service", "screen", "--card", "c1", "--overridden")
    assert cds_hooks("feedback", stub.url, *card)[0] == 1
    assert cds_hooks("feedback", stub.url, *card, "--reason", "declined")[0] == 2
    assert cds_hooks("feedback", stub.url, "--card", "c1", "--overridden")[0] == 2
    mixed = ("--service", "screen", "--card", "c1", "--accepted", "s", "--comment", "x")
    assert cds_hooks("feedback", stub.url, *mixed)[0] == 2


def test_a_key_is_made_and_signs(cds_hooks: Run, tmp_path: Path):
    """`new-key`, then `token`: what is printed is a token for that URL."""
    folder = tmp_path / "keys"
    code, out, _ = cds_hooks("new-key", "--out", folder)
    assert code == 0
    assert str(folder / "jwks.json") in out
    url = "https://ecm.example.org/cds-services/x"
    private = folder / "private-key.json"
    code, out, _ = cds_hooks("token", url, "--key", private, "--issuer", "i")
    assert code == 0
    assert jwt.decode(out.strip(), options={"verify_signature": False})["aud"] == url
    assert cds_hooks("new-key", "--out", folder)[0] == 2
    assert cds_hooks("token", url)[0] == 2
