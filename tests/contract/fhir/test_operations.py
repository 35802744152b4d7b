"""The CapabilityStatement says what is done; `$validate` and `$ecm-eligibility` answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapter.fhir_api.table import TABLE
from adapter.samples import sample
from profiles.validate import validate
from tests.contract.fhir.conftest import FHIR_JSON, Fhir, patient, told

METHODS = {
    "create": ("POST", "{}"),
    "search-type": ("GET", "{}"),
    "read": ("GET", "{}/x"),
    "update": ("PUT", "{}/x"),
    "patch": ("PATCH", "{}/x"),
    "delete": ("DELETE", "{}/x"),
    "history-instance": ("GET", "{}/x/_history"),
    "history-type": ("GET", "{}/_history"),
    "vread": ("GET", "{}/x/_history/1"),
}


def statement(fhir: Fhir) -> dict[str, Any]:
    found: dict[str, Any] = fhir.get("metadata").json
    return found


def test_the_statement_is_valid_and_names_this_server(fhir: Fhir):
    """By FHIR's own rules; it says on which base it was asked."""
    found = statement(fhir)
    assert [one for one in validate(found) if one.severity == "error"] == []
    assert found["implementation"]["url"] == fhir.base
    assert found["fhirVersion"] == "4.0.1"
    assert {"application/fhir+json", "application/fhir+xml"} <= set(found["format"])
    assert fhir.get("metadata").headers["cache-control"] == "no-cache"


def test_what_is_declared_is_routed_and_nothing_else(fhir: Fhir):
    """Each interaction of each type: 405 or `not-supported` where it is not declared."""
    declared = {
        (one["type"], each["code"])
        for one in statement(fhir)["rest"][0]["resource"]
        for each in one["interaction"]
    }
    assert {type for type, _ in declared} == set(TABLE)
    for type in TABLE:
        for code, (method, path) in METHODS.items():
            answer = fhir(method, path.format(type), {} if method in ("POST", "PUT") else None)
            routed = answer.status != 405 and b"has no" not in answer.body
            assert routed == ((type, code) in declared), (type, code, answer.body)


def test_every_parameter_that_is_declared_is_known(fhir: Fhir):
    """No search parameter is refused by strict handling as unknown; nor is an include."""
    for resource in statement(fhir)["rest"][0]["resource"]:
        type = resource["type"]
        queries = [f"{one['name']}=2020" for one in resource.get("searchParam", ())]
        queries += [f"_include={one}" for one in resource.get("searchInclude", ())]
        queries += [f"_revinclude={one}" for one in resource.get("searchRevInclude", ())]
        for query in queries:
            answer = fhir.get(type, f"{query}&_count=1", Prefer="handling=strict")
            assert b"not-supported" not in answer.body, (type, query, answer.body)


def test_a_resource_is_validated_and_not_stored(fhir: Fhir):
    """Faults with their place, or none; in Parameters too."""
    good, bad = patient("Validated"), patient("Validated", gender="x")
    for path in ("Patient/$validate", "$validate"):
        fine = fhir("POST", path, good)
        assert fine.status == 200
        assert [one["severity"] for one in fine.json["issue"]] == ["information"]
        (issue,) = fhir("POST", path, bad).json["issue"]
        assert (issue["severity"], issue["expression"]) == ("error", ["Patient.gender"])
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": bad},
            {"name": "mode", "valueCode": "create"},
        ],
    }
    assert fhir("POST", "Patient/$validate", parameters).json["issue"][0]["severity"] == "error"
    assert fhir.found("Patient", {"family": "Validated"}) == []
    told(fhir("POST", "Task/$validate", good), 400, "structure")
    told(fhir("POST", "Patient/$validate", b""), 400, "required")


def test_a_profile_is_validated_where_it_is_ours(fhir: Fhir):
    """Of another's profile it is said that it was not checked."""
    task = {"resourceType": "Task", "status": "draft", "intent": "plan"}
    ours = "https://ecm.example.org/fhir/StructureDefinition/ecm-referral-task"
    faults = fhir("POST", "Task/$validate", task, {"profile": ours}).json["issue"]
    assert any(one["severity"] == "error" for one in faults)
    theirs = {"profile": "http://example.com/p"}
    (first, *_) = fhir("POST", "Task/$validate", task, theirs).json["issue"]
    assert first["severity"] == "warning"


def eligibility(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def data(today: date) -> dict[str, Any]:
    return {
        "name": "patientData",
        "resource": sample("five-emergency-visits", today).bundle,
    }


def test_eligibility_is_determined_over_fhir(fhir: Fhir, today: date):
    """Parameters in, Parameters out; the day may be given."""
    body = eligibility(
        data(today),
        {"name": "plan", "valueCode": "partnership"},
        {"name": "asOf", "valueDate": today.isoformat()},
        {"name": "complete", "valueString": f"encounters=2020-01-01..{today}"},
    )
    answer = fhir("POST", "$ecm-eligibility", body)
    assert answer.status == 200, answer.body
    found = {one["name"]: one for one in answer.json["parameter"]}
    assert answer.json["resourceType"] == "Parameters"
    assert found["plan"]["valueCode"] == "partnership"
    assert found["asOf"]["valueDate"] == today.isoformat()
    populations = [one for one in answer.json["parameter"] if one["name"] == "population"]
    assert len(populations) == 9
    in_xml = fhir("POST", "$ecm-eligibility", body, Accept="application/fhir+xml")
    assert in_xml.status == 200
    assert b"<Parameters" in in_xml.body


@pytest.mark.parametrize(
    ("extra", "status", "words"),
    (
        ({"name": "plan", "valueCode": "nobody"}, 422, "plan is none"),
        ({"name": "asOf", "valueDate": "2025"}, 400, "asOf is no day"),
        ({"name": "policyDate", "valueDate": "2021-01-01"}, 422, "since ECM began"),
        ({"name": "patient", "valueString": "Patient/other"}, 422, "patientData"),
        ({"name": "complete", "valueString": "visits=2020-01-01..2021-01-01"}, 400, "complete"),
        ({"name": "complete", "valueString": "encounters=2021-01-01..2020-01-01"}, 400, "complete"),
    ),
)
def test_what_cannot_be_determined_is_told(
    fhir: Fhir, today: date, extra: dict[str, Any], status: int, words: str
):
    """With the parameter at fault."""
    answer = fhir("POST", "$ecm-eligibility", eligibility(data(today), extra))
    assert (answer.status, words in answer.json["issue"][0]["diagnostics"]) == (status, True)


def test_eligibility_needs_data(fhir: Fhir):
    """400 without a patient's resources."""
    for body in (eligibility(), eligibility({"name": "patientData", "valueString": "x"})):
        told(fhir("POST", "$ecm-eligibility", body), 400, "required", "patientData")
    told(fhir("GET", "$ecm-eligibility"), 400, "required", "patientData")
    told(fhir("POST", "Patient/$ecm-eligibility", {}), 404, "not-supported")


def test_operations_of_subscriptions_are_there(fhir: Fhir):
    """`$status` of all; `$events` and `$resend` of one."""
    assert fhir.get("Subscription/$status").json["type"] == "searchset"
    told(fhir.get("Subscription/none/$events"), 404, "not-found")
    told(fhir.get("Subscription/none/$resend"), 405, "not-supported")
    body = {"resourceType": "Parameters"}
    told(fhir("POST", "Subscription/none/$resend", body, Content_Type=FHIR_JSON), 404, "not-found")
