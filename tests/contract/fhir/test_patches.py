"""PATCH as clients really send it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.fhir.conftest import FHIR_JSON, Fhir, patient, told

FHIRPATH = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": "add"},
                {"name": "path", "valueString": "Patient"},
                {"name": "name", "valueString": "gender"},
                {"name": "value", "valueCode": "male"},
            ],
        }
    ],
}


@pytest.mark.parametrize(
    ("body", "media_type"),
    (
        ([{"op": "add", "path": "/gender", "value": "male"}], "application/json-patch+json"),
        ({"gender": "male"}, "application/merge-patch+json"),
        ({"gender": "male"}, "application/json"),
        (FHIRPATH, FHIR_JSON),
    ),
)
def test_each_kind_of_patch_changes_what_it_names(fhir: Fhir, body: Any, media_type: str):
    """200, the next version, everything else as it was."""
    made = fhir.create(patient("Patched"))
    answer = fhir("PATCH", f"Patient/{made['id']}", body, Content_Type=media_type, If_Match='W/"1"')
    assert answer.status == 200, answer.body
    assert answer.headers["etag"] == 'W/"2"'
    assert (answer.json["gender"], answer.json["name"]) == ("male", made["name"])


@pytest.mark.parametrize("media_type", ("application/json-patch+json", "application/json"))
@pytest.mark.parametrize("body", (b"", b"[]"))
def test_an_empty_patch_is_a_mistake(fhir: Fhir, media_type: str, body: bytes):
    """400, as of a client that was called with its arguments in another order."""
    id = fhir.create(patient("Unpatched"))["id"]
    answer = fhir("PATCH", f"Patient/{id}", body, Content_Type=media_type)
    told(answer, 400, "required", "the patch is empty")
    assert fhir.get(f"Patient/{id}").headers["etag"] == 'W/"1"'


def test_what_a_patch_must_not_do(fhir: Fhir):
    """Change the id or the type, make what is no resource, fit what is not there."""
    id = fhir.create(patient("Kept"))["id"]
    for body, status in (
        ({"id": "other"}, 422),
        ({"resourceType": "Group"}, 422),
        ({"gender": "wrong"}, 422),
        ({"meta": {"versionId": "7"}, "gender": "male"}, 200),
    ):
        answer = fhir("PATCH", f"Patient/{id}", body, Content_Type="application/json")
        assert answer.status == status, answer.body
    assert fhir.get(f"Patient/{id}").json["meta"]["versionId"] == "2"
    operations = [{"op": "test", "path": "/gender", "value": "female"},
                  {"op": "remove", "path": "/gender"}]  # fmt: skip
    kind = {"Content_Type": "application/json-patch+json"}
    told(fhir("PATCH", f"Patient/{id}", operations, **kind), 422, "conflict", "does not hold")
    told(fhir("PATCH", "Patient/none", operations, **kind), 404, "not-found")


def test_a_patch_of_another_kind_is_refused_with_those_there_are(fhir: Fhir):
    """415 and Accept-Patch."""
    id = fhir.create(patient("Kinds"))["id"]
    answer = fhir("PATCH", f"Patient/{id}", b"<diff/>", Content_Type="application/xml-patch+xml")
    told(answer, 415, "not-supported")
    assert "application/json-patch+json" in answer.headers["accept-patch"]
