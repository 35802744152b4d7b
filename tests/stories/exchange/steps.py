"""What people at the three organizations do with a referral, each at their own service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.stories.exchange.organizations import NPI, Network, Organization, wait_until

Resource = dict[str, Any]
_BASE = "https://ecm.example.org/fhir"
_BUSINESS = f"{_BASE}/CodeSystem/ecm-referral-business-status"
_REASON = f"{_BASE}/CodeSystem/ecm-referral-status-reason"
_REFERRAL = Path(__file__).with_name("referral.json")


def refer(network: Network, number: int = 1) -> Resource:
    """The hospital refers a member; its Task, as the hospital has it."""
    text = _REFERRAL.read_text(encoding="utf-8").replace("-0001", f"-{number:04}")
    staff = network.hospital.staff()
    answer = staff.transaction(json.loads(text), key=f"referral-{number}")
    located = answer["entry"][-1]["response"]["location"]
    return staff.read("Task", located.split("/")[1]).resource


def at(organization: Organization, task: Resource) -> Resource | None:
    """The same Task as an organization has it; None: it has none."""
    own = next(one for one in task["identifier"] if _is_placer(one))
    found = organization.tasks(identifier=f"{own['system']}|{own['value']}")
    assert len(found) <= 1, "the same referral stands twice"
    return found[0] if found else None


def arrives(organization: Organization, task: Resource) -> Resource:
    """Wait until an organization has the Task."""
    found: Resource = wait_until(lambda: at(organization, task), f"{organization.id} has it")
    return found


def becomes(
    organization: Organization, task: Resource, status: str, business_status: str = ""
) -> Resource:
    """Wait until an organization sees a Task with a status."""

    def seen() -> Resource | None:
        found = at(organization, task)
        if found is None or found["status"] != status:
            return None
        return found if business_status in ("", said(found)) else None

    words = f"{organization.id} sees {status} {business_status}"
    found: Resource = wait_until(seen, words)
    return found


def said(task: Resource) -> str:
    """Its business status, by our code."""
    codings = task.get("businessStatus", {}).get("coding", [])
    return next((one["code"] for one in codings if one["system"] == _BUSINESS), "")


def move(
    organization: Organization,
    task: Resource,
    status: str,
    business_status: str = "",
    *,
    reason: tuple[str, str] | None = None,
    output: Resource | None = None,
) -> Resource:
    """Take a Task one step further, as its requester or owner."""
    operations: list[Resource] = [{"op": "replace", "path": "/status", "value": status}]
    if business_status:
        coded = {"coding": [{"system": _BUSINESS, "code": business_status}]}
        operations.append({"op": "add", "path": "/businessStatus", "value": coded})
    if reason is not None:
        code, words = reason
        coded = {"coding": [{"system": _REASON, "code": code}], "text": words}
        operations.append({"op": "add", "path": "/statusReason", "value": coded})
    if output is not None:
        operations.append({"op": "add", "path": "/output", "value": [output]})
    return organization.patch(task, *operations)


def hand_on(network: Network, task: Resource) -> Resource:
    """The plan asks the ECM provider: an order of its own, and a Task that is part of the first."""
    plan = network.plan.staff()
    order = plan.read(*task["focus"]["reference"].split("/")).resource
    kept = ("category", "priority", "code", "subject", "reasonCode", "requisition")
    owner = {"type": "Organization", "identifier": {"system": NPI, "value": network.provider.npi}}
    requester = {"type": "Organization", "identifier": {"system": NPI, "value": network.plan.npi}}
    placer = task["identifier"][0]["value"]
    child_order = {name: order[name] for name in kept if name in order} | {
        "resourceType": "ServiceRequest",
        "identifier": [_placer("plan-order", placer)],
        "status": "active",
        "intent": "filler-order",
        "basedOn": [task["focus"]],
        "authoredOn": task["lastModified"],
        "requester": requester,
        "performer": [owner],
    }
    child = {
        "resourceType": "Task",
        "identifier": [_placer("plan-task", placer)],
        "partOf": [{"reference": f"Task/{task['id']}"}],
        "status": "requested",
        "intent": "order",
        "code": task["code"],
        "focus": {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"},
        "for": task["for"],
        "authoredOn": task["lastModified"],
        "requester": requester,
        "owner": owner,
    }
    entries = [
        {
            "fullUrl": "urn:uuid:11111111-1111-4111-8111-111111111111",
            "resource": child_order,
            "request": {"method": "POST", "url": "ServiceRequest"},
        },
        {"resource": child, "request": {"method": "POST", "url": "Task"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = plan.transaction(bundle, key=f"assign-{placer}")
    located = answer["entry"][1]["response"]["location"]
    return plan.read("Task", located.split("/")[1]).resource


def performed(provider: Organization, task: Resource) -> Resource:
    """The provider writes down what was done; an output for the Task."""
    made = provider.staff().create(
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "386230005"}]},
            "subject": task["for"],
            "basedOn": [task["focus"]],
            "performedDateTime": "2026-11-20T10:00:00-08:00",
        }
    )
    return {
        "type": {
            "coding": [
                {
                    "system": "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/"
                    "SDOHCC-CodeSystemTemporaryCodes",
                    "code": "resulting-activity",
                }
            ]
        },
        "valueReference": {"reference": f"Procedure/{made.resource['id']}"},
    }


def _placer(system: str, value: str) -> Resource:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}
    return {
        "type": {"coding": [coding]},
        "system": f"https://plan.example.org/sid/{system}",
        "value": value,
    }


def _is_placer(identifier: Resource) -> bool:
    codings = identifier.get("type", {}).get("coding", [])
    return any(one.get("code") == "PLAC" for one in codings)
