"""Each rule of each profile: its example holds it, and one that breaks it is told what to do."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.canonicals import DEFAULT_BASE
from profiles.fhirpath import Expression
from profiles.validate import validate
from profiles.validate.standard import invariants
from profiles.validate.structure_definitions import Element, profiles
from tests.unit.profiles.examples import NAMES, changed, example, without

SENT = example("example-task-sent")
HELD = example("example-task-on-hold")
DONE = example("example-task-completed")
ORDER = example("example-referral")
PASSED_ON = example("example-referral-to-provider")
CONSENT = example("example-consent")
PROCEDURE = example("example-procedure")
ENROLLED = example("example-enrolment")
ENDED = example("example-enrolment-ended")
FORM = example("example-form")
PROVISION = CONSENT["provision"]
TEMPORARY = ORDER["category"][1]["coding"][0]["system"]
NO_NAME = {"display": "The plan"}


def told(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    faults = validate(resource, warnings=True)
    return [(one.expression, one.rule.rpartition(" ")[2], one.severity) for one in faults]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_valid_and_nothing_is_advised(name):
    assert validate(example(name), warnings=True) == ()


def test_every_profile_has_an_example():
    claimed = {url for name in NAMES for url in example(name).get("meta", {}).get("profile", ())}
    assert profiles().keys() <= claimed


#: A resource that breaks the rule and no other, and where that is told.
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "ecm-ref-1": (changed(PASSED_ON, basedOn=None), "ServiceRequest"),
    "ecm-ref-2": (changed(ORDER, requester=None), "ServiceRequest"),
    "ecm-ref-3": (
        changed(
            ORDER,
            category=[
                *ORDER["category"],
                {"coding": [{"system": TEMPORARY, "code": "homelessness"}]},
            ],
        ),
        "ServiceRequest",
    ),
    "ecm-ref-4": (
        changed(ORDER, reasonCode=None, reasonReference=None, supportingInfo=None),
        "ServiceRequest",
    ),
    "ecm-ref-5": (changed(ORDER, insurance=None), "ServiceRequest"),
    "ecm-task-1": (changed(HELD, statusReason=None), "Task"),
    "ecm-task-2": (changed(DONE, output=None), "Task"),
    "ecm-task-3": (
        changed(DONE, status="in-progress", statusReason=None, owner=None)
        | {"restriction": {"period": {"end": "2026-03-01"}}},
        "Task",
    ),
    "ecm-task-4": (changed(SENT, owner=NO_NAME), "Task"),
    "ecm-task-5": (changed(SENT, restriction=None), "Task"),
    "ecm-task-6": (
        changed(HELD, statusReason={**DONE["statusReason"], "text": "x"}),
        "Task.statusReason",
    ),
    "ecm-task-7": (changed(SENT, businessStatus=DONE["businessStatus"]), "Task.businessStatus"),
    "ecm-con-1": (changed(CONSENT, provision=without(PROVISION, "actor")), "Consent"),
    "ecm-con-2": (
        changed(CONSENT, provision=PROVISION | {"provision": [{"class": [{"code": "x"}]}]}),
        "Consent",
    ),
    "ecm-con-3": (changed(CONSENT, provision=without(PROVISION, "period")), "Consent"),
    "ecm-con-4": (
        changed(
            CONSENT,
            provision=PROVISION
            | {"actor": [PROVISION["actor"][0] | {"reference": {"display": "The plan"}}]},
        ),
        "Consent.provision.actor[0]",
    ),
    "ecm-proc-1": (changed(PROCEDURE, performedDateTime=None), "Procedure"),
    "ecm-proc-2": (changed(PROCEDURE, status="not-done"), "Procedure"),
    "ecm-epi-1": (changed(ENDED, period={"start": "2026-01-20"}), "EpisodeOfCare"),
    "ecm-epi-2": (changed(ENDED, extension=None), "EpisodeOfCare"),
    "ecm-form-1": (
        changed(FORM, questionnaire="https://other.example/Questionnaire/x"),
        "QuestionnaireResponse",
    ),
    "ecm-form-2": (changed(FORM, item=None), "QuestionnaireResponse"),
}


def constraints(element: Element) -> list[Any]:
    below = [*element.children, *element.slices]
    return [*element.constraints, *(one for each in below for one in constraints(each))]


RULES = {one.key: one for each in profiles().values() for one in constraints(each.root)}


def test_every_rule_of_a_profile_is_broken_below():
    assert RULES.keys() == BROKEN.keys()


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_rule_is_told_by_its_key_with_a_remedy_and_no_other_is(key):
    resource, place = BROKEN[key]
    assert told(resource) == [(place, key, RULES[key].severity)]
    (fault,) = validate(resource, warnings=True)
    assert RULES[key].human in fault.found
    assert fault.remedy.endswith(".")


def test_a_rule_names_itself_by_profile_and_says_what_to_do():
    (fault,) = validate(BROKEN["ecm-task-1"][0])
    assert str(fault) == (
        "Task: breaks the rule: A Task that is rejected, cancelled, on hold or failed says why. "
        "(ecm-referral-task ecm-task-1). Give statusReason with text, and a coding of "
        "ecm-referral-status-reason."
    )


def test_what_is_advised_is_no_fault():
    advised = [key for key, rule in RULES.items() if rule.severity == "warning"]
    assert advised
    for key in advised:
        assert validate(BROKEN[key][0]) == ()


STRUCTURE: tuple[tuple[dict[str, Any], str, str], ...] = (
    (changed(CONSENT, organization=None), "Consent.organization", "Who holds it"),
    (changed(CONSENT, dateTime=None), "Consent.dateTime", "When it was given"),
    (changed(CONSENT, sourceAttachment=None), "Consent.source[x]", "The signed form"),
    (changed(CONSENT, provision=None), "Consent.provision", "What it permits"),
    (
        changed(CONSENT, scope={"coding": [{"system": "http://e.org/x", "code": "adr"}]}),
        "Consent.scope",
        "patient-privacy",
    ),
    (changed(CONSENT, category=[{"text": "x"}]), "Consent.category", "IDSCL"),
    (changed(PROCEDURE, basedOn=None), "Procedure.basedOn", "The referral"),
    (changed(PROCEDURE, code=None), "Procedure.code", "What was done"),
    (changed(PROCEDURE, subject={"reference": "Group/1"}), "Procedure.subject", "Patient"),
    (changed(ENROLLED, type=[{"text": "x"}]), "EpisodeOfCare.type", "ecm-program ecm"),
    (changed(ENROLLED, managingOrganization=None), "EpisodeOfCare.managingOrganization", "ECM"),
    (changed(ENROLLED, period={"end": "2026-03-01"}), "EpisodeOfCare.period.start", "First day"),
    (
        changed(ENDED, extension=[{"url": ENDED["extension"][0]["url"], "valueString": "x"}]),
        "EpisodeOfCare.extension[0].valueString",
        "CodeableConcept",
    ),
    (changed(ENDED, extension=ENDED["extension"] * 2), "EpisodeOfCare.extension", "at most 1"),
    (changed(FORM, subject=None), "QuestionnaireResponse.subject", "The member"),
    (changed(FORM, authored=None), "QuestionnaireResponse.authored", "When it was filled in"),
    (changed(ORDER, intent="plan"), "ServiceRequest.intent", "filler-order"),
    (changed(SENT, owner={"reference": "Patient/p"}), "Task.owner", "Organization"),
    (
        changed(DONE, output=[DONE["output"][0] | {"valueReference": {"reference": "Task/1"}}]),
        "Task.output[0].valueReference",
        "Procedure",
    ),
    (
        changed(DONE, output=[{"type": DONE["output"][0]["type"], "valueString": "done"}]),
        "Task.output[0].valueString",
        "CodeableConcept",
    ),
)


@pytest.mark.parametrize(("resource", "place", "words"), STRUCTURE)
def test_what_a_profile_asks_of_an_element_is_told_in_its_place(resource, place, words):
    faults = [str(one) for one in validate(resource)]
    assert any(one.startswith(f"{place}: ") and words in one for one in faults), faults


def test_an_outcome_may_be_a_code_of_what_was_done():
    output = {**without(DONE["output"][0], "valueReference"), "valueCodeableConcept": {"text": "x"}}
    assert validate(changed(DONE, output=[output])) == ()


@pytest.mark.parametrize(
    ("items", "place", "words"),
    (
        ([{"linkId": "x-ray"}], "item[0].linkId", "is no linkId of the form"),
        ([{"linkId": "in-shelter"}], "item[0]", "Put it in the group needs"),
        (
            [
                {
                    "linkId": "needs",
                    "item": [{"linkId": "ace-score", "answer": [{"valueDate": "2026"}]}],
                }
            ],
            "item[0].item[0].answer[0]",
            "Answer by valueInteger",
        ),
        (
            [
                {
                    "linkId": "needs",
                    "item": [{"linkId": "in-shelter", "answer": [{"valueBoolean": True}] * 2}],
                }
            ],
            "item[0].item[0].answer",
            "Give one answer",
        ),
        ([{"linkId": "needs", "answer": [{"valueString": "x"}]}], "item[0].answer[0]", "A group"),
    ),
)
def test_an_answer_that_does_not_fit_its_question_is_told(items, place, words):
    faults = [str(one) for one in validate(changed(FORM, item=items))]
    assert any(
        one.startswith(f"QuestionnaireResponse.{place}: ") and words in one for one in faults
    ), faults


def test_a_form_under_another_base_is_held_to_its_questions():
    """The rules, the codes and the form all stand under the base of the deployment."""
    base = "https://plan.example/fhir"
    there = _under(base, FORM)
    assert validate(there, base=base) == ()
    there["item"][0]["linkId"] = "x-ray"
    assert any("is no linkId of the form" in one.found for one in validate(there, base=base))
    ended = _under(base, ENDED)
    assert validate(ended, base=f"{base}/", warnings=True) == ()
    assert told_under(base, without(ended, "extension")) == ["ecm-epi-2"]


def _under(base: str, resource: dict[str, Any]) -> Any:
    import json

    return json.loads(json.dumps(resource).replace(DEFAULT_BASE, base))


def told_under(base: str, resource: dict[str, Any]) -> list[str]:
    faults = validate(resource, base=base, warnings=True)
    return [one.rule.rpartition(" ")[2] for one in faults]


def test_rules_of_fhir_itself_are_read():
    assert all(
        isinstance(rule.expression, Expression) for rules in invariants().values() for rule in rules
    )
