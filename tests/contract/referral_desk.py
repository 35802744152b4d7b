"""Three parties at the pages of a referral, and the exchange below: for tests over plain HTTP."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import SANDBOX, SANDBOX_PARTIES
from tests.contract.conftest import Answer, Service
from tests.contract.fhir.conftest import Fhir

PROVIDERS = [
    f"Organization/{organization_id(one.tenant, one.id)}"
    for one in SANDBOX_PARTIES
    if "provider" in one.id
]

#: What each step is sent with.
VALUES: dict[str, dict[str, str]] = {
    "return": {"faults": "cin", "words": "See the card"},
    "decline": {"code": "already-enrolled"},
    "contact": {"reached": "no", "on": "2026-01-05", "way": "by phone", "words": "No answer"},
    "enroll": {"on": "2026-01-06"},
    "hold": {"code": "awaiting-information"},
    "complete": {"on": "2026-01-07", "code": "services-received"},
    "fail": {"code": "no-longer-eligible"},
    "cancel": {"code": "no-longer-needed"},
    "assign": {"provider": PROVIDERS[0]},
}

#: Who takes which step, one after the other.
Way = tuple[tuple[str, str], ...]


class Desk:
    """The three parties at their pages, and the exchange below."""

    def __init__(self, service: Service) -> None:
        self.fhir = Fhir(service)
        self._service = service
        patient = {"resourceType": "Patient", "name": [{"family": "Doe"}]}
        self._patient = f"Patient/{self.fhir.create(patient)['id']}"

    def refers(self) -> str:
        """A new referral of the hospital to the plan; the id of its Task."""
        hospital, plan = (_identified(SANDBOX[one]) for one in ("referrer", "plan"))
        order = self.fhir.create(
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "code": {"text": "Enhanced Care Management"},
                "subject": {"reference": self._patient},
                "requester": hospital,
            }
        )
        code = {"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}
        task = {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "code": {"coding": [code]},
            "focus": {"reference": f"ServiceRequest/{order['id']}"},
            "for": {"reference": self._patient},
            "authoredOn": "2026-01-05",
            "requester": hospital,
            "owner": plan,
        }
        return str(self.fhir.create(task)["id"])

    def at(self, way: Way, *, part: bool) -> str:
        """A referral that went a way; the id of the plan's Task, or of the provider's."""
        task = self.refers()
        for role, step in way:
            whose = self.part_of(task) if role == "provider" else task
            answer = self.posts(whose, role, step)
            assert answer.status == 303, (way, step, words(answer))
        return self.part_of(task) if part else task

    def part_of(self, task: str) -> str:
        """The provider's Task."""
        return str(self.fhir.found("Task", {"part-of": f"Task/{task}"})[-1]["id"])

    def version(self, task: str) -> str:
        return str(self.fhir.get(f"Task/{task}").json["meta"]["versionId"])

    def offers(self, task: str, role: str) -> set[str]:
        """The steps on a party's page; nothing where it may not see the referral."""
        page = self._service.get(f"/workbench/referrals/{task}?as={role}")
        if page.status == 404:
            return set()
        assert page.status == 200, page.body
        text = page.body.decode()
        return {*re.findall(r"/steps/([a-z]+)", text)} | (
            {"refer"} if "/workbench/referrals/new?again=" in text else set()
        )

    def posts(self, task: str, role: str, step: str, *, version: str = "", **values: Any) -> Answer:
        """Send the form of a step, whether it is offered or not."""
        sent = {"version": version or self.version(task), **VALUES.get(step, {}), **values}
        return self._service.request(
            "POST",
            f"/workbench/referrals/{task}/steps/{step}?as={role}",
            urlencode(sent).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )


def _identified(party: str) -> dict[str, Any]:
    system, _, value = party.rpartition("|")
    return {"type": "Organization", "identifier": {"system": system, "value": value}}


def words(answer: Answer) -> str:
    """A page without its markup."""
    text = answer.body.decode()
    main = text[text.find("<main") : text.find("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())
