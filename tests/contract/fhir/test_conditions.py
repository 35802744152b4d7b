"""Writes on a condition: created once, found by search parameters, never by half of them."""

from __future__ import annotations

import pytest

from tests.contract.fhir.conftest import Fhir, identified, told


@pytest.mark.parametrize("form", ("identifier=urn:test|{}", "?identifier=urn:test|{}",
                                  "Organization?identifier=urn:test%7C{}"))  # fmt: skip
def test_if_none_exist_creates_once(fhir: Fhir, form: str):
    """201, then 200 with the one there is, however the condition is spelled."""
    value = f"once-{len(form)}"
    body = identified("Organization", value, name="Once")
    condition = form.format(value)
    first = fhir("POST", "Organization", body, If_None_Exist=condition)
    second = fhir("POST", "Organization", body | {"name": "Twice"}, If_None_Exist=condition)
    assert (first.status, second.status) == (201, 200)
    assert second.json == first.json
    assert second.headers["location"] == first.headers["location"]
    assert len(fhir.found("Organization", {"identifier": f"urn:test|{value}"})) == 1


def test_parameters_of_a_post_are_such_a_condition(fhir: Fhir):
    """As fhirpy's get_or_create sends them; passing them over would make a second one."""
    body = identified("Organization", "posted", name="Posted")
    params = {"identifier": "urn:test|posted"}
    statuses = [fhir("POST", "Organization", body, params).status for _ in range(3)]
    assert statuses == [201, 200, 200]
    told(fhir("POST", "Organization", body, {"nope": "x"}), 400, "not-supported", "nope")
    assert fhir("POST", "Organization", body, {"_format": "json", "_pretty": "true"}).status == 201


def test_a_condition_that_finds_several_is_refused(fhir: Fhir):
    """412 for every kind of write; nothing is written."""
    for _ in range(2):
        fhir.create(identified("Organization", "several", name="Several"))
    params = {"identifier": "urn:test|several"}
    body = identified("Organization", "several", name="Another")
    headers = {"If_None_Exist": "identifier=urn:test|several"}
    told(fhir("POST", "Organization", body, **headers), 412, "multiple-matches")
    told(fhir("PUT", "Organization", body, params), 412, "multiple-matches")
    told(fhir("DELETE", "Organization", None, params), 412, "multiple-matches")
    patch = {"Content_Type": "application/json"}
    told(fhir("PATCH", "Organization", {"name": "x"}, params, **patch), 412, "multiple-matches")
    assert {one["name"] for one in fhir.found("Organization", params)} == {"Several"}


def test_a_conditional_update_creates_or_replaces(fhir: Fhir):
    """201 where nothing is found, 200 where one is; an id has to be the one that is found."""
    params = {"identifier": "urn:test|upsert"}
    body = identified("Organization", "upsert", name="First")
    first = fhir("PUT", "Organization", body, params)
    second = fhir("PUT", "Organization", body | {"name": "Second"}, params)
    assert (first.status, second.status) == (201, 200)
    assert second.json["id"] == first.json["id"]
    assert second.headers["etag"] == 'W/"2"'
    third = fhir("PUT", "Organization", body | {"id": first.json["id"]}, params)
    assert third.headers["etag"] == 'W/"3"'
    told(fhir("PUT", "Organization", body | {"id": "other"}, params), 400, "value", "another id")
    told(fhir("PUT", "Organization", body, params, If_Match='W/"1"'), 412, "conflict")


def test_a_conditional_update_may_bring_its_id(fhir: Fhir):
    """201 under that id, where nothing is found."""
    body = identified("Organization", "brings-id", id="brings-id", name="Named")
    answer = fhir("PUT", "Organization", body, {"identifier": "urn:test|brings-id"})
    assert (answer.status, answer.json["id"]) == (201, "brings-id")


def test_a_conditional_patch_needs_something_to_change(fhir: Fhir):
    """404 where nothing is found."""
    params, plain = {"identifier": "urn:test|patched"}, {"Content_Type": "application/json"}
    told(fhir("PATCH", "Organization", {"name": "x"}, params, **plain), 404, "not-found")
    fhir.create(identified("Organization", "patched", name="Before"))
    answer = fhir("PATCH", "Organization", {"name": "After"}, params, **plain)
    assert (answer.status, answer.json["name"]) == (200, "After")


def test_a_conditional_delete_is_content_with_nothing(fhir: Fhir):
    """204 either way."""
    params = {"identifier": "urn:test|deleted"}
    id = fhir.create(identified("Organization", "deleted", name="Delete"))["id"]
    assert fhir("DELETE", "Organization", None, params).status == 204
    assert fhir.get(f"Organization/{id}").status == 410
    assert fhir("DELETE", "Organization", None, params).status == 204


@pytest.mark.parametrize(
    "params", (None, {"_format": "json"}, {"_count": "1"}, {"identifier": ""}, {"nope": "x"})
)
def test_a_write_without_a_condition_that_holds_is_refused(
    fhir: Fhir, params: dict[str, str] | None
):
    """400: half a condition, or none, would find too much."""
    for method, body in (("DELETE", None), ("PUT", identified("Organization", "x", name="x"))):
        assert fhir(method, "Organization", body, params).status == 400
