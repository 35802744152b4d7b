"""Has fhirclient, the SMART client for Python, take a referral to its end and make its mistakes.

Standard input is JSON: `base`, the URL of a FHIR endpoint that needs no token. Standard output is
JSON, what the client saw at each step. Run by tests/contract/fhir/test_peers.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fhirclient import client  # type: ignore[import-not-found]
from fhirclient.models.bundle import Bundle  # type: ignore[import-not-found]
from fhirclient.models.observation import Observation  # type: ignore[import-not-found]
from fhirclient.models.patient import Patient  # type: ignore[import-not-found]
from fhirclient.models.procedure import Procedure  # type: ignore[import-not-found]
from fhirclient.models.servicerequest import ServiceRequest  # type: ignore[import-not-found]
from fhirclient.models.task import Task, TaskOutput  # type: ignore[import-not-found]
from fhirclient.server import FHIRNotFoundException  # type: ignore[import-not-found]
from requests import HTTPError

FULFILL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}


def refusal(act: Any) -> dict[str, Any]:
    """The status and the words of a request that is refused."""
    try:
        act()
    except FHIRNotFoundException as fault:
        answer = fault.args[0]
    except HTTPError as fault:
        answer = fault.response
    else:
        return {"status": 200}
    return {"status": answer.status_code, "said": answer.json()["issue"][0]["diagnostics"]}


def refer(server: Any) -> tuple[str, str]:
    """A member, an order and a Task in one transaction: ids of the member and the Task."""
    subject = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    focus = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000002"}
    asked = {"intent": "order", "authoredOn": "2026-01-05", "requester": {"display": "Dr. Who"}}
    order = {"resourceType": "ServiceRequest", "status": "active", "subject": subject, **asked}
    task = {
        "resourceType": "Task", "status": "requested", "code": FULFILL, "focus": focus,
        "for": subject, "owner": {"display": "a provider"}, **asked,
    }  # fmt: skip
    member = {"resourceType": "Patient", "name": [{"family": "Fhirclient"}]}
    resources: tuple[dict[str, Any], ...] = (member, order, task)
    entries = [
        {
            "fullUrl": f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
            "resource": one,
            "request": {"method": "POST", "url": one["resourceType"]},
        }
        for number, one in enumerate(resources, 1)
    ]
    made = Bundle({"resourceType": "Bundle", "type": "transaction", "entry": entries}).create(
        server
    )
    places = [one["response"]["location"].split("/_history")[0] for one in made["entry"]]
    return places[0].rpartition("/")[2], places[2].rpartition("/")[2]


def the_loop(server: Any) -> dict[str, Any]:
    """Found, accepted, not completed without an outcome, completed with one."""
    member, id = refer(server)
    find = Task.where({"patient": f"Patient/{member}"}).include("focus")
    found = find.perform_resources(server)
    task = Task.read(id, server)
    task.status = "accepted"
    task = Task(task.update(server))
    task.status = "completed"
    too_early = refusal(lambda: task.update(server))
    subject = {"reference": f"Patient/{member}"}
    procedure = Procedure({"status": "completed", "subject": subject}).create(server)
    reference = {"reference": f"Procedure/{procedure['id']}"}
    task.output = [TaskOutput({"type": {"text": "Outcome"}, "valueReference": reference})]
    done = Task(task.update(server))
    order = ServiceRequest.read(done.focus.reference.rpartition("/")[2], server)
    outcome = done.output[0].valueReference.reference
    return {
        "found": [one.resource_type for one in found],
        "too early": too_early,
        "done": done.status,
        "order": order.status,
        "outcome": Procedure.read(outcome.rpartition("/")[2], server).status,
    }


def two_writers(server: Any) -> dict[str, Any]:
    """It never sends If-Match, but sends back the version it read."""
    made = Patient({"name": [{"family": "Twice"}]}).create(server)
    one, other = Patient.read(made["id"], server), Patient.read(made["id"], server)
    one.gender = "female"
    other.gender = "male"
    first = Patient(one.update(server))
    second = refusal(lambda: other.update(server))
    return {"first": first.gender, "second": second, "version": first.meta.versionId}


def pages(server: Any) -> dict[str, Any]:
    """All pages of a search, one Bundle after the other."""
    made = Patient({"name": [{"family": "Paged"}]}).create(server)
    subject = {"reference": f"Patient/{made['id']}"}
    observed = {"status": "final", "code": {"text": "x"}, "subject": subject}
    ids = {Observation({**observed, "valueString": str(n)}).create(server)["id"] for n in range(5)}
    search = Observation.where({"subject": f"Patient/{made['id']}", "_count": "2"})
    bundles = list(search.perform_iter(server))
    got = [entry.resource.id for bundle in bundles for entry in bundle.entry or []]
    return {"bundles": len(bundles), "complete": sorted(got) == sorted(ids)}


def deleted(server: Any) -> dict[str, Any]:
    """What is gone, and what never was."""
    patient = Patient(Patient({"name": [{"family": "Gone"}]}).create(server))
    patient.delete(server)
    return {
        "gone": refusal(lambda: Patient.read(patient.id, server))["status"],
        "never": refusal(lambda: Patient.read("never", server))["status"],
        "search": Patient.where({"_id": patient.id}).perform_resources(server),
    }


def main() -> None:
    """Everything in turn."""
    asked = json.load(sys.stdin)
    smart = client.FHIRClient({"app_id": "ecm-peer", "api_base": asked["base"]})
    seen = {
        "ready": smart.prepare(),
        "version": smart.server.capabilityStatement.fhirVersion,
        "the loop": the_loop(smart.server),
        "two writers": two_writers(smart.server),
        "pages": pages(smart.server),
        "deleted": deleted(smart.server),
    }
    json.dump(seen, sys.stdout)


main()
