"""Which labels a resource needs, labelled or not, and what goes along when it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapter.security.disclosure import SENSITIVE, STATEMENT, disclosure, labels_of
from profiles.canonicals import canonicals
from profiles.value_sets import codes

Json = dict[str, Any]

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
OWN = canonicals()


def condition(system: str, code: str, **more: object) -> Json:
    coding = {"system": system, "code": code}
    return {"resourceType": "Condition", "id": "c", "code": {"coding": [coding]}, **more}


def labelled(*labels: tuple[str, str]) -> Json:
    security = [{"system": system, "code": code} for system, code in labels]
    return condition(ICD_10_CM, "I10", meta={"security": security})


@pytest.mark.parametrize(
    ("labels", "needed"),
    (
        ([(ACT_CODE, "ETH")], {"eth"}),
        ([(ACT_CODE, "42CFRPart2"), (CONFIDENTIALITY, "R")], {"42cfrpart2", "r"}),
        ([(CONFIDENTIALITY, "N")], set()),
        ([(ACT_CODE, "AUDIT")], set()),
        ([("", "SICKVIS")], {"sickvis"}),
        ([("", "")], {""}),
    ),
)
def test_a_label_its_sender_set_is_kept(labels: list[tuple[str, str]], needed: set[str]):
    """Also one nobody knows; those that restrict nothing are left out."""
    assert labels_of(labelled(*labels)) == needed


@pytest.mark.parametrize(
    ("system", "code", "needed"),
    (
        (ICD_10_CM, "F11.20", {"eth"}),
        (ICD_10_CM, "f1120", {"eth"}),
        ("urn:oid:2.16.840.1.113883.6.90", "F10.10", {"eth"}),
        (ICD_10_CM, "T40.2X1A", {"eth"}),
        (ICD_10_CM, "B20", {"hiv"}),
        (ICD_10_CM, "O03.9", {"sex"}),
        ("http://snomed.info/sct", "19169002", {"sex"}),
        (ICD_10_CM, "F17.210", set()),
        (ICD_10_CM, "F20.9", set()),
        (ICD_10_CM, "O80", set()),
        ("http://example.org/local", "F11.20", set()),
        (OWN.attestation, "hiv", {"hiv"}),
        (OWN.program, "dmc-ods", {"eth"}),
        (OWN.program, "hospice", set()),
        (OWN.population_of_focus, "smi-sud-adult", {"r", "eth", "psy"}),
        (OWN.population_of_focus, "homelessness", set()),
    ),
)
def test_a_code_that_tells_of_something_guarded_makes_a_label(
    system: str, code: str, needed: set[str]
):
    """Of data that bear none: substance use, HIV, the end of a pregnancy."""
    assert labels_of(condition(system, code)) == needed


@pytest.mark.parametrize("concept", ("substance-use-disorder", "overdose", "hiv", "pregnancy-loss"))
def test_each_code_of_a_guarded_value_set_makes_its_label(concept: str):
    """Wherever it stands: in a reason, a component, something contained."""
    for code in codes(concept):
        coding = [{"system": code.system, "code": code.code}]
        for resource in (
            {"resourceType": "ServiceRequest", "reasonCode": [{"coding": coding}]},
            {
                "resourceType": "Observation",
                "component": [{"valueCodeableConcept": {"coding": coding}}],
            },
            {"resourceType": "Task", "contained": [condition(code.system, code.code)]},
            {"resourceType": "Task", "extension": [{"url": "u", "valueCoding": coding[0]}]},
        ):
            assert SENSITIVE[concept] in labels_of(resource)


def test_labels_of_parts_and_of_what_is_contained_count_for_the_whole():
    """A resource is handed out whole or not at all."""
    inline = (
        "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"
    )
    resource: Json = {
        "resourceType": "Patient",
        "meta": {"security": [{"system": ACT_CODE, "code": "PROCESSINLINELABEL"}]},
        "address": [
            {"extension": [{"url": inline, "valueCoding": {"system": ACT_CODE, "code": "SDV"}}]}
        ],
        "contained": [labelled((ACT_CODE, "PSY"))],
    }
    assert labels_of(resource) == {"sdv", "psy"}


@pytest.mark.parametrize(
    ("answer", "needed"),
    (
        ([{"valueBoolean": True}], {"eth"}),
        ([{"valueBoolean": False}], set()),
        ([{"valueCoding": {"system": OWN.answer, "code": "yes"}}], {"eth"}),
        ([{"valueCoding": {"system": OWN.answer, "code": "no"}}], set()),
        ([{"valueCoding": {"system": OWN.answer, "code": "declined"}}], set()),
        ([{"valueString": "sometimes"}], {"eth"}),
        ([], set()),
        (None, set()),
        ([{}], set()),
        ("yes", {"eth"}),
    ),
)
def test_an_answer_tells_unless_it_is_a_no(answer: object, needed: set[str]):
    """Of a question that only somebody with that condition says yes to."""
    form: Json = {
        "resourceType": "QuestionnaireResponse",
        "item": [{"linkId": "group", "item": [{"linkId": "dmc-criteria-met", "answer": answer}]}],
    }
    assert labels_of(form) == needed


def test_a_consent_that_names_labels_bears_none_of_them():
    """Or nobody but the cleared could see that there is a consent."""
    consent: Json = {
        "resourceType": "Consent",
        "provision": {"securityLabel": [{"system": ACT_CODE, "code": "ETH"}]},
    }
    assert labels_of(consent) == frozenset()


def test_nothing_that_can_be_sent_makes_it_fail():
    """Odd shapes, long codes, depth."""
    deep: Any = {"coding": [{"system": ICD_10_CM, "code": "F10"}]}
    for _ in range(10_000):
        deep = {"a": [deep]}
    assert labels_of({"resourceType": "Task", "a": deep}) == {"eth"}
    odds: list[Any] = [None, 1, "x", [], {}, [[]], {"code": 1, "system": []}, {"meta": 7}]
    for odd in odds:
        assert labels_of({"resourceType": "Task", "code": odd, "linkId": odd}) == frozenset()
    assert labels_of(condition("x" * 10_000, "y" * 1_000_000)) == frozenset()


def test_published_examples_of_labelled_records_keep_every_label(ecm_test_data: Path):
    """Each resource that bears a label which restricts it needs a clearance here too."""
    seen = 0
    for file in sorted((ecm_test_data / "08_privacy_labels_shift").glob("*.json")):
        for entry in json.loads(file.read_text())["entry"]:
            security = entry["resource"].get("meta", {}).get("security", [])
            guarded = {one.get("code", "").lower() for one in security} - {"n", "l", "m", "u"}
            assert guarded <= labels_of(entry["resource"]) | {"processinlinelabel"}
            seen += bool(guarded)
    assert seen > 20


def test_what_is_told_with_consent_bears_the_statement_and_names_the_consent():
    """42 CFR 2.32(a); as headers, or as an entry of a Bundle."""
    told = disclosure({"eth", "r"}, ["Consent/2", "Consent/1", "Consent/2"])
    assert told is not None
    assert told.headers["X-Part-2-Notice"] == STATEMENT
    assert told.headers["X-Part-2-Consent"] == "Consent/1, Consent/2"
    (issue,) = told.outcome["issue"]
    assert STATEMENT in issue["diagnostics"]
    assert "Consent/1, Consent/2" in issue["diagnostics"]


@pytest.mark.parametrize(
    ("labels", "consents"), ((set(), ["Consent/1"]), ({"hiv"}, ["Consent/1"]), ({"eth"}, []))
)
def test_nothing_goes_along_where_part_2_has_no_say(labels: set[str], consents: list[str]):
    """Nothing of substance use, or told without a consent to whom the law allows that."""
    assert disclosure(labels, consents) is None
