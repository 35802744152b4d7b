"""The shipped terminology: valid FHIR, complete, and honest about what is provisional."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

import profiles
from profiles.canonicals import CPT, DEFAULT_BASE, ICD_10_CM, LOINC, canonicals
from profiles.validate import validate

DEFINITIONS = Path(profiles.__file__).parent / "definitions"
FILES = sorted(one for one in DEFINITIONS.glob("*/*.json") if one.parent.name != "examples")
VALUE_SETS = sorted((DEFINITIONS / "value_sets").glob("*.json"))
PROVISIONAL = canonicals().provisional
QUESTION = f"{DEFAULT_BASE}/StructureDefinition/answer-to-question"


def read(path: Path) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads(path.read_bytes())
    return resource


def includes(path: Path) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = read(path)["compose"]["include"]
    return elements


def reasons(element: dict[str, Any]) -> list[str]:
    extensions = element.get("extension", [])
    return [e["valueString"] for e in extensions if e["url"] == PROVISIONAL]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_definition_is_a_valid_fhir_resource(path):
    resource = read(path)
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_definition_stands_at_the_canonical_url_of_its_file_name(path):
    resource = read(path)
    assert resource["id"] == path.stem
    if resource["id"].startswith("sdohcc-"):  # defined elsewhere, in words
        assert resource["url"].startswith("http://hl7.org/fhir/us/sdoh-clinicalcare/")
    else:
        assert resource["url"] == f"{DEFAULT_BASE}/{resource['resourceType']}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_definition_says_its_version_date_publisher_and_purpose(path):
    resource = read(path)
    for element in ("version", "date", "publisher", "description"):
        assert resource[element]
    assert resource["experimental"] is False
    if resource["resourceType"] != "SearchParameter":  # FHIR R4 knows no title of it
        assert resource["title"]
    if resource["resourceType"] != "SubscriptionTopic":  # nor R4B a name
        assert re.fullmatch(r"[A-Z][A-Za-z0-9_]{0,254}", resource["name"])


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_definition_has_no_fault_that_validation_finds(path):
    assert validate(read(path)) == ()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_provisional_is_a_draft(path):
    text = path.read_text(encoding="utf-8")
    if path.parent.name != "structure" and f'"{PROVISIONAL}"' in text:
        assert read(path)["status"] == "draft"


def test_what_is_only_recalled_is_provisional():
    """The state's codes, and what the forms took from memory."""
    for name in (
        *("code_systems/dhcs-referral-status", "code_systems/dhcs-referral-closure-reason"),
        *("concept_maps/ecm-business-status-to-dhcs", "concept_maps/ecm-status-reason-to-dhcs"),
        *("questionnaires/ecm-referral", "questionnaires/ecm-screening"),
    ):
        assert reasons(read(DEFINITIONS / f"{name}.json")), name


def test_no_two_definitions_share_a_canonical_url():
    urls = [read(path)["url"] for path in FILES]
    assert len(urls) == len(set(urls))


def test_every_extension_used_is_defined():
    used = set(re.findall(rf"{DEFAULT_BASE}/StructureDefinition/[a-z-]+", _all_text()))
    assert used == {read(path)["url"] for path in DEFINITIONS.glob("structure/*.json")}


def _all_text() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in FILES)


@pytest.mark.parametrize("path", VALUE_SETS, ids=name_of)
def test_a_value_set_with_a_provisional_part_is_a_draft(path):
    resource = read(path)
    provisional = reasons(resource) or any(reasons(element) for element in includes(path))
    assert resource["status"] == ("draft" if provisional else "active")


@pytest.mark.parametrize("path", VALUE_SETS, ids=name_of)
def test_an_include_lists_codes_or_names_one_category_but_not_both(path):
    for element in [*includes(path), *read(path)["compose"].get("exclude", [])]:
        assert ("concept" in element) != ("filter" in element)
        for condition in element.get("filter", []):
            assert (condition["property"], condition["op"]) == ("concept", "is-a")


@pytest.mark.parametrize("path", VALUE_SETS, ids=name_of)
def test_a_category_with_descendants_is_listed_with_its_title_too(path):
    listed = {c["code"] for e in includes(path) for c in e.get("concept", []) if "display" in c}
    assert {f["value"] for e in includes(path) for f in e.get("filter", [])} <= listed


@pytest.mark.parametrize("path", VALUE_SETS, ids=name_of)
def test_icd_10_cm_codes_carry_their_release_and_their_titles(path):
    for element in includes(path):
        if element["system"] == ICD_10_CM:
            assert element["version"] == "2026"
            for concept in element.get("concept", []):
                assert concept["display"]
                assert re.fullmatch(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?", concept["code"])


def test_only_icd_10_cm_codes_are_excluded():
    for path in VALUE_SETS:
        for element in read(path)["compose"].get("exclude", []):
            assert element["system"] == ICD_10_CM


def test_cpt_codes_are_shipped_without_their_descriptions():
    concepts = [
        c for p in VALUE_SETS for e in includes(p) if e["system"] == CPT for c in e["concept"]
    ]
    assert concepts
    assert not any("display" in concept for concept in concepts)


def test_a_loinc_answer_always_names_its_question():
    for path in VALUE_SETS:
        for element in includes(path):
            if element["system"] == LOINC:
                [question] = [e for e in element["extension"] if e["url"] == QUESTION]
                assert question["valueCoding"]["system"] == LOINC


@pytest.mark.parametrize(
    ("concept", "code"),
    (("homeless-sheltered", "611161000124109"), ("homeless-unsheltered", "651021000124107")),
)
def test_the_two_codes_of_uncertain_meaning_are_marked_on_the_spot(concept, code):
    [element] = [
        e
        for e in includes(DEFINITIONS / "value_sets" / f"{concept}.json")
        if code in {c["code"] for c in e.get("concept", [])}
    ]
    assert "could not be confirmed" in reasons(element)[0]
