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
        ([{"op": "add", "path": "/x"}], JSON_PATCH, 400, "operation 0 has no `value`"),
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
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Task.status"},
                    {"name": "value", "valueCode": "x"},
                ],
            }
        ],
    }
    assert patched(parameters, "application/json")["status"] == "x"


def test_decimals_of_a_patch_keep_their_digits():
    """1.10 is no 1.1."""
    body = b'{"valueQuantity":{"value":1.10}}'
    assert str(patched(body, MERGE_PATCH, {})["valueQuantity"]["value"]) == "1.10"
    assert patched(body, MERGE_PATCH, {})["valueQuantity"]["value"] == Decimal("1.1")
