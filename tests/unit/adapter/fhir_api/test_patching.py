"""The three patches, and which of them a body is."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from adapter.fhir_api.call import Call
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.patching import read_patch

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FHIR_JSON = "application/fhir+json"

TASK: dict[str, Any] = {
    "resourceType": "Task",
    "id": "1",
    "status": "requested",
    "_status": {"extension": [{"url": "http://x.org/e", "valueCode": "a"}]},
    "intent": "order",
    "code": {"coding": [{"system": "http://x.org/s", "code": "fulfill"}]},
    "output": [
        {"type": {"text": "first"}, "valueString": "a"},
        {"type": {"text": "second"}, "valueReference": {"reference": "Procedure/1"}},
    ],
    "note": [{"text": "one"}, {"text": "two"}, {"text": "three"}],
}


def patched(body: Any, media_type: str, resource: dict[str, Any] = TASK) -> dict[str, Any]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    call = Call(method="PATCH", path=("Task", "1"), headers={"content-type": media_type}, body=sent)
    return read_patch(call)(deepcopy(resource))


def operation(**parts: Any) -> dict[str, Any]:
    """An operation of a FHIRPath Patch; `value` as the part itself."""
    kinds = {"index": "valueInteger", "source": "valueInteger", "destination": "valueInteger"}
    listed = [
        {"name": name, **value}
        if name == "value"
        else {"name": name, kinds.get(name, "valueString"): value}
        for name, value in parts.items()
    ]
    return {"name": "operation", "part": listed}


def fhirpath(*operations: dict[str, Any], resource: dict[str, Any] = TASK) -> dict[str, Any]:
    body = {"resourceType": "Parameters", "parameter": list(operations)}
    return patched(body, FHIR_JSON, resource)


def refusal(*arguments: Any) -> Refused:
    with pytest.raises(Refused) as told:
        patched(*arguments)
    return told.value


def test_a_json_patch_is_done_in_order_after_its_tests():
    """`test` first, then what follows."""
    made = patched(
        [
            {"op": "test", "path": "/status", "value": "requested"},
            {"op": "replace", "path": "/status", "value": "accepted"},
            {"op": "add", "path": "/note/-", "value": {"text": "four"}},
            {"op": "remove", "path": "/output/0"},
        ],
        JSON_PATCH,
    )
    assert made["status"] == "accepted"
    assert [one["text"] for one in made["note"]] == ["one", "two", "three", "four"]
    assert len(made["output"]) == 1


@pytest.mark.parametrize(
    ("body", "media_type", "status", "found"),
    (
        (b"", JSON_PATCH, 400, "the patch is empty"),
        (b"", "application/json", 400, "the patch is empty"),
        ([], JSON_PATCH, 400, "the patch is empty"),
        ({}, MERGE_PATCH, 400, "the patch is empty"),
        ({}, "application/json", 400, "the patch is empty"),
        ({"resourceType": "Parameters"}, FHIR_JSON, 400, "the patch is empty"),
        ({"resourceType": "Parameters", "parameter": []}, FHIR_JSON, 400, "the patch is empty"),
        ({}, JSON_PATCH, 400, "a list of operations"),
        ([[]], JSON_PATCH, 400, "operation 0 has no `op`"),
        ([{"op": "add"}], JSON_PATCH, 400, "operation 0 has no `path`"),
        ([{"op": "add", "path": "x", "value": 1}], JSON_PATCH, 400, "operation 0 has no `path`"),
        ([{"op": "move", "path": "/x"}], JSON_PATCH, 400, "operation 0 has no `from`"),
        ([{"op": "add", "path": "/x"}], JSON_PATCH, 400, "not of the form"),
        ([{"op": "steal", "path": "/x"}], JSON_PATCH, 400, "operation 0 has no `op`"),
        (b'[{"op":"remove","path":"/a"}],"x":[1]', JSON_PATCH, 400, "list"),
        (b"[NaN]", JSON_PATCH, 400, "NaN"),
        (b"[" * 100_000, JSON_PATCH, 400, "nested too deep"),
        ([{"op": "test", "path": "/status", "value": "x"}], JSON_PATCH, 422, "does not hold"),
        ([{"op": "remove", "path": "/owner"}], JSON_PATCH, 422, "does not fit"),
        ([{"op": "remove", "path": "/note/9"}], JSON_PATCH, 422, "does not fit"),
        ([{"op": "replace", "path": "/note/x/y", "value": 1}], JSON_PATCH, 422, "does not fit"),
        ([{"op": "replace", "path": "", "value": 1}], JSON_PATCH, 422, "does not fit"),
        ({"resourceType": "Task"}, FHIR_JSON, 415, "Parameters"),
        ({"status": "accepted"}, "text/plain", 415, "json-patch"),
        ({"status": "accepted"}, "", 415, "json-patch"),
        ({"status": "x"}, "application/json; charset=latin-1", 415, "UTF-8"),
    ),
)
def test_what_is_no_patch_or_does_not_fit_is_refused(
    body: Any, media_type: str, status: int, found: str
):
    """400 where nobody could carry it out, 415 of another kind, 422 not on this resource."""
    fault = refusal(body, media_type)
    assert (fault.status, found in str(fault)) == (status, True), str(fault)


def test_copies_of_copies_end():
    """Forty doublings would fill any memory."""
    bomb = [{"op": "copy", "from": "", "path": "/note/-"}] * 40
    assert refusal(bomb, JSON_PATCH).status == 422


@pytest.mark.parametrize("media_type", (MERGE_PATCH, "application/json"))
def test_an_object_is_merged(media_type: str):
    """Null takes away, lists are replaced whole, what is not named stays."""
    made = patched(
        {"status": "accepted", "code": {"text": "x"}, "note": [{"text": "n"}], "output": None},
        media_type,
    )
    assert made["status"] == "accepted"
    assert made["code"] == {**TASK["code"], "text": "x"}
    assert made["note"] == [{"text": "n"}]
    assert "output" not in made
    assert made["intent"] == "order"


def test_plain_json_is_a_json_patch_or_fhirpath_patch_by_its_shape():
    """A list is the one, Parameters the other."""
    listed = [{"op": "replace", "path": "/status", "value": "accepted"}]
    assert patched(listed, "application/json")["status"] == "accepted"
    parameters = {
        "resourceType": "Parameters",
        "parameter": [operation(type="replace", path="Task.status", value={"valueCode": "x"})],
    }
    assert patched(parameters, "application/json")["status"] == "x"


def test_decimals_of_a_patch_keep_their_digits():
    """1.10 is no 1.1."""
    body = b'{"valueQuantity":{"value":1.10}}'
    assert str(patched(body, MERGE_PATCH, {})["valueQuantity"]["value"]) == "1.10"
    assert patched(body, MERGE_PATCH, {})["valueQuantity"]["value"] == Decimal("1.1")


def test_a_status_is_replaced_with_its_extensions():
    """The extensions belonged to the value before."""
    made = fhirpath(operation(type="replace", path="Task.status", value={"valueCode": "accepted"}))
    assert made["status"] == "accepted"
    assert "_status" not in made


def test_elements_are_added_by_name():
    """To a list at its end; a choice by the type of the value; a backbone element by its parts."""
    output = {
        "part": [
            {
                "name": "type",
                "part": [
                    {"name": "coding", "valueCoding": {"code": "a"}},
                    {"name": "coding", "valueCoding": {"code": "b"}},
                ],
            },
            {"name": "value", "valueReference": {"reference": "Procedure/2"}},
        ]
    }
    made = fhirpath(
        operation(type="add", path="Task", name="output", value=output),
        operation(type="add", path="Task", name="priority", value={"valueCode": "urgent"}),
        operation(type="add", path="Task.code", name="text", value={"valueString": "do"}),
        operation(type="add", path="Task.output[0]", name="id", value={"valueString": "i"}),
    )
    assert made["output"][2] == {
        "type": {"coding": [{"code": "a"}, {"code": "b"}]},
        "valueReference": {"reference": "Procedure/2"},
    }
    assert made["priority"] == "urgent"
    assert made["code"]["text"] == "do"
    assert made["output"][0]["id"] == "i"


def test_lists_are_inserted_into_and_moved_within():
    """Positions count from 0."""
    made = fhirpath(
        operation(
            type="insert", path="Task.note", index=1, value={"valueAnnotation": {"text": "new"}}
        ),
        operation(type="move", path="Task.note", source=3, destination=0),
    )
    assert [one["text"] for one in made["note"]] == ["three", "one", "new", "two"]


@pytest.mark.parametrize(
    ("path", "left"),
    (
        ("Task.output[0]", ["second"]),
        ("Task.output.where(type.text = 'second')", ["first"]),
        ("Task.output.where(value.reference = 'Procedure/1')", ["first"]),
        ("Task.output.where(value is Reference or true)", None),
        ("Task.output.where(value.ofType(Reference).exists())", ["first"]),
        ("Task.output.where(value.ofType(Reference).exists().not())", ["second"]),
        ("Task.output.where(type.text != 'first' and (value.empty() or type.exists()))", ["first"]),
        ("Task.output.last()", ["first"]),
        ("output.first()", ["second"]),
        ("Task.output[7]", ["first", "second"]),
        ("Task.output.where(type.text = 'none')", ["first", "second"]),
        ("Task.output", None),
        ("Task.output.single()", None),
        ("Task.output.sum()", None),
        ("Task.outputs", None),
        ("Task.output[", None),
        ("Task.output.where('x", None),
        ("Task..output", None),
        ("'x'", None),
        ("Task", None),
        ("Task" + ".where(true" * 13 + ")" * 13, None),
        ("Task.output" + " " * 1000, None),
    ),
)
def test_paths_name_what_is_deleted(path: str, left: list[str] | None):
    """One element; none is no fault; several, or a path that is not understood, are (None)."""
    deletion = operation(type="delete", path=path)
    if left is None:
        with pytest.raises(Refused) as told:
            fhirpath(deletion)
        assert told.value.status in (400, 422)
    else:
        assert [one["type"]["text"] for one in fhirpath(deletion)["output"]] == left


def test_what_is_empty_goes_with_its_last_part():
    """FHIR has no empty objects and lists."""
    resource = {"resourceType": "Task", "code": {"coding": [{"code": "a"}]}, "intent": "order"}
    made = fhirpath(operation(type="delete", path="Task.code.coding[0].code"), resource=resource)
    assert made == {"resourceType": "Task", "intent": "order"}


def test_extensions_are_found_by_url():
    """Of elements and of primitives."""
    resource = {
        "resourceType": "Patient",
        "birthDate": "1980",
        "_birthDate": {"extension": [{"url": "u", "valueString": "a"}]},
        "extension": [{"url": "u", "valueString": "a"}, {"url": "v", "valueString": "b"}],
    }
    made = fhirpath(
        operation(type="delete", path="Patient.extension('u')"),
        operation(
            type="replace", path="Patient.extension('v').value", value={"valueBoolean": True}
        ),
        operation(type="delete", path="Patient.birthDate.extension('u')"),
        resource=resource,
    )
    assert made == {
        "resourceType": "Patient",
        "birthDate": "1980",
        "extension": [{"url": "v", "valueBoolean": True}],
    }


def test_primitives_keep_their_extensions_beside_them():
    """When a list of given names is changed in the middle."""
    extension = {"extension": [{"url": "u", "valueString": "b"}]}
    resource = {
        "resourceType": "Patient",
        "name": [{"given": ["a", "b", "c"], "_given": [None, extension]}],
    }
    made = fhirpath(
        operation(type="insert", path="Patient.name[0].given", index=0, value={"valueString": "z"}),
        operation(type="move", path="Patient.name[0].given", source=2, destination=0),
        operation(type="delete", path="Patient.name[0].given[3]"),
        resource=resource,
    )
    assert made["name"][0] == {"given": ["b", "z", "a"], "_given": [extension, None, None]}


@pytest.mark.parametrize(
    ("change", "status"),
    (
        ({"name": "x"}, 400),
        (operation(type="merge", path="Task"), 400),
        (operation(type="delete"), 400),
        (operation(type="add", path="Task", name="note"), 400),
        (operation(type="add", path="Task", name="note", value={"part": []}), 400),
        (operation(type="add", path="Task", name="nope", value={"valueString": "x"}), 422),
        (operation(type="add", path="Task", name="status", value={"valueCode": "x"}), 422),
        (operation(type="add", path="Task.status", name="x", value={"valueCode": "x"}), 422),
        (operation(type="add", path="Task.note", name="text", value={"valueString": "x"}), 422),
        (operation(type="replace", path="Task.owner", value={"valueReference": {}}), 422),
        (operation(type="replace", path="Task", value={"resource": {}}), 422),
        (operation(type="insert", path="Task.note", index=9, value={"valueAnnotation": {}}), 422),
        (operation(type="insert", path="Task.code", index=0, value={"valueString": ""}), 422),
        (operation(type="insert", path="Task.note", index=-1, value={"valueAnnotation": {}}), 400),
        (operation(type="move", path="Task.note", source=0, destination=9), 422),
        (operation(type="move", path="Task.note", source=0), 400),
        (operation(type="move", path="Task.note.last()", source=0, destination=0), 422),
    ),
)
def test_operations_that_cannot_be_done_are_refused(change: dict[str, Any], status: int):
    """With the place of the operation."""
    with pytest.raises(Refused) as told:
        fhirpath(operation(type="delete", path="Task.note[0]"), change)
    assert told.value.status == status
    assert told.value.issues[0].expression == "Parameters.parameter[1]"
