"""What people at the three organizations do with a referral, each at their own service."""

from __future__ import annotations

import json
from pathlib import Path

from tests.stories.exchange.organizations import NPI, Network, Organization, Resource, wait_until
from tests.unit.adapter.command import ecm

_BASE = "https://ecm.example.org/fhir"
_BUSINESS = f"{_BASE}/CodeSystem/ecm-referral-business-status"
_REFERRAL = Path(__file__).with_name("referral.json")


def referral(number: int) -> Resource:
    """A referral of one member to the plan, as a transaction."""
    text = _REFERRAL.read_text(encoding="utf-8").replace("-0001", f"-{number:04}")
    bundle: Resource = json.loads(text)
    return bundle


def refer(network: Network, number: int) -> Resource:
    """The hospital refers a member; its Task, as the hospital has it."""
    return send(network.hospital, referral(number))


def send(organization: Organization, bundle: Resource) -> Resource:
    """Send a referral, which is the last entry of a transaction; its Task."""
    file = organization.folder / "referral.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    organization.says("send", file)
    placer = next(one for one in bundle["entry"][-1]["resource"]["identifier"])
    (task,) = organization.tasks(identifier=f"{placer['system']}|{placer['value']}")
    return task


def suggested(organization: Organization) -> tuple[list[Resource], Resource]:
    """A clinician opens a chart: the chart, and the order that the card suggests."""
    chart = ecm("samples", "five-emergency-visits").stdout
    file = organization.folder / "chart.json"
    file.write_bytes(chart)
    run = ecm(
        *("cds-hooks", "call", organization.base, "--hook", "patient-view", "--bundle", file),
        *("--key", organization.private, "--issuer", f"urn:{organization.id}-staff"),
        *("--tenant", "main", "--format", "json"),
    )
    assert run.returncode == 0, run.stderr.decode()
    (card,) = json.loads(run.stdout)["answer"]["cards"]
    order: Resource = card["suggestions"][0]["actions"][0]["resource"]
    assert order["resourceType"] == "ServiceRequest"
    return [entry["resource"] for entry in json.loads(chart)["entry"]], order


def signed(chart: list[Resource], order: Resource, network: Network) -> Resource:
    """The suggested order, reviewed and signed, as the transaction that asks the plan."""
    hospital, plan = (
        {"type": "Organization", "identifier": {"system": NPI, "value": one.npi}}
        for one in (network.hospital, network.plan)
    )
    id = order["identifier"][0]["value"]
    order = order | {"id": id, "status": "active", "requester": hospital}
    task = {
        "resourceType": "Task",
        "identifier": [{**order["identifier"][0], "system": "https://hospital.example.org/task"}],
        "groupIdentifier": order["requisition"],
        "status": "requested",
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": f"ServiceRequest/{order['id']}"},
        "for": order["subject"],
        "authoredOn": order["authoredOn"],
        "requester": hospital,
        "owner": plan,
    }
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in (*chart, order)
    ]
    entries.append({"resource": task, "request": {"method": "POST", "url": "Task"}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def at(organization: Organization, task: Resource) -> Resource | None:
    """The same Task as an organization has it; None: it has none."""
    own = task["identifier"][0]
    found = organization.tasks(identifier=f"{own['system']}|{own['value']}")
    assert len(found) <= 1, "the same referral stands twice"
    return found[0] if found else None


def arrives(organization: Organization, task: Resource) -> Resource:
    """Wait until an organization has the Task."""
    return wait_until(lambda: at(organization, task), f"{organization.id} has it")


def becomes(
    organization: Organization, task: Resource, status: str, business_status: str = ""
) -> Resource:
    """Wait until an organization sees a Task with a status."""

    def seen() -> Resource | None:
        found = at(organization, task)
        if found is None or found["status"] != status:
            return None
        return found if business_status in ("", said(found)) else None

    return wait_until(seen, f"{organization.id} sees {status} {business_status}")


def said(task: Resource) -> str:
    """Its business status, by our code."""
    codings = task.get("businessStatus", {}).get("coding", [])
    return next((one["code"] for one in codings if one["system"] == _BUSINESS), "")


def assign(network: Network, task: Resource) -> Resource:
    """The plan asks the provider; the Task of that, as the plan has it."""
    network.plan.says("assign", task["id"], "--provider", network.provider.party)
    (child,) = network.plan.tasks(part_of=f"Task/{task['id']}")
    return child


def authorized(network: Network, number: int) -> tuple[Resource, Resource]:
    """A referral that the plan authorized: the hospital's Task and the plan's."""
    asked = refer(network, number)
    plans = arrives(network.plan, asked)
    network.plan.says("authorize", plans["id"])
    becomes(network.hospital, asked, "in-progress", "authorized")
    return asked, plans
