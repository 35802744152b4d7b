"""Whoever writes a resource is told every fault in it, where it is and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.validate import validate
from tests.unit.profiles.referrals import BASE, referral, task


def told(resource: object, **how: Any) -> list[str]:
    return [str(fault) for fault in validate(resource, **how)]


def test_a_referral_and_its_task_as_the_profiles_ask_have_no_fault():
    assert told(referral()) == []
    assert told(task()) == []


STRUCTURE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"status": None}, "ServiceRequest.status: is required and is missing"),
    ({"stauts": "draft"}, "ServiceRequest.stauts: is no element of FHIR R4 in this place"),
    ({"category": {}}, "ServiceRequest.category: is an empty object"),
    ({"category": []}, "ServiceRequest.category: is an empty list"),
    ({"priority": ""}, "ServiceRequest.priority: is an empty string"),
    ({"authoredOn": "15.1.2026"}, "ServiceRequest.authoredOn: does not have the form of its FHIR"),
    ({"authoredOn": 20260115}, "ServiceRequest.authoredOn: is not a JSON string"),
    ({"doNotPerform": "true"}, "ServiceRequest.doNotPerform: is not a JSON boolean"),
    ({"quantityQuantity": {"value": "1"}}, "ServiceRequest.quantityQuantity.value: is not a JSON"),
    ({"occurrenceDateTime": "2026"}, "ServiceRequest: has a choice of types answered twice"),
    ({"extension": [{"url": "https://e.org/x", "valueCode": None}]}, ".valueCode: is null"),
    ({"note": [{"time": "2026"}]}, "ServiceRequest.note[0].text: is required and is missing"),
    ({"id": "a b"}, "ServiceRequest.id: does not have the form of its FHIR type"),
    ({"id": "x" * 65}, "ServiceRequest.id: is no id"),
    ({"contained": [{"id": "x"}]}, "contained[0]: is no resource of a known type"),
    ({"contained": [{"resourceType": "Foo"}]}, "contained[0]: is no resource of a known type"),
)


@pytest.mark.parametrize(("changed", "message"), STRUCTURE)
def test_what_fhir_does_not_allow_is_told_with_its_place(changed, message):
    resource = {**referral(), **changed}
    if changed.get("status", "") is None:
        del resource["status"]
    assert any(message in one for one in told(resource)), told(resource)


@pytest.mark.parametrize(
    ("changed", "message"),
    (
        ({"status": "sent"}, "ServiceRequest.status: has a code that its required value set does"),
        ({"priority": "high"}, "Use one of: routine, urgent, asap, stat."),
        (
            {"identifier": [{**referral()["identifier"][0], "use": "mine"}]},
            "ServiceRequest.identifier[0].use: has a code",
        ),
    ),
)
def test_a_code_outside_of_a_required_value_set_is_told_with_the_codes_there_are(changed, message):
    assert any(message in one for one in told(referral(**changed)))


def test_the_statuses_of_a_task_and_the_types_of_a_question_are_known_in_full():
    """The library's metadata abridge these two."""
    assert any("Task.status: has a code" in one for one in told(task(status="sent")))
    form = {"resourceType": "Questionnaire", "status": "draft"}
    assert told({**form, "item": [{"linkId": "1", "type": "choice"}]}) == []
    assert told({**form, "item": [{"linkId": "1", "type": "yes-no"}]}) != []


@pytest.mark.parametrize(
    "reference",
    (
        "Patient/p1",
        "Patient/p1/_history/2",
        "https://ehr.example.org/fhir/Patient/p1",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
    ),
)
def test_a_reference_may_be_relative_absolute_or_a_urn(reference):
    assert told(referral(subject={"reference": reference})) == []


@pytest.mark.parametrize(
    "reference",
    (
        "p1",
        "Patient/p1/../p2",
        "Patient/p1?x=1",
        "/Patient/p1",
        "patient/p1",
        "https://user@ehr.example.org/Patient/p1",
        "javascript:alert(1)",
        "urn:uuid:1",
    ),
)
def test_a_reference_of_another_form_is_told(reference):
    faults = told(referral(subject={"reference": reference}))
    assert any("subject.reference: has no form of a reference" in one for one in faults)


def test_a_reference_to_a_type_that_may_not_stand_there_is_told():
    (fault,) = told(referral(encounter={"reference": "Patient/p1"}))
    assert fault.startswith("ServiceRequest.encounter.reference: points at a type that may not")
    assert "Encounter" in fault


def test_a_reference_whose_stated_type_is_another_is_told():
    faults = told(task(owner={"type": "Patient", "reference": "Organization/o1"}))
    assert any("Task.owner.type: is not the type of the reference" in one for one in faults)


def test_a_reference_into_the_resource_needs_something_there():
    contained = [{"resourceType": "Patient", "id": "p"}]
    assert told(referral(subject={"reference": "#p"}, contained=contained)) == []
    (fault,) = told(referral(subject={"reference": "#q"}, contained=contained))
    assert "points at nothing contained" in fault


@pytest.mark.parametrize("thing", (None, [], "x", {}, {"resourceType": "Foo"}, {"resourceType": 1}))
def test_what_is_no_resource_is_told_so(thing):
    (fault,) = told(thing)
    assert "is no resource" in fault


def test_a_data_type_is_no_resource():
    assert "is no resource" in told({"resourceType": "HumanName", "family": "x"})[0]


def test_every_resource_of_a_bundle_is_checked():
    entries = [{"resource": referral()}, {"resource": task(status="ready")}]
    (fault,) = told({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert fault.startswith("Bundle.entry[1].resource.status: ")


def test_depth_is_bounded():
    deep: dict[str, Any] = {"url": "https://e.org/x"}
    for _ in range(5000):
        deep = {"url": "https://e.org/x", "extension": [deep]}
    assert all("is nested more than 64 deep" in one for one in told(referral(extension=[deep])))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(referral())), value=json_values)
def test_whatever_an_element_holds_it_is_answered_with_faults_and_never_raised(name, value):
    for fault in validate({**referral(), name: value}):
        assert fault.remedy


def test_no_fault_repeats_a_value_of_the_resource():
    """Faults are logged, and a value may be a patient's."""
    canary = "canary-7f3a"
    broken = json.loads(json.dumps(referral()).replace('"code": "', f'"code": "{canary}'))
    broken |= {"status": canary, "authoredOn": canary, "subject": {"reference": canary}}
    faults = told(broken)
    assert len(faults) > 5
    assert canary not in "".join(faults)


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "faulty"),
    (("03_us_core", {"diagnosticreport-cbc.json"}), ("04_gravity_sdoh", set())),
)
def test_the_examples_of_us_core_and_sdoh_clinical_care_have_no_fault(
    ecm_test_data: Path, folder, faulty
):
    """But for one narrative without its text, which has no place in FHIR."""
    found = {}
    for file in (ecm_test_data / folder).glob("*.json"):
        resource = json.loads(file.read_bytes())
        if isinstance(resource, dict) and "resourceType" in resource:
            found[file.name] = told(resource)
    assert len(found) > 50
    assert {name for name, faults in found.items() if faults} == faulty


def test_another_base_means_other_canonical_urls():
    moved = json.loads(json.dumps(referral()).replace(BASE, "https://plan.example.net/r4"))
    moved["specimen"] = [{"reference": "Specimen/s"}]
    (fault,) = told(moved, base="https://plan.example.net/r4/")
    assert "A referral has no specimen" in fault
