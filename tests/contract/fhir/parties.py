"""A service with a plan, a clinic, a provider and a kitchen, and referrals between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.contract.conftest import Service, start_service, stop
from tests.contract.fhir.tenants import CLINIC, KITCHEN, NPI, PLAN, Caller, Reply
from tests.unit.adapter.security.signing import clients_file

Json = dict[str, Any]

PROVIDER = "1000000009"
JSON_PATCH = "application/json-patch+json"
OUTPUT = [{"type": {"text": "result"}, "valueCodeableConcept": {"text": "enrolled"}}]

#: Id, organization, whether it is a covered entity. The first one runs the tenant.
_CLIENTS = (
    ("plan", PLAN, True),
    ("clinic", CLINIC, True),
    ("provider", PROVIDER, True),
    ("kitchen", KITCHEN, False),
)


class Parties(Struct, frozen=True, kw_only=True):
    """The running service and who calls it."""

    service: Service
    plan: Caller
    clinic: Caller
    provider: Caller
    kitchen: Caller


def clients_of(folder: Path, port: int = 9) -> Path:
    """The clients file; notifications may go to this port of this machine."""
    return clients_file(folder, *(_table(*one, port) for one in _CLIENTS))


@contextmanager
def running(folder: Path, store: str, *options: str, port: int = 9) -> Iterator[Parties]:
    """The service on a store, and no error in its log in the end."""
    with ExitStack() as opened:
        file = clients_of(folder, port)
        service = start_service("--clients", str(file), "--store", store, *options)
        opened.callback(stop, service)
        callers = {
            name: opened.enter_context(closing(Caller(service, name))) for name, *_ in _CLIENTS
        }
        yield Parties(service=service, **callers)
        assert [line for line in service.logged() if line["level"] == "error"] == []


def party(value: str) -> Json:
    """A reference to an organization."""
    return {"identifier": {"system": NPI, "value": value}}


def order(patient: str, requester: str, **elements: Any) -> Json:
    """An active ServiceRequest."""
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "Enhanced Care Management"},
        "subject": {"reference": f"Patient/{patient}"},
        "requester": party(requester),
        **elements,
    }


def task(focus: str, patient: str, requester: str, owner: str, **elements: Any) -> Json:
    """A Task that asks to fulfil an order; `focus` is a reference."""
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": _coded("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": focus},
        "for": {"reference": f"Patient/{patient}"},
        "requester": party(requester),
        "owner": party(owner),
        **elements,
    }


def condition(patient: str, **elements: Any) -> Json:
    """A diagnosis that needs no more than the usual care."""
    about = {"reference": f"Patient/{patient}"}
    return {"resourceType": "Condition", "subject": about, "code": {"text": "sleeps badly"}} | (
        elements
    )


def consent(patient: str, recipient: str, *labels: Json) -> Json:
    """Of the patient, that an organization may see what bears these labels; none: the rest."""
    terms = "http://terminology.hl7.org/CodeSystem"
    actor = {
        "role": _coded(f"{terms}/v3-ParticipationType", "IRCP"),
        "reference": party(recipient),
    }
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _coded(f"{terms}/consentscope", "patient-privacy"),
        "category": [_coded("http://loinc.org", "59284-0")],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": "2026-01-01",
        "policyRule": _coded(f"{terms}/v3-ActCode", "OPTIN"),
        "provision": {
            "type": "permit",
            "actor": [actor],
            "action": [_coded(f"{terms}/consentaction", "access")],
            **({"securityLabel": list(labels)} if labels else {}),
        },
    }


def every(caller: Caller, path: str) -> Iterator[Json]:
    """The matches of a search on all its pages."""
    while path:
        page = caller.read(path)
        yield from (one["resource"] for one in page.get("entry", []))
        links = {one["relation"]: one["url"] for one in page["link"]}
        path = links.get("next", "").partition("/fhir")[2]


def patched(caller: Caller, path: str, *operations: Json, **headers: str) -> Reply:
    """A JSON Patch; `If_Match` stands for the header If-Match."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller(
        "PATCH", path, json.dumps(operations).encode(), sent | {"Content-Type": JSON_PATCH}
    )


def put_to(status: str, because: str = "") -> tuple[Json, ...]:
    """Operations of a patch that takes a Task to a status."""
    reason = {"op": "add", "path": "/statusReason", "value": {"text": because}}
    return ({"op": "add", "path": "/status", "value": status}, *([reason] if because else []))


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _table(id: str, value: str, covered: bool, port: int) -> str:
    table = f"""\
id = "{id}"
issuer = "https://{id}.example.org"
tenant = "alpha"
jwks_file = "keys.json"
organization = "{NPI}|{value}"
organization_name = "{id}"
covered_entity = {str(covered).lower()}
scopes = ["system/*.cruds"]
notification_hosts = ["127.0.0.1:{port}"]
allow_private_addresses = true
"""
    return table + ('role = "operator"\nclearance = ["*"]\n' if id == "plan" else "")
