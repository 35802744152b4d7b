"""Transactions: all or nothing, references between entries, answers in order."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.contract.fhir.bundles import condition, entry, statuses, transaction, urn
from tests.contract.fhir.conftest import Fhir, identified, patient, told


def test_entries_refer_to_each_other_whatever_their_order(fhir: Fhir):
    """What refers stands first; its narrative and extensions are rewritten too."""
    link = '<div xmlns="http://www.w3.org/1999/xhtml"><a href="{}">p</a></div>'
    made = condition(
        urn(1),
        text={"status": "generated", "div": link.format(urn(1))},
        extension=[{"url": "urn:x", "valueUri": urn(1)}],
        note=[{"text": urn(1)}],
        identifier=[{"system": "urn:ietf:rfc3986", "value": urn(1)}],
    )
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Condition", made, urn(2)), entry("POST", "Patient", patient("T"), urn(1))
        ),
    )
    assert statuses(answer) == ["201", "201"]
    first, second = (one["resource"] for one in answer.json["entry"])
    assert answer.json["type"] == "transaction-response"
    target = f"Patient/{second['id']}"
    assert first["subject"]["reference"] == target
    assert first["text"]["div"] == link.format(target)
    assert first["extension"][0]["valueUri"] == target
    assert first["note"][0]["text"] == first["identifier"][0]["value"] == urn(1)
    response = answer.json["entry"][1]["response"]
    assert response["location"] == f"{target}/_history/1"
    assert response["etag"] == 'W/"1"'
    assert response["lastModified"] == second["meta"]["lastUpdated"]


def test_circles_of_references_are_closed(fhir: Fhir):
    """Two resources that refer to each other."""
    first = identified("Organization", "circle-a", name="A", partOf={"reference": urn(2)})
    second = identified("Organization", "circle-b", name="B", partOf={"reference": urn(1)})
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Organization", first, urn(1)),
            entry("POST", "Organization", second, urn(2)),
        ),
    )
    assert statuses(answer) == ["201", "201"]
    one, other = (each["resource"] for each in answer.json["entry"])
    assert one["partOf"]["reference"] == f"Organization/{other['id']}"
    assert other["partOf"]["reference"] == f"Organization/{one['id']}"


def test_relative_references_follow_full_urls_of_another_server(fhir: Fhir):
    """As in what another server exported: its ids become ours."""
    base = "http://other.example/fhir"
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Condition", condition("Patient/77"), f"{base}/Condition/1"),
            entry("POST", "Patient", patient("Foreign"), f"{base}/Patient/77"),
        ),
    )
    assert statuses(answer) == ["201", "201"]
    made, subject = (one["resource"] for one in answer.json["entry"])
    assert made["subject"]["reference"] == f"Patient/{subject['id']}"


def test_deletions_come_first_and_reads_last(fhir: Fhir):
    """Whatever the order of the entries; the answers stand in that order."""
    old = fhir.create(identified("Organization", "order-old", name="Old"))
    kept = fhir.create(identified("Organization", "order-kept", name="Kept"))
    place = f"Organization/{kept['id']}"
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("GET", place),
            entry("GET", "Organization?identifier=urn:test|order-old,urn:test|order-new"),
            entry("POST", "Organization", identified("Organization", "order-new", name="New")),
            entry("PUT", place, identified("Organization", "k", name="Changed", id=kept["id"])),
            entry("DELETE", f"Organization/{old['id']}"),
        ),
    )
    assert statuses(answer) == ["200", "200", "201", "200", "204"]
    read, search = (one["resource"] for one in answer.json["entry"][:2])
    assert read["name"] == "Changed"
    assert [one["resource"]["name"] for one in search["entry"]] == ["New"]


def test_conditional_entries_are_resolved_before_anything_is_written(fhir: Fhir):
    """ifNoneExist, PUT on a condition, conditional references; the same condition twice is one."""
    kept = fhir.create(identified("Patient", "known", gender="female"))
    there = {"ifNoneExist": "identifier=urn:test|known"}
    new = {"ifNoneExist": "identifier=urn:test|new-one"}
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Patient", identified("Patient", "known"), urn(1), **there),
            entry("POST", "Patient", identified("Patient", "new-one"), urn(2), **new),
            entry("POST", "Patient", identified("Patient", "new-one"), urn(3), **new),
            entry("POST", "Condition", condition(urn(1))),
            entry("POST", "Condition", condition(urn(3))),
            entry("POST", "Condition", condition("Patient?identifier=urn:test|known")),
            entry("POST", "Condition", condition("Patient?identifier=urn:test|new-one")),
            entry(
                "PUT",
                "Organization?identifier=urn:test|put",
                identified("Organization", "put", name="Put"),
                urn(4),
            ),
            entry("DELETE", "Organization?identifier=urn:test|nobody"),
        ),
    )
    assert statuses(answer) == ["200", "201", "200", "201", "201", "201", "201", "201", "204"]
    entries = answer.json["entry"]
    subjects = [one["resource"]["subject"]["reference"] for one in entries[3:7]]
    known = f"Patient/{kept['id']}"
    made = entries[1]["response"]["location"].partition("/_history")[0]
    assert subjects == [known, made, known, made]
    assert entries[2]["response"]["location"].startswith(made)


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    (
        (entry("POST", "Patient", patient("x", gender="wrong")), 422, "invariant"),
        (entry("POST", "Patient", {"resourceType": "Group"}), 400, "structure"),
        (entry("POST", "Condition", condition(urn(9))), 400, "not-found"),
        (entry("POST", "Condition", condition("Patient?identifier=urn:test|no")), 412, "not-found"),
        (entry("PUT", "Patient/none", patient("x", id="none"), ifMatch='W/"3"'), 412, "conflict"),
        (entry("PATCH", "Patient/none", {"resourceType": "Parameters"}), 400, "required"),
        (entry("DELETE", "Patient/none"), 404, "not-found"),
        (entry("GET", "Patient/none"), 404, "not-found"),
        (entry("GET", "Nope"), 404, "not-supported"),
        (entry("PUT", "AuditEvent/1", {"resourceType": "AuditEvent"}), 405, "not-supported"),
        (entry("GET", "metadata"), 400, "not-supported"),
        (entry("POST", "Patient/$validate", patient("x")), 400, "not-supported"),
        (entry("POST", "", patient("x")), 400, "required"),
        (entry("POST", "http://other.example/fhir/Patient", patient("x")), 400, "value"),
        (entry("STEAL", "Patient"), 400, "required"),
        (entry("POST", "Patient"), 400, "required"),
        (entry("DELETE", "Patient"), 400, "required"),
        (entry("PUT", "Patient", patient("x")), 400, "required"),
        ({}, 400, "required"),
    ),
)
def test_one_entry_that_fails_undoes_all(fhir: Fhir, bad: dict[str, Any], status: int, code: str):
    """The refusal names it; nothing is kept."""
    family = f"Undone-{abs(hash(json.dumps(bad)))}"
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("POST", "Patient", patient(family)),
            entry("POST", "Condition", condition(urn(1))),
            entry("POST", "Patient", patient(family), urn(1)),
            bad,
        ),
    )
    issue = told(answer, status, code)
    assert issue["expression"][0].startswith("Bundle.entry[3]")
    assert fhir.found("Patient", {"family": family}) == []


def test_two_entries_may_not_write_the_same(fhir: Fhir):
    """Their order would decide what is left."""
    id = fhir.create(identified("Patient", "twice"))["id"]
    changes = [
        entry("PUT", f"Patient/{id}", patient("A", id=id)),
        entry("DELETE", "Patient?identifier=urn:test|twice"),
    ]
    issue = told(fhir("POST", "", transaction(*changes)), 400, "duplicate")
    assert issue["expression"] == ["Bundle.entry[1]"]
    assert fhir.get(f"Patient/{id}").headers["etag"] == 'W/"1"'


def test_patches_stand_in_a_binary_or_in_parameters(fhir: Fhir):
    """JSON Patch in base64, FHIRPath Patch as it is."""
    first, second = (fhir.create(patient("P"))["id"] for _ in range(2))
    binary = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": b64encode(b'[{"op":"add","path":"/gender","value":"male"}]').decode(),
    }
    parts = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "Patient"},
        {"name": "name", "valueString": "gender"},
        {"name": "value", "valueCode": "female"},
    ]
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "operation", "part": parts}],
    }
    answer = fhir(
        "POST",
        "",
        transaction(
            entry("PATCH", f"Patient/{first}", binary),
            entry("PATCH", f"Patient/{second}", parameters, ifMatch='W/"1"'),
        ),
    )
    assert statuses(answer) == ["200", "200"]
    assert [one["resource"]["gender"] for one in answer.json["entry"]] == ["male", "female"]


def test_a_task_and_its_order_are_completed_together(fhir: Fhir):
    """As a filler reports: each as it was read, though the one ends with the other by itself."""
    member = fhir.create(patient("Together"))
    subject = {"reference": f"Patient/{member['id']}"}
    asked = {"intent": "order", "authoredOn": "2026-01-05", "requester": {"display": "Dr. Who"}}
    order = fhir.create(
        {"resourceType": "ServiceRequest", "status": "active", "subject": subject, **asked}
    )
    fulfil = {"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}
    focus = {"reference": f"ServiceRequest/{order['id']}"}
    who = {"for": subject, "focus": focus, "owner": {"display": "a lab"}}
    task = {"resourceType": "Task", "code": {"coding": [fulfil]}, **asked, **who}
    task = fhir.create({**task, "status": "requested"})
    task = fhir("PUT", f"Task/{task['id']}", task | {"status": "accepted"}).json
    done = task | {
        "status": "completed",
        "output": [{"type": {"text": "Outcome"}, "valueString": "done"}],
    }
    put = (f"ServiceRequest/{order['id']}", order | {"status": "completed"})
    matches = 'W/"1"'
    answer = fhir(
        "POST",
        "",
        transaction(entry("PUT", *put, ifMatch=matches), entry("PUT", f"Task/{task['id']}", done)),
    )
    assert statuses(answer) == ["200", "200"]
    assert fhir.get(put[0]).json["status"] == "completed"
    assert fhir.get(f"Task/{task['id']}").json["status"] == "completed"
    # Another version than either is still another.
    stale = transaction(entry("PUT", *put, ifMatch=matches))
    told(fhir("POST", "", stale), 412, "conflict", "has version 3")
