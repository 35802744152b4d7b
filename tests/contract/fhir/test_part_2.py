"""A record of substance use over HTTP: seen by consent alone, with its notice, until revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from msgspec import Struct

from adapter.security.disclosure import STATEMENT
from tests.contract.conftest import Service, stop
from tests.contract.fhir.tenants import CLINIC, KITCHEN, NPI, PLAN, Caller, start

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"

Json = dict[str, Any]


class Exchange(Struct, kw_only=True):
    """A referral from the plan to the clinic, about a member with an opioid use disorder."""

    service: Service
    plan: Caller
    clinic: Caller
    patient: str
    condition: str

    def read(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """By the clinic, with the headers of the answer."""
        headers = {"Authorization": f"Bearer {self.clinic.token}"}
        answer = self.service.request("GET", f"/fhir{path}", headers=headers)
        return answer.status, answer.headers, answer.body

    def consent(self, status: str, recipient: str, *, id: str = "") -> Json:
        made: Json = {
            "resourceType": "Consent",
            "status": status,
            "scope": _coded(f"{TERMINOLOGY}/consentscope", "patient-privacy"),
            "category": [_coded("http://loinc.org", "59284-0")],
            "patient": {"reference": f"Patient/{self.patient}"},
            "dateTime": "2026-01-01",
            "policyRule": _coded(ACT_CODE, "OPTIN"),
            "provision": {
                "type": "permit",
                "actor": [
                    {
                        "role": _coded(f"{TERMINOLOGY}/v3-ParticipationType", "IRCP"),
                        "reference": _party(recipient),
                    }
                ],
                "action": [_coded(f"{TERMINOLOGY}/consentaction", "access")],
                "securityLabel": [{"system": ACT_CODE, "code": "ETH"}],
            },
        }
        return made | ({"id": id} if id else {})


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _party(value: str) -> Json:
    return {"identifier": {"system": NPI, "value": value}}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with ExitStack() as opened:
        service = start(tmp_path_factory.mktemp("part-2"), 9)
        opened.callback(stop, service)
        plan = opened.enter_context(closing(Caller(service, "plan")))
        clinic = opened.enter_context(closing(Caller(service, "clinic")))
        patient = plan.written({"resourceType": "Patient", "name": [{"family": "Member"}]})["id"]
        about = {"reference": f"Patient/{patient}"}
        code = _coded("http://hl7.org/fhir/sid/icd-10-cm", "F11.20")
        condition = plan.written({"resourceType": "Condition", "subject": about, "code": code})[
            "id"
        ]
        order = plan.written(
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "subject": about,
                "code": {"text": "Enhanced Care Management"},
                "requester": _party(PLAN),
                "reasonReference": [{"reference": f"Condition/{condition}"}],
            }
        )["id"]
        plan.written(
            {
                "resourceType": "Task",
                "status": "requested",
                "intent": "order",
                "for": about,
                "focus": {"reference": f"ServiceRequest/{order}"},
                "requester": _party(PLAN),
                "owner": _party(CLINIC),
            }
        )
        yield Exchange(
            service=service, plan=plan, clinic=clinic, patient=patient, condition=condition
        )


def test_a_record_of_substance_use_is_told_by_consent_until_that_is_revoked(exchange: Exchange):
    """With the statement and the consent in headers, for one resource and for a page of them."""
    here, searched = f"/Condition/{exchange.condition}", f"/Condition?patient={exchange.patient}"
    assert exchange.read(f"/Patient/{exchange.patient}")[0] == 200
    assert exchange.read(here)[0] == 404
    assert b"F11" not in exchange.read(searched)[2]
    exchange.plan.written(exchange.consent("active", KITCHEN))
    assert exchange.read(here)[0] == 404, "it names somebody else"
    consent = exchange.plan.written(exchange.consent("active", CLINIC))
    for path in (here, searched, f"{here}/_history"):
        status, headers, body = exchange.read(path)
        assert status == 200
        assert b"F11.20" in body
        assert headers["x-part-2-notice"] == STATEMENT
        assert headers["x-part-2-consent"] == f"Consent/{consent['id']}"
    for kind in ("batch", "transaction"):
        entry = {"request": {"method": "GET", "url": here[1:]}}
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [entry]}
        sent = json.dumps(bundle).encode()
        answer = exchange.service.request(
            "POST",
            "/fhir/",
            sent,
            {
                "Authorization": f"Bearer {exchange.clinic.token}",
                "Content-Type": "application/fhir+json",
            },
        )
        assert b"F11.20" in answer.body
        assert answer.headers["x-part-2-consent"] == f"Consent/{consent['id']}"
    _, headers, _ = exchange.read(f"/Patient/{exchange.patient}")
    assert "x-part-2-notice" not in headers
    event = exchange.plan.read(f"/AuditEvent?entity=Condition/{exchange.condition}&action=R")
    told, *_ = (
        one["resource"]
        for one in event["entry"]
        if one["resource"]["subtype"][0]["code"] == "read" and one["resource"]["outcome"] == "0"
    )
    places = [one["what"]["reference"] for one in told["entity"]]
    assert places == [
        f"Patient/{exchange.patient}",
        f"Condition/{exchange.condition}/_history/1",
        f"Consent/{consent['id']}",
    ]
    revoked = consent | {"status": "inactive"}
    exchange.plan.written(revoked)
    assert exchange.read(here)[0] == 404
    assert b"F11" not in exchange.read(searched)[2]
    status, body = exchange.plan("GET", here)
    assert (status, json.loads(body)["id"]) == (200, exchange.condition)
