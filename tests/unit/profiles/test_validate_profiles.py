"""What our profiles, codes and security labels ask of a referral and its Task."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.canonicals import DEFAULT_BASE
from profiles.validate import validate
from profiles.validate.structure_definitions import profiles
from tests.unit.profiles.referrals import BASE, referral, task


def told(resource: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in validate(resource)]


FILLER = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "FILL"}]}
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    (
        ({"identifier": None}, "identifier", "is required and is missing"),
        (
            {"identifier": [{**referral()["identifier"][0], "type": FILLER}]},
            "identifier",
            "The placer's identifier",
        ),
        (
            {"identifier": [{"type": referral()["identifier"][0]["type"], "value": "k1"}]},
            "identifier[0].system",
            "Who gives it",
        ),
        ({"identifier": referral()["identifier"] * 2}, "identifier", "at most 1"),
        ({"category": referral()["category"][:1]}, "category", "sdoh-category-unspecified"),
        ({"code": {"text": "ECM"}}, "code", "386230005, G9008, G9012"),
        ({"code": None}, "code", "is required and is missing"),
        ({"subject": {"reference": "Group/g1"}}, "subject", "Refer to one of: Patient"),
        ({"authoredOn": None}, "authoredOn", "The day of the order"),
        ({"insurance": [{"reference": "ClaimResponse/c"}]}, "insurance[0]", "Coverage"),
        ({"bodySite": [{"text": "knee"}]}, "bodySite", "The profile allows none here"),
    ),
)
def test_a_referral_that_the_profile_does_not_allow_is_told(changed, place, words):
    faults = told(referral(**changed))
    told_here = [one for one in faults if one.startswith(f"ServiceRequest.{place}: ")]
    assert any(words in one and "(ecm-referral)" in one for one in told_here), faults


def test_a_referral_may_ask_for_the_procedure_code_that_is_billed():
    assert told(referral(code={"coding": [{"system": HCPCS, "code": "G9012"}]})) == []


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    (
        ({"status": "ready"}, "status", "in-progress"),
        ({"status": "received"}, "status", "in-progress"),
        ({"intent": "plan"}, "intent", '"order"'),
        ({"code": {"text": "do it"}}, "code", "fulfill"),
        ({"focus": {"reference": "Task/t"}}, "focus", "ServiceRequest"),
        ({"for": None}, "for", "The member"),
        ({"requester": {"reference": "Practitioner/d"}}, "requester", "PractitionerRole"),
        ({"requester": {"type": "Practitioner", "display": "D"}}, "requester", "Organization"),
        ({"statusReason": {"coding": [{"code": "x"}]}}, "statusReason.text", "The reason in words"),
    ),
)
def test_a_task_that_the_profile_does_not_allow_is_told(changed, place, words):
    faults = told(task(**changed))
    told_here = [one for one in faults if one.startswith(f"Task.{place}: ")]
    assert any(words in one and "(ecm-referral-task)" in one for one in told_here), faults


def test_a_profile_of_another_type_is_told():
    (fault,) = told(referral(meta={**referral()["meta"], "profile": task()["meta"]["profile"]}))
    assert "claims a profile of Task" in fault


def test_a_profile_that_we_do_not_have_is_told_and_those_of_others_are_not():
    for name, known in ((f"{BASE}/StructureDefinition/x", False), ("https://e.org/other", True)):
        meta = {**referral()["meta"], "profile": [name]}
        assert any("is no profile of ours" in one for one in told(referral(meta=meta))) is not known


def test_a_profile_named_with_its_version_is_checked():
    meta = {"profile": [f"{BASE}/StructureDefinition/ecm-referral-task|0.1.0"]}
    assert len(told(task(meta=meta, intent="plan"))) == 1


@pytest.mark.parametrize("population", ("smi-sud", "smi-sud-adult", "smi-sud-child-youth"))
@pytest.mark.parametrize("missing", ("R", "ETH", "PSY"))
def test_a_referral_that_names_a_sensitive_population_bears_all_its_labels(population, missing):
    whole = referral()
    whole["reasonCode"][0]["coding"][0]["code"] = population
    whole["meta"]["security"] = [one for one in whole["meta"]["security"] if one["code"] != missing]
    (fault,) = told(whole)
    assert fault.startswith("ServiceRequest.meta.security: ")
    assert f"Add {missing} of " in fault


def test_a_referral_for_homelessness_needs_no_label():
    coding = {"system": f"{BASE}/CodeSystem/ecm-population-of-focus", "code": "homelessness"}
    meta = {"profile": referral()["meta"]["profile"]}
    assert told(referral(meta=meta, reasonCode=[{"coding": [coding]}])) == []


@pytest.mark.parametrize(
    ("system", "code", "words"),
    (
        (f"{BASE}/CodeSystem/ecm-population-of-focus", "lonely", "is no code of its CodeSystem"),
        (f"{BASE}/CodeSystem/../../x", "x", "is no CodeSystem of ours"),
        ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "Q", "U, L, M, N, R, V"),
    ),
)
def test_a_code_that_there_is_not_is_told(system, code, words):
    (fault,) = told(referral(reasonCode=[{"coding": [{"system": system, "code": code}]}]))
    assert words in fault


def test_each_shipped_profile_says_in_words_what_each_element_is():
    for url, profile in profiles(DEFAULT_BASE).items():
        assert url.endswith(profile.id)
        assert all(one.short for one in profile.root.children)
    assert len(profiles(DEFAULT_BASE)) >= 2
