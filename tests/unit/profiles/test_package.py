"""The package is one that FHIR tools take: its layout, its index, and nothing missing in it."""

from __future__ import annotations

import io
import json
import re
import tarfile
from typing import Any

import pytest

from profiles.canonicals import DEFAULT_BASE
from profiles.package import NAME, VERSION, archive, examples, files, resources
from profiles.validate import validate

FILES = files()
RESOURCES = [*resources(), *examples()]
BY_NAME = {f"{one['resourceType']}-{one['id']}": one for one in RESOURCES}


def read(path: str, contents: Any = FILES) -> dict[str, Any]:
    resource: dict[str, Any] = json.loads(contents[path])
    return resource


def test_the_manifest_says_what_it_is_and_what_it_rests_on():
    manifest = read("package/package.json")
    assert (manifest["name"], manifest["version"]) == (NAME, VERSION)
    assert re.fullmatch(r"[a-z][a-z0-9\-]*(\.[a-z0-9\-]+)+", NAME)
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert manifest["fhirVersions"] == ["4.0.1"]
    assert manifest["canonical"] == DEFAULT_BASE
    assert manifest["dependencies"]["hl7.fhir.us.sdoh-clinicalcare"] == "3.0.0"
    assert manifest["dependencies"]["hl7.fhir.us.core"] == "7.0.0"


@pytest.mark.parametrize("folder", ("package", "package/example"))
def test_the_index_names_every_file_of_its_folder_with_what_it_holds(folder):
    index = read(f"{folder}/.index.json")
    assert index["index-version"] == 1
    there = {name.removeprefix(f"{folder}/") for name in FILES if name.rpartition("/")[0] == folder}
    named = [one["filename"] for one in index["files"]]
    assert set(named) == there - {"package.json", ".index.json"}
    assert len(named) == len(set(named))
    for one in index["files"]:
        resource = read(f"{folder}/{one['filename']}")
        assert (one["resourceType"], one["id"]) == (resource["resourceType"], resource["id"])
        assert one.get("url") == resource.get("url")


@pytest.mark.parametrize("name", BY_NAME)
def test_a_file_of_the_package_is_valid_and_of_fhir_r4(name):
    assert BY_NAME[name]["resourceType"] != "SubscriptionTopic"  # there is none in R4
    assert validate(BY_NAME[name]) == ()


def test_whatever_the_package_names_under_its_base_is_in_it():
    text = b"".join(FILES.values()).decode()
    kinds = (
        "StructureDefinition|ValueSet|CodeSystem|ConceptMap|Questionnaire|SearchParameter"
        "|OperationDefinition|CapabilityStatement"
    )
    named = set(re.findall(rf"{DEFAULT_BASE}/(?:{kinds})/[A-Za-z0-9\-]+", text))
    assert named == {one["url"] for one in RESOURCES if one.get("url", "").startswith(DEFAULT_BASE)}


def test_an_example_refers_to_nothing_but_examples():
    refer = re.findall(r'"reference": "([A-Z][A-Za-z]+/[^"]+)"', json.dumps([*examples()]))
    assert set(refer) <= {f"{one['resourceType']}/{one['id']}" for one in examples()}


def test_another_base_stands_in_every_file():
    there = files("https://plan.example/fhir/")
    assert there.keys() == FILES.keys()
    assert not any(DEFAULT_BASE.encode() in content for content in there.values())
    assert read("package/package.json", there)["canonical"] == "https://plan.example/fhir"
    task = read("package/StructureDefinition-ecm-referral-task.json", there)
    assert task["url"] == "https://plan.example/fhir/StructureDefinition/ecm-referral-task"
    example = read("package/example/Task-example-task-completed.json", there)
    assert validate(example, base="https://plan.example/fhir", warnings=True) == ()


def test_the_archive_holds_the_same_files_and_is_the_same_every_time():
    packed = archive(FILES)
    assert packed == archive(files())
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        held = {}
        for one in tar.getmembers():
            content = tar.extractfile(one)
            assert content is not None
            held[one.name] = content.read()
    assert held == dict(FILES)


def test_a_topic_is_a_basic_with_the_extensions_of_later_versions():
    """As the Subscriptions R5 Backport shows a topic on a server of FHIR R4."""
    topic = BY_NAME["Basic-sdohcc-task"]
    assert topic["code"]["coding"][0]["code"] == "SubscriptionTopic"
    head = {
        one["url"].rpartition(".")[2]: one for one in topic["extension"] if "extension" not in one
    }
    assert head["url"]["valueUri"] == (
        "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task"
    )
    (trigger,) = [one for one in topic["extension"] if one["url"].endswith(".resourceTrigger")]
    said = [one.get("valueCode") for one in trigger["extension"] if "Interaction" in one["url"]]
    assert said == ["create", "update", "delete"]
    (criteria,) = [one for one in trigger["extension"] if one["url"] == "queryCriteria"]
    assert {"url": "current", "valueString": "status:not=draft&intent=order"} in criteria[
        "extension"
    ]
    assert topic["modifierExtension"][0]["valueCode"] == "active"
