"""A sandbox whose operations are looked at: partners, and data of another tenant beside its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from adapter.store.database import Database
from adapter.store.records import AuditEntry
from adapter.store.resources import ResourceStore
from adapter.store.subscribing import Subscribed, keep_subscription
from tests.contract.conftest import Answer, Service, start_service, stop

PARTNERS = """
[[partners]]
id = "plan"
organization = "http://hl7.org/fhir/sid/us-npi|1000000012"
name = "Example <script>alert(1)</script> Plan"
tenant = "development"
fhir_base = "http://127.0.0.1:9/fhir"
allow_private_addresses = true

[[partners]]
id = "kanarek"
organization = "http://hl7.org/fhir/sid/us-npi|1000000099"
name = "Kanarek Plan"
tenant = "elsewhere"
fhir_base = "http://127.0.0.1:9/kanarek"
allow_private_addresses = true
"""


@contextmanager
def operated(store: Path) -> Iterator[Service]:
    """The service on a store; in the end no error may be in its log."""
    partners = store.with_name("partners.toml")
    partners.write_text(PARTNERS, encoding="utf-8")
    service = start_service("--store", f"sqlite:///{store}", "--partners", str(partners))
    _fill_another_tenant(store)
    yield service
    logged = service.logged()
    stop(service)
    assert [line for line in logged if line["level"] == "error"] == []


def _fill_another_tenant(store: Path) -> None:
    """A subscription and an access of a tenant that is not the visitor's."""
    database = Database(f"sqlite:///{store}", create=False)
    with closing(database), ResourceStore(database).unit() as unit:
        row = Subscribed(
            tenant="elsewhere",
            id="kanarek-subscription",
            status="error",
            topic="kanarek-topic",
            client="kanarek-client",
            channel="rest-hook",
            origin="https://kanarek.example",
            definition="{}",
            secrets="[]",
        )
        keep_subscription(unit.connection, row)
        unit.audit(
            AuditEntry(
                at=unit.now,
                tenant="elsewhere",
                client="kanarek-client",
                party="kanarek-party",
                action="read",
                outcome="success",
                entity="Task/kanarek",
                patient="kanarek-patient",
            )
        )


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def page(running: Service, path: str, role: str = "engineer") -> str:
    separator = "&" if "?" in path else "?"
    answer = running.get(f"/workbench/operations/{path}{separator}as={role}")
    assert answer.status == 200, (path, answer.status)
    return answer.body.decode()


def post(running: Service, path: str, role: str = "engineer", /, **fields: str) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    place = f"/workbench/operations/{path}?as={role}"
    return running.request("POST", place, urlencode(fields).encode(), headers)


def fhir(running: Service, resource: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/fhir+json"}
    body = json.dumps(resource).encode()
    made = running.request("POST", f"/fhir/{resource['resourceType']}", body, headers)
    assert made.status == 201, made.body
    created: dict[str, Any] = made.json
    return created


def status(running: Service, id: str) -> str:
    return str(running.get(f"/fhir/Subscription/{id}").json["status"])


def refer(running: Service) -> str:
    """A Task about somebody; the id of the Patient."""
    somebody = fhir(running, {"resourceType": "Patient", "name": [{"family": "Invented"}]})["id"]
    task = {"resourceType": "Task", "status": "requested", "intent": "order"}
    fhir(running, task | {"for": {"reference": f"Patient/{somebody}"}})
    return str(somebody)
