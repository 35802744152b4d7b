"""A service with registered clients and four workers behind a proxy, called by friend and foe."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapter import clock
from tests.contract.calls import a_call, the_card
from tests.contract.conftest import Answer, Service, start_service, stop
from tests.postgres import Postgres
from tests.unit.adapter.security.signing import (
    BASE,
    PATH,
    claims,
    clients_file,
    encoded,
    header,
    signed,
)

CLIENT = """\
id = "valley"
issuer = "https://ehr.example.org"
tenant = "valley-health"
jwks_file = "keys.json"
"""


def fresh(kind: str = "P-384", head: dict[str, Any] | None = None, **changed: object) -> str:
    """A token made now, so that the running service takes it."""
    at = int(clock.now().timestamp())
    body = claims(iat=at, exp=at + 300, jti=f"{at}-{id(changed)}-{next_number()}") | changed
    return signed(header(kind) | (head or {}), body, kind)


def next_number(numbers: Iterator[int] = iter(range(10**9))) -> int:  # noqa: B008 - one for all
    return next(numbers)


def started(folder: Path, store: str, workers: int = 4) -> Service:
    return start_service(
        *("--clients", str(clients_file(folder, CLIENT)), "--store", store),
        *("--public-base", BASE, "--workers", str(workers)),
    )


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("trusting")
    running = started(folder, f"sqlite:///{folder / 'ecm.sqlite'}")
    yield running
    stop(running)


@pytest.fixture(scope="module")
def body(template: dict[str, str], today: date) -> bytes:
    return json.dumps(a_call("five-emergency-visits", today, template)).encode()


def send(service: Service, body: bytes, sent: str | None, path: str = PATH) -> Answer:
    headers = {"Content-Type": "application/json"}
    if sent is not None:
        headers["Authorization"] = sent
    return service.request("POST", path, body, headers)


@pytest.mark.requirement("cds-hooks_2.0@176")
@pytest.mark.requirement("cds-hooks_2.0@196")
@pytest.mark.requirement("cds-hooks_2.0@205")
@pytest.mark.parametrize("kind", ("rsa", "P-384"))
def test_a_signed_call_is_answered_behind_a_proxy(trusting: Service, body: bytes, kind: str):
    """The audience is the address clients know, not the one the service listens on."""
    card = the_card(send(trusting, body, f"Bearer {fresh(kind)}"))
    assert "Enhanced Care Management" in card["summary"]
    listening = f"http://127.0.0.1:{trusting.port}{PATH}"
    assert send(trusting, body, f"Bearer {fresh(kind, aud=listening)}").status == 401


@pytest.mark.requirement("cds-hooks_2.0@177")
@pytest.mark.requirement("cds-hooks_2.0@178")
@pytest.mark.requirement("cds-hooks_2.0@201")
@pytest.mark.requirement("cds-hooks_2.0@203")
def test_every_refusal_is_the_same_to_the_byte(trusting: Service, body: bytes):
    """401, one body, one set of headers; the body sent is not even read as JSON."""
    at = int(clock.now().timestamp())
    good = fresh()
    stale: dict[str, Any] = {"iat": at - 400, "exp": at - 100}
    refused = [
        None,
        "",
        "null",
        "Bearer",
        "Basic YTpi",
        f"Bearer {good[:-8]}",
        f"Bearer {good}.{good}",
        f"Bearer {good.rpartition('.')[0]}.",
        f"Bearer {fresh(**stale)}",
        f"Bearer {fresh(exp=None)}",
        f"Bearer {fresh(jti=None)}",
        f"Bearer {fresh(iss='https://canary.example')}",
        f"Bearer {fresh(tenant='canary')}",
        f"Bearer {fresh(aud=BASE)}",
        f"Bearer {fresh(aud=f'{BASE}/cds-services/ecm-order-sign')}",
        f"Bearer {fresh('P-384/stranger', header())}",
        f"Bearer {fresh(head={'kid': 'canary'})}",
        f"Bearer {fresh(head={'jku': 'https://canary.example'})}",
        f"Bearer {encoded(header(alg='none'))}.{encoded(claims())}.",
        f"Bearer {fresh(head={'alg': 'HS256'})}",
        "Bearer " + "x" * 9000,
    ]
    before = len(trusting.logged("message"))
    answers = [send(trusting, body, one) for one in refused]
    answers += [send(trusting, b"{", one) for one in refused[:3]]
    assert {one.status for one in answers} == {401}
    assert len({one.body for one in answers}) == 1
    # Whether the connection stays open depends on how much of the body has come by then.
    changing = {"date", "connection"}
    seen = {
        tuple(sorted((name, value) for name, value in one.headers.items() if name not in changing))
        for one in answers
    }
    assert len(seen) == 1
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert answers[0].json["resourceType"] == "OperationOutcome"
    told = trusting.logged("message")[before:]
    assert len(told) == len(answers)
    log = trusting.log.read_text()
    assert "canary" not in log
    assert not any(part in log for part in good.split("."))
    assert BASE not in "".join(one["message"] for one in told)


@pytest.mark.requirement("cds-hooks_2.0@149")
@pytest.mark.requirement("cds-hooks_2.0@178")
def test_feedback_needs_a_token_of_its_own(trusting: Service):
    """Its audience is the address of feedback, of this service."""
    feedback = b'{"feedback": [{"card": "6f1a", "outcome": "overridden"}]}'
    path = f"{PATH}/feedback"
    assert send(trusting, feedback, f"Bearer {fresh()}", path).status == 401
    assert send(trusting, feedback, f"Bearer {fresh(aud=BASE + path)}", path).status == 200
    assert send(trusting, feedback, None, path).status == 401


@pytest.mark.requirement("cds-hooks_2.0@5")
def test_discovery_is_open(trusting: Service):
    """It says nothing about anybody, and an engineer needs it before a key."""
    assert trusting.get("/cds-services").status == 200


@pytest.mark.requirement("cds-hooks_2.0@192")
@pytest.mark.parametrize(("kind", "copies"), (("sqlite", 1000), ("postgresql", 250)))
def test_of_a_thousand_copies_one_is_accepted_even_after_a_restart(
    tmp_path: Path, body: bytes, kind: str, copies: int, request: pytest.FixtureRequest
):
    """Sixteen threads, four workers; the store is all they share; on PostgreSQL 250 copies."""
    if kind == "sqlite":
        store = f"sqlite:///{tmp_path / 'ecm.sqlite'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        store = server.empty_database()
    sent = f"Bearer {fresh()}"
    running = started(tmp_path, store)
    try:
        with ThreadPoolExecutor(16) as threads:
            answers = threads.map(lambda _: send(running, body, sent).status, range(copies))
            counted = Counter(answers)
        assert counted == {200: 1, 401: copies - 1}
        assert send(running, body, f"Bearer {fresh()}").status == 200
    finally:
        stop(running)
    again = started(tmp_path, store, workers=1)
    try:
        assert send(again, body, sent).status == 401
        assert send(again, body, f"Bearer {fresh()}").status == 200
    finally:
        stop(again)


def test_a_service_does_not_start_with_a_faulty_clients_file(
    tmp_path: Path, refused: Callable[..., str]
):
    """One line with client and remedy, before anything listens."""
    file = clients_file(tmp_path, CLIENT + 'algorithms = ["HS256"]')
    said = refused(
        "serve", "--port", "0", "--clients", str(file), "--store", f"sqlite:///{tmp_path}/a.sqlite"
    )
    assert "client 'valley': `algorithms` holds 'HS256'" in said


def test_a_large_body_of_a_stranger_is_refused_too(trusting: Service):
    """Many clients send all of a body before they look at the answer: they get to see it."""
    assert send(trusting, b" " * 5_000_000, None).status == 401
