"""Requests that create and change referral Tasks over HTTP, as a clinic and a plan send them.

A Task is one of the Gravity profile about an order of its own, for one patient. What has to be
there before it, patient, orders and a subscription, is made beforehand and not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from adapter.cds_client.keys import read_key, write_key
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.servers import read_base
from adapter.security.audit_rendering import organization_id
from benchmarks.servers import Server
from tests.unit.adapter.notifications.asking import subscription

Json = dict[str, Any]

CLINIC, PLAN = "clinic", "plan"
_NPI = "http://hl7.org/fhir/sid/us-npi"
_PARTIES = {CLINIC: f"{_NPI}|1000000004", PLAN: f"{_NPI}|1000000012"}
_ROLES = {CLINIC: "partner", PLAN: "operator"}
_TENANT = "bench"
_GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition"
_SYSTEM = "https://clinic.example.org"
_DAY = "2026-01-05T17:00:00Z"
#: Nobody listens there: events are recorded, and sending them is tried ever less often.
_NOWHERE = "http://127.0.0.1:9/"
_AT_ONCE = 100


class Registered:
    """A clinic and a plan with keys, as clients of this service."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clients.toml"
        self._keys = {}
        tables = []
        for id, party in _PARTIES.items():
            (folder / id).mkdir(parents=True)
            self._keys[id], public = write_key(folder / id, "ES384")
            tables.append(
                f'[[clients]]\nid = "{id}"\nissuer = "urn:{id}"\ntenant = "{_TENANT}"\n'
                f'jwks_file = "{public}"\norganization = "{party}"\norganization_name = "{id}"\n'
                f'role = "{_ROLES[id]}"\ncovered_entity = true\nscopes = ["system/*.cruds"]\n'
                'notification_hosts = ["127.0.0.1"]\nallow_private_addresses = true\n'
            )
        self.file.write_text("\n".join(tables))

    def tokens(self, server: Server) -> dict[str, str]:
        """An access token for each."""
        base = read_base(server.url)
        assert base is not None
        session = guarded_session(allow_private=True)
        return {
            id: BackendToken(
                base,
                Identity(client_id=id, key=read_key(key), scope="system/*.cruds"),
                session,
                seconds=20,
            ).get()
            for id, key in self._keys.items()
        }


class Referrals:
    """Requests for one server."""

    def __init__(self, server: Server, tokens: dict[str, str]) -> None:
        """Access tokens by client; none for a server that asks for none."""
        self._server, self._tokens = server, tokens
        self._numbers = count(1)
        self._patient = "Patient/1"
        self._subscription = ""

    def begin(self) -> None:
        """Make the patient and have the clinic told of every change."""
        made = self._answer("POST", "/Patient", _patient())
        self._patient = f"Patient/{made['id']}"
        self._subscription = self._answer("POST", "/Subscription", subscription(_NOWHERE))["id"]

    def events(self) -> int:
        """How many events the subscription has had."""
        answer = self._answer("GET", f"/Subscription/{self._subscription}/$status")
        said = answer["entry"][0]["resource"]["parameter"]
        (since,) = (one for one in said if one["name"] == "events-since-subscription-start")
        return int(since["valueString"])

    def creates(self, many: int, *, orders: bool) -> list[bytes]:
        """So many requests that create a Task; `orders`: each one's order has to be there."""
        numbers = [next(self._numbers) for _ in range(many)]
        made = self._ordered(numbers) if orders else [f"ServiceRequest/{n}" for n in numbers]
        return [
            self._request("POST", "/Task", CLINIC, _task(number, order, self._patient))
            for number, order in zip(numbers, made, strict=True)
        ]

    def accepts(self, created: Iterable[bytes]) -> Iterator[bytes]:
        """Requests of the plan that accept Tasks, each on the version that was answered."""
        for body in created:
            task = msgspec.json.decode(body)
            match = f'If-Match: W/"{task["meta"]["versionId"]}"'
            task["status"] = "accepted"
            task.pop("businessStatus", None)
            yield self._request("PUT", f"/Task/{task['id']}", PLAN, task, match)

    def _ordered(self, numbers: list[int]) -> list[str]:
        """An order of each number."""
        made: list[str] = []
        for start in range(0, len(numbers), _AT_ONCE):
            entries = [
                {
                    "resource": _order(number, self._patient),
                    "request": {"method": "POST", "url": "ServiceRequest"},
                }
                for number in numbers[start : start + _AT_ONCE]
            ]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            answer = self._answer("POST", "", bundle)
            places = (one["response"]["location"] for one in answer["entry"])
            made += ["/".join(place.split("/_history")[0].split("/")[-2:]) for place in places]
        return made

    def _answer(self, method: str, path: str, resource: Json | None = None) -> Json:
        """What the clinic gets, outside of what is measured."""
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        try:
            headers = {"Content-Type": "application/fhir+json"}
            if self._tokens:
                headers["Authorization"] = f"Bearer {self._tokens[CLINIC]}"
            body = msgspec.json.encode(resource) if resource is not None else None
            connection.request(method, self._server.path + path, body, headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status not in (200, 201):
                raise RuntimeError(f"{response.status}: {answer[:1500]!r}")
            made: Json = msgspec.json.decode(answer)
            return made
        finally:
            connection.close()

    def _request(self, method: str, path: str, client: str, resource: Json, *more: str) -> bytes:
        body = msgspec.json.encode(resource)
        signed = [f"Authorization: Bearer {self._tokens[client]}"] if self._tokens else []
        lines = (
            f"{method} {self._server.path}{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._server.port}",
            "Content-Type: application/fhir+json",
            f"Content-Length: {len(body)}",
            *signed,
            *more,
        )
        return "\r\n".join((*lines, "", "")).encode() + body


def _patient() -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": f"{_SYSTEM}/mrn", "value": "1"}],
        "name": [{"family": "Doe", "given": ["Avery"]}],
        "gender": "female",
        "birthDate": "1980-01-01",
    }


def _order(number: int, patient: str) -> Json:
    snomed = "http://snomed.info/sct"
    return {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": f"{_SYSTEM}/referral", "value": f"R-{number}"}],
        "status": "active",
        "intent": "order",
        "category": [_coded(snomed, "410606002")],
        "priority": "urgent",
        "code": _coded(snomed, "386230005"),
        "subject": {"reference": patient},
        "occurrencePeriod": {"start": "2026-01-06"},
        "authoredOn": _DAY,
        "requester": _organization(CLINIC),
        "performer": [_organization(PLAN)],
    }


def _task(number: int, order: str, patient: str) -> Json:
    return {
        "resourceType": "Task",
        "meta": {"profile": [f"{_GRAVITY}/SDOHCC-TaskForReferralManagement"]},
        "identifier": [{"system": f"{_SYSTEM}/task", "value": f"T-{number}"}],
        "groupIdentifier": {"system": f"{_SYSTEM}/thread", "value": f"G-{number}"},
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": _coded("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "description": "Enhanced Care Management: please contact the member within five days.",
        "focus": {"reference": order},
        "for": {"reference": patient},
        "authoredOn": _DAY,
        "requester": _organization(CLINIC),
        "owner": _organization(PLAN),
        "restriction": {"period": {"end": "2026-01-12"}},
        "note": [{"text": "The member prefers to be called in the afternoon. " * 6}],
    }


def _organization(client: str) -> Json:
    return {"reference": f"Organization/{organization_id(_TENANT, _PARTIES[client])}"}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
