"""A store with many referrals for the referral board, written directly."""

from __future__ import annotations

import json
from typing import Any

from adapter.referrals.codes import with_business_status
from adapter.search.indexing import index
from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import DEVELOPMENT_PARTY, SANDBOX
from adapter.store.board_conditions import Whose
from adapter.store.records import Draft, Viewer, Work
from adapter.store.resources import ResourceStore, Unit
from profiles.canonicals import DEFAULT_BASE, TASK_CODE, canonicals

TENANT = DEVELOPMENT_PARTY.tenant
REFERRER, PLAN, PROVIDER = (
    Whose(party=SANDBOX[role], id=organization_id(TENANT, SANDBOX[role]))
    for role in ("referrer", "plan", "provider")
)

_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE
#: Members in one transaction.
_BATCH = 500
_FAMILIES = ("Alvarez", "Brown", "Chen", "Dang", "Evans", "Flores", "Garcia", "Hoang", "Ibarra")
_GIVEN = ("Ana", "Ben", "Carla", "Dewey", "Elena", "Frank", "Grace", "Hugo", "Ines", "Jo", "Kim")
_POPULATIONS = ("homelessness-adult", "utilization-adult", "smi-sud-adult", "birth-equity-adult")
#: Status and business status of the plan's Task, what is next, and of how many in twenty.
_STAGES = (
    ("requested", "sent-to-plan", "acknowledge", 5),
    ("requested", "acknowledged", "screen", 5),
    ("accepted", "eligibility-screening", "decide-authorization", 3),
    ("in-progress", "authorized", "assign-provider", 3),
    ("in-progress", "enrolled", "report-outcome", 2),
    ("completed", "loop-closed", "", 2),
)
_BY_PLACE = tuple(one for one in _STAGES for _ in range(one[3]))


def viewer(whose: Whose) -> Viewer:
    """As somebody of that organization looks."""
    return Viewer(tenant=TENANT, client="benchmark", party=whose.party, clearance=frozenset({"*"}))


def seed_referrals(store: ResourceStore, number: int, *, now: int) -> None:
    """Write referrals of the sandbox's hospital to its plan, each of a member of its own.

    Each has a Patient, an order and a Task, with what finds them, who sees them and where they
    stand. Nobody is told.

    Args:
        store: where none of them is yet.
        number: of referrals.
        now: milliseconds since 1970, around which they are due.
    """
    for first in range(0, number, _BATCH):
        with store.unit(durable=False) as unit:
            for one in range(first, min(first + _BATCH, number)):
                _seed(unit, one, now)


def _seed(unit: Unit, number: int, now: int) -> None:
    status, business, event, _ = _BY_PLACE[number % len(_BY_PLACE)]
    at = now - 30 * _DAY + number
    member, order, task = f"seed-m{number}", f"seed-o{number}", f"seed-t{number}"
    here = canonicals(DEFAULT_BASE)
    name = {"family": _FAMILIES[number % 9], "given": [_GIVEN[number % 11], f"N{number}"]}
    _put(unit, member, at, {"resourceType": "Patient", "name": [name], "birthDate": "1970-01-01"})
    population = {
        "system": here.code_system("ecm-population-of-focus"),
        "code": _POPULATIONS[number % len(_POPULATIONS)],
    }
    about = {
        "intent": "order",
        "requester": {"reference": f"Organization/{REFERRER.id}"},
        "authoredOn": "2026-03-02T12:00:00Z",
    }
    subject = {"reference": f"Patient/{member}"}
    _put(
        unit,
        order,
        at,
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "subject": subject,
            "reasonCode": [{"coding": [population]}],
            **about,
        },
    )
    thread = f"ECM-{number:06}"
    body: dict[str, Any] = {
        "resourceType": "Task",
        "status": status,
        "groupIdentifier": {"system": "urn:thread", "value": thread},
        "code": {"coding": [{"system": TASK_CODE, "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/{order}"},
        "for": subject,
        "owner": {"reference": f"Organization/{PLAN.id}"},
        "priority": "urgent" if number % 7 == 0 else "routine",
        **about,
    }
    body["businessStatus"] = with_business_status(body, business, DEFAULT_BASE)
    _put(unit, task, at, body)
    if event:
        work = Work(
            owner=PLAN.party,
            queue="",
            requester=REFERRER.party,
            status=status,
            business_status=business,
            due_at=now + (number % 28 - 4) * _DAY,
            next_event=event,
            thread=thread,
            priority=body["priority"],
        )
        unit.work(TENANT, "Task", task, work)


def _put(unit: Unit, id: str, at: int, resource: dict[str, Any]) -> None:
    type = str(resource["resourceType"])
    subject = resource.get("subject") or resource.get("for") or {"reference": f"Patient/{id}"}
    meta = {"versionId": "1", "lastUpdated": "2026-03-02T12:00:00.000Z"}
    unit.put(
        Draft(
            tenant=TENANT,
            type=type,
            id=id,
            method="create",
            version=1,
            updated_at=at,
            body=json.dumps({"id": id, "meta": meta, **resource}).encode(),
            author=REFERRER.party,
            patient=subject["reference"].partition("/")[2],
            index=index(type, resource),
        ),
        grants_to=(REFERRER.party, PLAN.party),
    )
