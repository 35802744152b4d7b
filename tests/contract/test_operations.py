"""The service as its operator sees it: workers, health, metrics, the log, and what none of it says.

One file because all of it is asked of one service with several workers, which is slow to start.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.contract.calls import INSTANCE, a_call
from tests.contract.conftest import Service, start_service, stop
from tests.contract.test_hostile_charts import paths_of, put, with_texts

CANARY = "canary-5c1f9e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service below keeps its temporary files."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def several(folder: Path) -> Iterator[Service]:
    """A service with four workers."""
    running = start_service("--workers", "4", TMPDIR=str(folder))
    yield running
    stop(running)
    assert list(folder.iterdir()) == []


def counted(service: Service) -> dict[str, float]:
    """Every sample of `/metrics`."""
    lines = service.get("/metrics").body.decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


CALLS = 'client="development",error="",service="ecm-patient-view",status="200"'


def test_every_call_leaves_one_line_and_one_count_whichever_worker_answered(
    several: Service, today: date, template: dict[str, str]
):
    """Forty calls over four workers: forty lines, and each worker's metrics say forty."""
    before = counted(several).get(f"ecm_cds_calls_total{{{CALLS}}}", 0)
    lines_before = len(several.logged("call"))
    call = a_call("five-emergency-visits", today, template)
    for _ in range(40):
        assert several.call(call).status == 200
    lines = several.logged("call")[lines_before:]
    assert len(lines) == 40
    for _ in range(20):
        assert counted(several)[f"ecm_cds_calls_total{{{CALLS}}}"] == before + 40


def test_the_line_of_a_call_says_what_was_decided_and_how_fast(
    several: Service, today: date, template: dict[str, str]
):
    """Hook instance, service, policies, outcomes, cards, milliseconds; nothing of the chart."""
    assert several.call(a_call("five-emergency-visits", today, template)).status == 200
    line = several.logged("call")[-1]
    assert line["hookInstance"] == INSTANCE
    assert (line["service"], line["hook"]) == ("ecm-patient-view", "patient-view")
    assert (line["status"], line["level"]) == (200, "info")
    assert any(one.startswith("partnership/") for one in line["policies"])
    assert line["outcomes"]["met"] >= 1
    assert len(line["cards"]) == 1
    assert 0 < line["milliseconds"] < 5000


def test_an_error_is_logged_by_its_kind(several: Service):
    """What was told to the client, without the words."""
    assert several.call({}).status == 400
    line = several.logged("call")[-1]
    assert (line["status"], line["error"]) == (400, "MalformedRequest")


def test_alive_and_ready(several: Service):
    """For an orchestrator."""
    assert several.get("/healthz").json == {"status": "ok"}
    ready = several.get("/readyz")
    assert ready.status == 200
    assert ready.json == {"status": "ready", "checks": {"store": "ok", "policies": "ok"}}


def test_the_start_is_logged_with_the_mode(several: Service):
    """Development mode is said in the log, too, as a warning."""
    (line,) = several.logged("start")
    assert line["level"] == "warning"
    assert line["warning"].startswith("DEVELOPMENT MODE")
    assert line["workers"] == 4
    assert len(several.workers()) == 4


def test_a_worker_that_dies_is_replaced_and_its_counts_stay(
    several: Service, today: date, template: dict[str, str]
):
    """Nobody has to look after it."""
    call = a_call("five-emergency-visits", today, template)
    assert several.call(call).status == 200
    before = counted(several)[f"ecm_cds_calls_total{{{CALLS}}}"]
    victim = min(several.workers())
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 20
    while len(several.workers() - {victim}) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(several.workers()) == 4
    assert several.call(call).status == 200
    assert counted(several)[f"ecm_cds_calls_total{{{CALLS}}}"] == before + 1


def test_nothing_a_client_sends_is_logged_counted_or_left_in_a_file(
    several: Service, folder: Path, today: date, template: dict[str, str]
):
    """A canary in every field of the chart, every header, path, token and malformed body."""
    call = a_call("five-emergency-visits", today, template)
    sent = 0
    for path in paths_of(call["prefetch"]):
        changed = copy.deepcopy(call)
        put(changed["prefetch"], path, CANARY)
        several.call(changed)
        sent += 1
    for odd in odd_calls(with_texts(call, CANARY)):
        several.call(odd)
        sent += 1
    several.call(call, service=CANARY)
    several.request("DELETE", f"/cds-services/{CANARY}?patient={CANARY}")
    headers = ("Authorization", "Cookie", "Referer", "User-Agent", "X-Forwarded-For", "Accept")
    for header in (*headers, "Origin", "Content-Type", "If-None-Match", "X-Request-Id"):
        data = json.dumps(call).encode()
        named = {"Content-Type": "application/json", header: f"Bearer {CANARY}"}
        several.request("POST", "/cds-services/ecm-patient-view", data, named)
        sent += 1
    several.request(
        "POST",
        "/cds-services/ecm-patient-view/feedback",
        json.dumps({"feedback": [{"card": CANARY, "outcome": CANARY}]}).encode(),
        {"Content-Type": "application/json"},
    )
    assert sent > 100
    log = several.log.read_text(encoding="utf-8")
    assert len(log.splitlines()) > sent
    assert CANARY not in log
    assert CANARY not in several.get("/metrics").body.decode()
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert {one.suffix for one in files} >= {".db", ".sqlite"}
    for file in files:
        assert CANARY.encode() not in file.read_bytes(), file.name


def odd_calls(call: dict[str, Any]) -> list[object]:
    """Calls with a canary outside the chart: what is named, what is granted, what is broken."""
    token = {"access_token": CANARY, "token_type": "Bearer", "scope": CANARY, "subject": CANARY}
    context = call["context"]
    return [
        call | {"hook": CANARY},
        call | {"hookInstance": CANARY},
        call | {"fhirServer": f"https://{CANARY}.example.org", "fhirAuthorization": token},
        call | {"fhirServer": f"http://127.0.0.1:9/{CANARY}", "fhirAuthorization": token},
        call | {"extension": {CANARY: CANARY}, CANARY: CANARY},
        call | {"context": context | {"patientId": CANARY, "userId": f"Practitioner/{CANARY}"}},
        call | {"context": context | {"encounterId": [CANARY], CANARY: CANARY}},
        call | {"context": CANARY},
        call | {"prefetch": {CANARY: {"resourceType": "Patient", "id": CANARY}}},
        call | {"prefetch": CANARY},
        json.dumps(call).encode()[:-40] + CANARY.encode(),
        CANARY.encode(),
        b"\xff" + CANARY.encode(),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    (
        (("--workers", "0"), "--workers: Expected int >= 1"),
        (("--store", "mysql://db"), "--store: not the URL of"),
        (("--store", "sqlite:////nowhere/at/all/ecm.sqlite"), "/nowhere/at/all"),
        (("--store", "postgresql://ecm:s3cret@127.0.0.1:9/ecm"), "127.0.0.1"),
        (("--clients", "nowhere.toml"), "--store"),
        (("--clients", "nowhere.toml", "--store", "sqlite:////tmp/x.sqlite"), "nowhere.toml"),
        (("--settings", "nowhere.toml"), "nowhere.toml"),
    ),
)
def test_what_a_service_lacks_is_told_before_it_listens(
    options: tuple[str, ...], words: str, refused: Callable[..., str]
):
    """One line, exit code 2, and no password in it."""
    said = refused("serve", "--port", "0", *options)
    assert words in said
    assert "s3cret" not in said


def test_metrics_ask_for_the_token_that_was_set():
    """From the environment, as a container is told."""
    running = start_service(ECM_METRICS_TOKEN="t0ken-of-prometheus", ECM_LOG_LEVEL="error")
    try:
        assert running.get("/metrics").status == 401
        assert running.get("/metrics", Authorization="Bearer t0ken-of-prometheus").status == 200
        assert running.call({}).status == 400
        assert running.logged() == []
    finally:
        stop(running)
