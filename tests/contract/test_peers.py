"""Other people's CDS clients call the live service: HealthChain's SandboxClient and Medplum's.

Each runs in an environment of its own (`tests.peers.environments`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapter.samples import sample
from tests.contract.calls import a_call
from tests.contract.conftest import Service, start_service, stop
from tests.contract.test_trust import CLIENT, fresh
from tests.fhir_stub import FhirStub
from tests.missing import without
from tests.peers.environments import HEALTHCHAIN, MEDPLUM, Peer, Unavailable
from tests.unit.adapter.security.signing import BASE, PATH, clients_file

NAME = "five-emergency-visits"
STAFF = "Practitioner/p1"


def ask(peer: Peer, script: str, wanted: object) -> Any:
    """What the peer answers; skips the test where it cannot be run, and fails it in CI."""
    try:
        command = peer.command(script)
    except Unavailable as reason:
        without(str(reason))
    done = subprocess.run(
        command, input=json.dumps(wanted), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def tried(
    service: Service,
    today: date,
    template: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What HealthChain's sandbox got: with the patient's id, and as it comes."""
    prefetch = tmp_path_factory.mktemp("healthchain") / "prefetch.json"
    prefetch.write_text(json.dumps(a_call(NAME, today, template)["prefetch"]))
    patient = sample(NAME, today).patient_id

    def call(hook: str, of: str, **context: str) -> dict[str, object]:
        url = f"http://127.0.0.1:{service.port}/cds-services/ecm-{of}"
        return {"url": url, "workflow": hook, "prefetch": str(prefetch), "context": context}

    known = {"userId": STAFF, "patientId": patient}
    calls = {
        "as meant": call("patient-view", "patient-view", **known),
        "as it comes": call("patient-view", "patient-view", userId=STAFF),
        "another hook": call("encounter-discharge", "patient-view", **known),
        "no encounter": call("encounter-discharge", "encounter-discharge", **known),
    }
    answers = ask(HEALTHCHAIN, "sandbox.py", list(calls.values()))
    return dict(zip(calls, answers, strict=True))


def test_healthchains_sandbox_gets_the_card(
    tried: dict[str, Any], service: Service, today: date, template: dict[str, str]
):
    """The very card that a call of ours gets; its own model misses nothing that is standard."""
    answer = tried["as meant"]
    assert answer["said"] == []
    (card,) = answer["got"]["cards"]
    (ours,) = service.call(a_call(NAME, today, template)).json["cards"]
    said = ("summary", "detail", "indicator", "source", "overrideReasons")
    assert [card.get(one) for one in said] == [ours.get(one) for one in said]
    assert card["suggestions"][0]["actions"][0]["resource"]["resourceType"] == "ServiceRequest"
    assert [one for one in answer["faults"] if not one.endswith("autoLaunchable: missing")] == []


@pytest.mark.parametrize(
    ("case", "told"),
    (
        # It makes patients' ids up, whatever the prefetch holds.
        ("as it comes", "412 .* the Patient sent is not the one of context.patientId"),
        ("another hook", "400 .* answers the hook 'patient-view' and no other"),
        # It sends `userId` and `patientId` alone for any hook.
        ("no encounter", "400 .* context.encounterId is missing; send the FHIR id"),
    ),
)
def test_healthchains_sandbox_is_told_what_to_change(tried: dict[str, Any], case: str, told: str):
    """Its users see the OperationOutcome in their log, never an empty list of cards."""
    (said,) = tried[case]["said"]
    parts = told.split(" .* ")
    assert all(part in said.replace('\\"', '"') for part in parts), said
    assert tried[case]["got"] == {}


@pytest.fixture(scope="module")
def chart(today: date) -> Iterator[FhirStub]:
    """The FHIR server of a clinic with one patient, in pages that hold all they have."""
    with FhirStub() as stub:
        stub.hold(sample(NAME, today).bundle)
        yield stub


def medplum(service: str, chart: FhirStub, *calls: dict[str, Any]) -> Any:
    """What Medplum's client discovers at a service, and what comes of its calls."""
    user = {"resourceType": "Practitioner", "id": "p1"}
    return ask(
        MEDPLUM,
        "client.mjs",
        {"service": service, "fhir": chart.base, "user": user, "calls": calls},
    )


def test_medplums_client_discovers_fills_the_prefetch_and_gets_the_card(
    service: Service, chart: FhirStub, today: date, template: dict[str, str]
):
    """By our template alone it finds what the card needs; a wrong call is told what to change."""
    patient = sample(NAME, today).patient_id
    context = {"userId": STAFF, "patientId": patient}
    found = medplum(
        f"http://127.0.0.1:{service.port}/",
        chart,
        {"id": "ecm-patient-view", "context": context},
        {"id": "ecm-encounter-discharge", "context": context},
    )
    assert found["ids"] == [one["id"] for one in service.get("/cds-services").json["services"]]
    good, without_encounter = found["answers"]
    assert list(good["sent"]["prefetch"]) == list(template)
    (card,) = good["got"]["cards"]
    (ours,) = service.call(a_call(NAME, today, template)).json["cards"]
    assert [card[one] for one in ("summary", "detail")] == [
        ours[one] for one in ("summary", "detail")
    ]
    (issue,) = without_encounter["refused"]["issue"]
    assert issue["diagnostics"].startswith("context.encounterId is missing; send")


def test_medplums_client_calls_with_a_signed_token(chart: FhirStub, today: date, tmp_path: Path):
    """A registered client's token is taken once; without one, or again, nobody is let in."""
    running = start_service(
        *("--clients", str(clients_file(tmp_path, CLIENT)), "--public-base", BASE),
        *("--store", f"sqlite:///{tmp_path / 'ecm.sqlite'}"),
    )
    try:
        patient = sample(NAME, today).patient_id
        call = {
            "id": PATH.rpartition("/")[2],
            "context": {"userId": STAFF, "patientId": patient},
        }
        token = fresh("rsa")
        answers = medplum(
            f"http://127.0.0.1:{running.port}/",
            chart,
            *(call, call | {"token": token}, call | {"token": token}),
        )["answers"]
    finally:
        stop(running)
    unsigned, signed, again = answers
    assert len(signed["got"]["cards"]) == 1
    assert unsigned["refused"] == again["refused"]
