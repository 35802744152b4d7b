"""Which rules one exchange keeps, breaks, or has nothing to do with."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest

from adapter.cds_client.calling import Reply
from adapter.cds_client.rules import rules
from adapter.workbench.hooks.conformance.findings import Sent
from adapter.workbench.hooks.conformance.report import Report, first_broken, report
from cds_hooks.catalogue import HOOKS
from tests.unit.adapter.cds_client.stub import CARD, SERVICE

URL = "https://cds.example.org/cds-services/screen"
LINK = {"label": "a", "url": "https://x", "type": "absolute"}
CALL: dict[str, Any] = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/p", "patientId": "p1"},
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p1"}, "conditions": None},
}


def judged(
    call: object = CALL, answer: object = None, *, status: int = 200, **more: Any
) -> dict[str, str]:
    """Outcome by rule, `2.0@83` written `83`."""
    found = made(call, answer, status=status, **more)
    return {
        one.rule.id.removeprefix("cds-hooks_2.0@"): one.outcome
        for one in (*found.request, *found.answer)
    }


def made(
    call: object = CALL, answer: object = None, *, status: int = 200, token: str = "",
    **reply: Any,
) -> Report:  # fmt: skip
    body = {"cards": [CARD]} if answer is None else answer
    headers = (("content-type", "application/json"),)
    what: dict[str, Any] = {"url": URL, "milliseconds": 20.0, "headers": headers} | reply
    return report(
        Sent(
            body=call if isinstance(call, bytes) else msgspec.json.encode(call),
            reply=Reply(status=status, body=body, **what),
            entry=SERVICE,
            token=token,
        )
    )


def test_an_exchange_by_the_rules_breaks_none():
    """Kept or not applicable, each rule once on either side."""
    found = made()
    assert found.count("fail") == 0
    assert found.count("pass") > 40
    assert found.unseen + len({one.rule.id for one in (*found.request, *found.answer)}) > 300


@pytest.mark.parametrize(
    ("change", "rule"),
    (
        ({"hook": "order-sign"}, "18"),
        ({"hookInstance": ""}, "19"),
        ({"hookInstance": "1"}, "25"),
        ({"hookInstance": "d1577c69-dfbe-14ad-ba6d-3e05e953b2ea"}, "26"),
        ({"context": {}}, "22"),
        ({"context": 1}, "22"),
        ({"fhirAuthorization": {"access_token": "x"}}, "20"),
        ({"fhirServer": "http://x"}, "20"),
        ({"fhirServer": "https://x", "fhirAuthorization": {"access_token": ""}}, "65"),
        ({"fhirServer": "https://x", "fhirAuthorization": {"token_type": "bearer"}}, "67"),
        ({"prefetch": {"others": {"resourceType": "Patient"}}}, "47"),
        ({"prefetch": {"patient": "<html>"}}, "45"),
        ({"prefetch": []}, "30"),
        ({"extension": []}, "214"),
        ({"extension": {"mine": 1}}, "215"),
    ),
)
def test_what_a_client_does_wrong_is_found(change: dict[str, Any], rule: str):
    """By the very rule it breaks."""
    assert judged(CALL | change)[rule] == "fail"


@pytest.mark.parametrize("body", (b"{,}", b"\xff", b"[]", b"[" * 100_000))
def test_a_request_that_is_no_object_breaks_the_first_rule(body: bytes):
    (check,) = [one for one in made(body, {}, status=400).request if one.outcome == "fail"]
    assert check.rule.id == "cds-hooks_2.0@1"


@pytest.mark.parametrize("hook", HOOKS)
def test_the_library_s_rules_are_those_of_the_hook(hook: str):
    """Required, of its type, and what it has to be; those of other hooks are not looked at."""
    call = CALL | {"hook": hook, "context": {"patientId": 5}}
    named = {
        one.rule.asks.partition(":")[0]
        for one in made(call).request
        if one.rule.id.startswith("cds-hooks-library")
    }
    assert named <= {hook}
    has_rules = any(one.asks.startswith(f"{hook}:") for one in rules().values())
    assert bool(named) == has_rules


@pytest.mark.parametrize(
    ("change", "rule"),
    (
        ({"summary": "x" * 140}, "83"),
        ({"indicator": "hard-stop"}, "88"),
        ({"source": None}, "90"),
        ({"selectionBehavior": None}, "95"),
        ({"detail": "<b>x</b>"}, "best practice: content"),
        ({"detail": "![x](https://x/y.png)"}, "best practice: content"),
        ({"source": {"label": "x", "url": "https://x/p1"}}, "109"),
        ({"suggestions": []}, "3"),
        ({"links": [LINK | {"appContext": "1"}]}, "147"),
    ),
)  # fmt: skip
def test_what_a_service_does_wrong_is_found(change: dict[str, Any], rule: str):
    """By the very rule it breaks, and the failures come first."""
    found = made(answer={"cards": [CARD | change]})
    assert judged(answer={"cards": [CARD | change]})[rule] == "fail"
    assert first_broken(found.answer)[0].outcome == "fail"
    assert first_broken(found.answer)[0].says


def test_two_cards_need_two_ids_and_one_recommendation():
    assert judged(answer={"cards": [CARD, CARD]})["80"] == "fail"
    suggestion: Any = CARD["suggestions"][0]  # type: ignore[index]
    card = CARD | {"selectionBehavior": "at-most-one", "suggestions": [suggestion, suggestion]}
    assert judged(answer={"cards": [card]})["122"] == "fail"


def test_silence_and_errors_are_answers_too():
    """No card; too slow; an error in words; an error that is an OperationOutcome; a redirect."""
    silent = judged(answer={"cards": []})
    assert (silent["77"], silent["83" if "83" in silent else "77"]) == ("pass", "pass")
    assert judged(milliseconds=900.0)["27"] == "fail"
    assert judged(url="http://cds.example.org/x")["168"] == "fail"
    assert judged(url="http://127.0.0.1/x")["168"] == "not applicable"
    html = judged(answer={}, status=500, other="9 bytes of text/html")
    assert (html["1"], html["3.0 ballot: errors"], html["76"]) == ("fail", "fail", "pass")
    outcome = judged(answer={"resourceType": "OperationOutcome"}, status=412)
    assert (outcome["3.0 ballot: errors"], outcome["54"], outcome["74"]) == (
        "pass", "pass", "not applicable",
    )  # fmt: skip
    assert judged(answer={}, status=307)["76"] == "fail"


def token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (urlsafe_b64encode(msgspec.json.encode(one)).decode() for one in (header, claims))
    return ".".join(one.rstrip("=") for one in parts) + ".c2ln"


HEADER = {"alg": "ES384", "kid": "k", "typ": "JWT"}
CLAIMS = {"iss": "https://ehr", "aud": URL, "iat": 1, "exp": 2, "jti": "j"}


@pytest.mark.parametrize(
    ("header", "claims", "rule"),
    (
        ({"alg": "none"}, {}, "202"),
        ({"alg": "HS256"}, {}, "203"),
        ({"alg": "RS256"}, {}, "205"),
        ({"kid": ""}, {}, "182"),
        ({"typ": "at+jwt"}, {}, "184"),
        ({}, {"aud": "https://other"}, "196"),
        ({}, {"aud": 5}, "189"),
        ({}, {"exp": "soon"}, "190"),
        ({}, {"jti": ""}, "192"),
    ),
)
def test_a_token_is_held_to_its_rules(header: dict[str, Any], claims: dict[str, Any], rule: str):
    assert judged(token=token(HEADER | header, CLAIMS | claims))[rule] == "fail"


def test_a_token_as_it_should_be_breaks_none():
    """`aud` may be a list; what is no token at all is said to be none."""
    assert made(token=token(HEADER, CLAIMS | {"aud": ["https://other", URL]})).count("fail") == 0
    for none in ("x", "a.b.c", "..", "é.é.é"):
        assert judged(token=none)["180"] == "fail"
    assert judged()["178"] == "not applicable"
