"""The server says of itself that it does what the published CapabilityStatement requires."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapter.fhir_api.capability import Described, capability_statement
from profiles.package import resources

(REQUIRED,) = [one for one in resources() if one["resourceType"] == "CapabilityStatement"]
WANTED = {one["type"]: one for one in REQUIRED["rest"][0]["resource"]}


@pytest.fixture(scope="module")
def stated() -> dict[str, Any]:
    """What the server says, by resource type."""
    made = json.loads(capability_statement("https://exchange.example/fhir", Described(), ()))
    return {one["type"]: one for one in made["rest"][0]["resource"]}


@pytest.mark.parametrize("type", WANTED)
def test_interactions_and_search_parameters_that_are_required_are_there(type, stated):
    for element, name in (("interaction", "code"), ("searchParam", "name")):
        wanted = {one[name] for one in WANTED[type][element]}
        assert wanted <= {one[name] for one in stated[type][element]}


@pytest.mark.parametrize("type", WANTED)
def test_a_search_parameter_is_of_the_type_of_its_definition(type, stated):
    kinds = {one["name"]: one["type"] for one in stated[type]["searchParam"]}
    for one in WANTED[type]["searchParam"]:
        assert kinds[one["name"]] == one["type"]


@pytest.mark.parametrize("type", WANTED)
def test_includes_and_versions_are_as_required(type, stated):
    wanted, there = WANTED[type], stated[type]
    for element in ("searchInclude", "searchRevInclude"):
        assert set(wanted.get(element, ())) <= set(there.get(element, ()))
    if wanted["versioning"] == "versioned-update":
        assert there["versioning"] == "versioned-update"
    assert there["conditionalRead"] in (wanted["conditionalRead"], "full-support")
