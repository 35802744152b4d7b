"""FHIRPath Patch: where its paths lead, and what its operations leave."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from adapter.fhir_api.call import Call
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.patching import read_patch
from tests.unit.adapter.fhir_api.test_patching import FHIR_JSON, TASK


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
    sent = json.dumps(body).encode()
    call = Call(method="PATCH", path=("Task", "1"), headers={"content-type": FHIR_JSON}, body=sent)
    return read_patch(call)(deepcopy(resource))


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
