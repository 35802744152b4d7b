"""The referral Tasks that the store's benchmark writes, and what belongs to each as rows of tables.

The rows are those that a unit of work of `adapter.store` writes: the same tables, the same columns,
as many of them. Only the hash in the audit is a constant here: to compute it is not writing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec.structs import astuple

from adapter.search.indexing import index
from adapter.store.records import AuditEntry, Draft, IndexRows, Viewer, Work

TENANT = "valley"
PLAN = "http://hl7.org/fhir/sid/us-npi|1000000012"
PROVIDERS = tuple(f"http://hl7.org/fhir/sid/us-npi|10000001{number:02}" for number in range(50))
SUBSCRIPTION = "s1"
SDOHCC = "http://hl7.org/fhir/us/sdoh-clinicalcare"
#: One after another, round and round.
STATUSES = ("requested", "received", "accepted", "in-progress", "on-hold")
#: 2026-03-02.
BEGAN_AT = 1_772_400_000_000
OPERATOR = Viewer(
    tenant=TENANT, client="plan", party=PLAN, operator=True, clearance=frozenset({"*"})
)

Rows = Iterator[tuple[str, tuple[Any, ...]]]


def provider(number: int) -> str:
    """The party that owns a Task."""
    return PROVIDERS[number % len(PROVIDERS)]


def task(number: int, version: int) -> dict[str, Any]:
    """A referral Task as the exchange keeps it, 1.6 KB."""
    status = STATUSES[(version - 1) % len(STATUSES)]
    system, value = provider(number).split("|")
    return {
        "resourceType": "Task",
        "id": task_id(number),
        "meta": {
            "versionId": str(version),
            "lastUpdated": "2026-03-02T12:00:00.000Z",
            "profile": [f"{SDOHCC}/StructureDefinition/SDOHCC-TaskForReferralManagement"],
        },
        "identifier": [{"system": "https://plan.example.org/tasks", "value": f"R-{number:08}"}],
        "basedOn": [{"reference": f"ServiceRequest/order-{number}"}],
        "groupIdentifier": {"system": "https://plan.example.org/refs", "value": f"G-{number:08}"},
        "status": status,
        "businessStatus": coded("https://ecm.example.org/CodeSystem/status", f"{status}-by-owner"),
        "intent": "order",
        "priority": "routine",
        "code": coded("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "description": "Enhanced Care Management: please contact the member within five days.",
        "focus": {"reference": f"ServiceRequest/order-{number}"},
        "for": {"reference": f"Patient/member-{number}", "type": "Patient"},
        "authoredOn": "2026-03-02T12:00:00Z",
        "lastModified": f"2026-03-02T12:{version % 60:02}:00Z",
        "requester": {"reference": "Organization/plan", "display": "Valley Health Plan"},
        "owner": {
            "reference": f"Organization/{value}",
            "identifier": {"system": system, "value": value},
        },
        "restriction": {"period": {"end": "2026-03-09T23:59:59Z"}},
        "note": [{"text": "The member prefers to be called in the afternoon. " * 6}],
    }


def coded(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


def task_id(number: int) -> str:
    """Of a Task; in no order, as a random one."""
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012}"


@cache
def found_by(number: int, version: int) -> IndexRows:
    """What a version of a Task is found by."""
    return index("Task", task(number, version))


def draft(number: int, version: int, updated_at: int) -> Draft:
    """A version of a Task, to be written."""
    return Draft(
        tenant=TENANT,
        type="Task",
        id=task_id(number),
        method="create" if version == 1 else "update",
        version=version,
        updated_at=updated_at,
        body=json.dumps(task(number, version), separators=(",", ":")).encode(),
        author=PLAN,
        patient=f"member-{number}",
        index=found_by(number, version),
    )


def work(number: int, version: int) -> Work:
    """Where the Task stands."""
    return Work(
        owner=provider(number),
        queue="",
        requester=PLAN,
        status=STATUSES[(version - 1) % len(STATUSES)],
        business_status="received",
        due_at=BEGAN_AT + number % 1000 * 60_000,
        next_event="accept",
        thread=f"G-{number:08}",
    )


def audited(number: int, version: int, at: int) -> AuditEntry:
    """That it was written."""
    return AuditEntry(
        at=at,
        tenant=TENANT,
        client="plan",
        party=PLAN,
        action="create" if version == 1 else "update",
        outcome="success",
        entity=f"Task/{task_id(number)}",
        version=version,
        patient=f"member-{number}",
        purpose="TREAT",
    )


def rows_of(key: int, number: int, at: int) -> Rows:
    """Table and values of each row that creating a Task adds, but for the event and the audit."""
    one = draft(number, 1, at)
    head = (key, TENANT, "Task", one.id, 1, at, "create", PLAN, one.patient, "")
    yield "resource", head
    yield "resource_version", (key, 1, TENANT, "Task", at, "create", one.body)
    yield "resource_grant", (key, PLAN, key)
    yield "resource_grant", (key, provider(number), key)
    yield "worklist", (key, TENANT, "Task", one.id, *astuple(work(number, 1)))
    yield from index_rows(key, one.index)


def index_rows(key: int, rows: IndexRows) -> Rows:
    """Table and values of each row that a resource is found by."""
    for param, system, code in rows.tokens:
        yield "token_index", (key, param, code, system, TENANT)
    for param, type, id, url, identifier in rows.references:
        yield "reference_index", (key, param, id, type, url, identifier, TENANT)
    for name, of_kind in (
        ("date_index", rows.dates),
        ("string_index", rows.strings),
        ("number_index", rows.numbers),
    ):
        for row in of_kind:
            yield name, (key, *row, TENANT)


def event(number: int, task_number: int, version: int, at: int) -> tuple[Any, ...]:
    """The row of an event of the one subscription."""
    method = "create" if version == 1 else "update"
    id, patient = task_id(task_number), f"member-{task_number}"
    return (TENANT, SUBSCRIPTION, number, at, method, "Task", id, version, patient, 0)


def audit_row(shard: int, number: int, entry: AuditEntry) -> tuple[Any, ...]:
    """The row of an entry."""
    return (shard, number, *astuple(entry), b"\0" * 32)
