"""A determination written as a referral: complete, valid, and silent about what is sensitive."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import Answer, MemberFacts, Sign
from eligibility.packs import texts
from eligibility.reasons import guarded, met_variants
from mappings.outbound.service_request import MOST_SUPPORTING, REFERABLE, Order, referral
from mappings.outbound.task import referral_task
from profiles.codes import populations_of_focus
from profiles.validate import validate
from tests.unit.cds_hooks.members import AS_OF, HOMELESS, answers, covered, days, member
from tests.unit.eligibility.asking import ask, plans
from tests.unit.eligibility.member_strategies import PLANS, members

BEHAVIORAL: dict[str, bool | None] = {
    "smhs-criteria-met": True,
    "social-factor-food": True,
    "sole-source-acute-care": True,
}
ORDER = Order(
    patient="Patient/p",
    authored=AS_OF,
    identifier="e7c1",
    client="clinic",
    requester="PractitionerRole/r",
    encounter="Encounter/now",
    id="draft-1",
)


def determined(facts: MemberFacts) -> Determination:
    return evaluate(facts, as_of=AS_OF)


def referred(facts: MemberFacts, **changed: Any) -> dict[str, Any]:
    resource = referral(determined(facts), replace(ORDER, **changed))
    assert resource is not None
    assert validate(resource) == ()
    return resource


def reasons(resource: dict[str, Any]) -> list[list[str]]:
    return [[one["code"] for one in each["coding"]] for each in resource.get("reasonCode", [])]


def references(resource: dict[str, Any], element: str) -> list[str]:
    return [one["reference"] for one in resource.get(element, [])]


def test_a_referral_is_a_draft_that_says_what_is_wanted_for_whom_by_whom_and_from_when():
    resource = referred(member(HOMELESS))
    assert (resource["status"], resource["intent"]) == ("draft", "order")
    assert resource["code"]["text"] == "Medi-Cal Enhanced Care Management (ECM)"
    assert resource["category"][1]["text"] == "Enhanced Care Management"
    assert resource["subject"] == {"reference": "Patient/p"}
    assert resource["requester"] == {"reference": "PractitionerRole/r"}
    assert resource["encounter"] == {"reference": "Encounter/now"}
    assert resource["authoredOn"] == resource["occurrencePeriod"]["start"] == AS_OF.isoformat()
    assert resource["insurance"] == [{"reference": "Coverage/c"}]
    assert resource["id"] == "draft-1"


def test_the_placers_identifier_is_the_one_given_so_that_a_repeat_is_recognized():
    first, again = referred(member(HOMELESS)), referred(member(HOMELESS))
    assert first["identifier"][0]["value"] == "e7c1"
    assert first == again


@pytest.mark.parametrize(("urgent", "priority"), ((False, "routine"), (True, "urgent")))
def test_an_urgent_referral_says_so(urgent, priority):
    assert referred(member(HOMELESS), urgent=urgent)["priority"] == priority


def test_the_reason_is_the_population_by_age_group_and_as_a_whole():
    resource = referred(member(HOMELESS))
    assert reasons(resource) == [["homelessness-adult", "homelessness"]]
    assert resource["reasonCode"][0]["text"] == "Adults experiencing homelessness"


def test_what_showed_it_is_referred_to_as_the_kind_of_evidence_it_is():
    given_in_a_form = {
        code: tuple(replace(one, ref="QuestionnaireResponse/form") for one in given)
        for code, given in answers({"complex-need": True, "cannot-self-manage": True}).items()
    }
    facts = member(HOMELESS)
    resource = referred(replace(facts, answers=facts.answers | given_in_a_form))
    assert "Observation/place-not-for-habitation" in references(resource, "reasonReference")
    assert references(resource, "supportingInfo") == ["QuestionnaireResponse/form"]


def test_newer_evidence_comes_first():
    facts = member(HOMELESS)
    newer = replace(facts.answers["complex-need"][0], on=days(1))
    resource = referred(replace(facts, answers=facts.answers | {"complex-need": (newer,)}))
    assert references(resource, "reasonReference")[0] == "Observation/complex-need"


def test_more_evidence_than_anybody_reads_is_cut():
    answered = {
        "complex-need": tuple(
            Answer(code="complex-need", value=True, on=days(9), ref=f"QuestionnaireResponse/{n}")
            for n in range(MOST_SUPPORTING + 5)
        )
    }
    facts = member(HOMELESS)
    resource = referred(replace(facts, answers=facts.answers | answered))
    assert len(resource["supportingInfo"]) == MOST_SUPPORTING


# --- what is not said ---


def test_a_sensitive_population_brings_its_security_labels():
    resource = referred(member(BEHAVIORAL))
    assert reasons(resource) == [["smi-sud-adult", "smi-sud"]]
    assert [one["code"] for one in resource["meta"]["security"]] == ["R", "ETH", "PSY"]
    assert "security" not in referred(member(HOMELESS))["meta"]


def test_evidence_of_a_criterion_that_is_sensitive_by_itself_is_not_referred_to():
    """That criteria of specialty mental health services are met is one."""
    resource = referred(member(BEHAVIORAL))
    text = json.dumps(resource)
    assert "Observation/social-factor-food" in text
    assert "Observation/smhs-criteria-met" not in text


def test_a_form_that_answers_a_sensitive_question_too_is_not_referred_to():
    one_form = {
        code: tuple(replace(one, ref="QuestionnaireResponse/form") for one in given)
        for code, given in answers({**HOMELESS, "high-risk-overdose": False}).items()
    }
    resource = referred(replace(member(), answers=one_form))
    assert reasons(resource) == [["homelessness-adult", "homelessness"]]
    assert "QuestionnaireResponse/form" not in json.dumps(resource)


def test_the_end_of_a_pregnancy_is_not_referred_to():
    """It may have been a loss; the population that it opens is named."""
    loss = Sign(concept="pregnancy-loss", kind="condition", on=days(60), ref="Condition/loss")
    birth = Sign(concept="delivery", kind="procedure", on=days(60), ref="Procedure/birth")
    for sign in (loss, birth):
        facts = replace(member(signs={sign.concept: (sign,)}), races=("2054-5",))
        resource = referred(facts)
        assert reasons(resource) == [["birth-equity"]]
        assert sign.ref not in json.dumps(resource)


def test_a_population_that_is_only_possible_is_counted_and_not_named():
    known = {code: value for code, value in HOMELESS.items() if code != "complex-need"}
    facts = member(known)
    assert determined(facts).status == "possible"
    resource = referred(facts)
    assert "reasonCode" not in resource
    assert "reasonReference" not in resource
    notes = " ".join(one["text"] for one in resource["note"])
    assert "Answers are missing to decide on one Population of Focus" in notes
    assert "omeless" not in json.dumps(resource)


def test_a_draft_that_is_not_saved_yet_is_not_referred_to():
    unsaved = frozenset({"Observation/complex-need", "Coverage/c"})
    text = json.dumps(referred(member(HOMELESS), unsaved=unsaved))
    assert "Observation/complex-need" not in text
    assert "Coverage/c" not in text


# --- notes, and when there is no referral ---


def test_a_choice_between_programs_is_noted_without_naming_the_other():
    resource = referred(member(HOMELESS, programs=("hiv-aids-waiver",)))
    notes = " ".join(one["text"] for one in resource["note"])
    assert "has to choose between ECM and a program" in notes
    assert "HIV" not in json.dumps(resource)
    assert "hiv" not in json.dumps(resource)


def test_membership_that_is_not_known_is_noted():
    facts = member(HOMELESS, coverages=())
    assert determined(facts).membership.outcome.value == "unknown"
    notes = referred(facts)["note"]
    assert any("Membership in the plan has to be checked." in one["text"] for one in notes)


@pytest.mark.parametrize(
    ("facts", "status"),
    (
        (member(HOMELESS, programs=("hospice",)), "excluded"),
        (member(HOMELESS, coverages=covered("Anthem Blue Cross")), "not-a-member"),
        (member(), "undetermined"),
    ),
)
def test_who_cannot_receive_ecm_is_not_referred(facts, status):
    determination = evaluate(facts, as_of=AS_OF, plan="partnership")
    assert determination.status == status
    assert referral(determination, ORDER) is None


@pytest.mark.parametrize("patient", ("p", "Patient/", "Patient/a b", "https://e.org/Patient/p", ""))
def test_a_member_without_a_valid_reference_is_not_referred(patient):
    assert referral(determined(member(HOMELESS)), replace(ORDER, patient=patient)) is None


@pytest.mark.parametrize("user", (None, "", "d1", "Practitioner/a b", "Location/l"))
def test_a_user_who_cannot_be_referred_to_is_left_out(user):
    assert "requester" not in referred(member(HOMELESS), requester=user)


def test_every_population_that_a_text_divides_by_age_has_a_code_for_each_part():
    """Where a text is for all ages, only the whole is named."""
    known = populations_of_focus()
    divided = {
        (one.population, one.variant)
        for plan in PLANS
        for one in texts(plan).policies
        if one.variant != "all-ages" and known[one.population].number is not None
    }
    assert divided == {
        (code, variant) for code, population in known.items() for variant in population.variants
    }


# --- the Task ---


def test_the_task_asks_the_plan_to_fulfil_the_referral():
    request = referred(member(HOMELESS), urgent=True)
    task = referral_task(determined(member(HOMELESS)), replace(ORDER, urgent=True), request)
    assert validate(task) == ()
    assert task["focus"] == {"reference": "ServiceRequest/draft-1"}
    assert task["for"] == request["subject"]
    assert task["priority"] == "urgent"
    assert task["status"] == "draft"
    assert task["owner"]["display"] == "Partnership HealthPlan of California"
    assert task["groupIdentifier"] == request["requisition"]


def test_a_practitioner_orders_for_an_organization_which_is_named_by_its_client_id():
    """SDOH Clinical Care takes no Practitioner as requester of the Task."""
    order = replace(ORDER, requester="Practitioner/d")
    request = referral(determined(member(HOMELESS)), order)
    assert request is not None
    task = referral_task(determined(member(HOMELESS)), order, request)
    assert validate(task) == ()
    assert task["requester"]["identifier"]["value"] == "clinic"


def test_the_task_of_a_guarded_referral_is_guarded_and_tells_nothing_of_it():
    request = referred(member(BEHAVIORAL))
    task = referral_task(determined(member(BEHAVIORAL)), ORDER, request)
    assert task["meta"]["security"] == request["meta"]["security"]
    assert "smi" not in json.dumps(task)


def test_a_task_needs_the_id_of_its_referral():
    order = replace(ORDER, id=None)
    request = referral(determined(member(HOMELESS)), order)
    assert request is not None
    with pytest.raises(ValueError, match=r"give Order\.id"):
        referral_task(determined(member(HOMELESS)), order, request)


# --- members nobody thought of ---


@settings(max_examples=150)
@given(members(), plans)
def test_every_referral_is_valid_and_hands_on_nothing_that_is_guarded(
    facts: MemberFacts, plan: str
) -> None:
    determination = ask(facts, plan)
    resource = referral(determination, replace(ORDER, patient=facts.member))
    assert (resource is None) == (determination.status not in REFERABLE)
    if resource is None:
        return
    assert validate(resource) == ()
    text = json.dumps(resource)
    assert not [name for name in guarded(determination) if f'"{name}"' in text]
    named = {one["code"] for each in resource.get("reasonCode", []) for one in each["coding"]}
    assert {result.id for result, _ in met_variants(determination)} <= named
    task = referral_task(determination, ORDER, resource)
    assert validate(task) == ()
