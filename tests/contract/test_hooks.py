"""Every hook beside patient-view: its moment, its drafts, its silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.contract.calls import a_call, the_card
from tests.contract.conftest import Service
from tests.contract.test_errors import assert_told

Call = dict[str, Any]

REFERRAL = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "intent": "order"}
MEDICINE = {"resourceType": "MedicationRequest", "id": "m1", "status": "draft", "intent": "order"}
ECM = REFERRAL | {
    "id": "s2",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "386230005"}]},
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }


@pytest.fixture
def visits(today: date, template: dict[str, str]) -> Call:
    """A call about somebody who meets a population; its hook and context are still to be set."""
    return a_call("five-emergency-visits", today, template)


def on(call: Call, hook: str, **context: Any) -> Call:
    return call | {"hook": hook, "context": call["context"] | context}


MOMENTS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("encounter-start", {"encounterId": "e1"}, "On admission"),
    ("encounter-discharge", {"encounterId": "e1"}, "Before discharge"),
    (
        "order-select",
        {"selections": ["ServiceRequest/s1"], "draftOrders": bundle(REFERRAL, MEDICINE)},
        "With this order",
    ),
    ("order-sign", {"draftOrders": bundle(REFERRAL)}, "With this order"),
    (
        "order-dispatch",
        {"dispatchedOrders": ["ServiceRequest/s1"], "performer": "Organization/o1"},
        "With this order",
    ),
    (
        "appointment-book",
        {"appointments": bundle({"resourceType": "Appointment", "status": "proposed"})},
        "With this appointment",
    ),
    (
        "problem-list-item-create",
        {"conditions": bundle({"resourceType": "Condition", "code": {"text": "asthma"}})},
        "With this problem",
    ),
)


@pytest.mark.requirement("cds-hooks_2.0@15", "cds-hooks_2.0@16", "cds-hooks_2.0@74")
@pytest.mark.parametrize(("hook", "context", "opening"), MOMENTS)
def test_each_hook_is_answered_for_its_moment(
    service: Service, visits: Call, hook: str, context: dict[str, Any], opening: str
):
    """The card says when it speaks, and decides as patient-view does."""
    card = the_card(service.call(on(visits, hook, **context), f"ecm-{hook}"))
    assert card["summary"].startswith(opening)
    assert card["source"]["topic"]["code"] == "ecmEligible"
    assert len(card["summary"]) < 140
    assert "Refer the member" in card["suggestions"][0]["label"]


def test_a_referral_before_discharge_is_urgent_and_names_the_stay(service: Service, visits: Call):
    """The transition does not wait."""
    discharge = on(visits, "encounter-discharge", encounterId="e1")
    urgent, routine = (
        the_card(service.call(call, f"ecm-{call['hook']}"))["suggestions"][0]["actions"][0]
        for call in (discharge, visits)
    )
    assert urgent["resource"]["priority"] == "urgent"
    assert urgent["resource"]["encounter"] == {"reference": "Encounter/e1"}
    assert routine["resource"]["priority"] == "routine"
    assert "encounter" not in routine["resource"]


@pytest.mark.parametrize(
    ("action", "opening"), (("26", "On admission"), ("27", "Before discharge"))
)
def test_epics_trigger_action_tells_what_patient_view_is_about(
    service: Service, visits: Call, action: str, opening: str
):
    """Epic fires patient-view for admissions and discharges too."""
    visits["extension"] = {"com.epic.cdshooks.request.bpa-trigger-action": action}
    assert the_card(service.call(visits))["summary"].startswith(opening)


@pytest.mark.requirement("cds-hooks_2.0@77")
@pytest.mark.parametrize(
    ("hook", "context"),
    (
        ("order-select", {"selections": ["MedicationRequest/m1"], "draftOrders": bundle(MEDICINE)}),
        (
            "order-select",
            {"selections": ["MedicationRequest/m1"], "draftOrders": bundle(REFERRAL, MEDICINE)},
        ),
        ("order-select", {"selections": [], "draftOrders": bundle(REFERRAL)}),
        ("order-sign", {"draftOrders": bundle(MEDICINE)}),
        ("order-sign", {"draftOrders": bundle()}),
        (
            "order-dispatch",
            {"dispatchedOrders": ["MedicationRequest/m1"], "performer": "Organization/o1"},
        ),
    ),
)
def test_orders_of_medicines_alone_get_no_card(
    service: Service, visits: Call, hook: str, context: dict[str, Any]
):
    """200 with no cards: nothing was chosen that ECM goes along with."""
    answer = service.call(on(visits, hook, **context), f"ecm-{hook}")
    assert (answer.status, answer.json) == (200, {"cards": []})


def test_a_second_referral_is_not_suggested(
    service: Service, visits: Call, today: date, template: dict[str, str]
):
    """One of the drafts refers to ECM: silence where that is right, a word where it is not."""
    right = on(visits, "order-sign", draftOrders=bundle(ECM))
    assert service.call(right, "ecm-order-sign").json == {"cards": []}
    hospice = on(a_call("hospice", today, template), "order-sign", draftOrders=bundle(ECM))
    card = the_card(service.call(hospice, "ecm-order-sign"))
    assert card["source"]["topic"]["code"] == "ecmExcluded"
    assert "suggestions" not in card
    assert "selectionBehavior" not in card


@pytest.mark.parametrize(
    "system",
    ("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285"),
)
def test_a_referral_is_known_by_every_name_of_its_code_system(
    service: Service, visits: Call, system: str
):
    """HCPCS under its canonical URL and its OID: a second referral is not suggested either way."""
    order = ECM | {"code": {"coding": [{"system": system, "code": "G9012"}]}}
    call = on(visits, "order-sign", draftOrders=bundle(order))
    assert service.call(call, "ecm-order-sign").json == {"cards": []}


def test_a_referral_entered_in_error_refers_nobody(service: Service, visits: Call):
    """It is taken back: beside another order the referral is suggested as ever."""
    taken_back = ECM | {"status": "entered-in-error"}
    call = on(visits, "order-sign", draftOrders=bundle(taken_back, REFERRAL))
    assert the_card(service.call(call, "ecm-order-sign"))["suggestions"]
    alone = on(visits, "order-sign", draftOrders=bundle(taken_back))
    assert service.call(alone, "ecm-order-sign").json == {"cards": []}


def test_an_order_of_1_0_is_dispatched(service: Service, visits: Call):
    """`order` in place of `dispatchedOrders`, and no user."""
    call = on(visits, "order-dispatch", order="ServiceRequest/s1", performer="Organization/o1")
    del call["context"]["userId"]
    assert the_card(service.call(call, "ecm-order-dispatch"))["summary"]


def test_a_new_problem_is_counted_before_it_is_saved(
    service: Service, today: date, template: dict[str, str]
):
    """Homelessness is entered: with it the member comes into question, without it not."""
    call = a_call("nothing-to-say", today, template)
    homeless = {
        "resourceType": "Condition",
        "id": "draft-1",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z59.02"}]},
        "subject": {"reference": f"Patient/{call['context']['patientId']}"},
    }
    assert service.call(call).json == {"cards": []}
    created = on(call, "problem-list-item-create", conditions=bundle(homeless))
    answer = service.call(created, "ecm-problem-list-item-create")
    card = the_card(answer)
    assert card["source"]["topic"]["code"] == "ecmPossible"
    for suggestion in card.get("suggestions", ()):
        # The entry is not saved yet, so nothing may point at it.
        assert "Condition/draft-1" not in str(suggestion)


@pytest.mark.parametrize(("hook", "context", "opening"), MOMENTS)
def test_each_hook_says_what_its_context_lacks(
    service: Service, visits: Call, hook: str, context: dict[str, Any], opening: str
):
    """400 naming the field; another hook's call is refused as well."""
    del opening
    field = next(iter(context))
    call = on(visits, hook, **{one: value for one, value in context.items() if one != field})
    issue = assert_told(service.call(call, f"ecm-{hook}"), 400, "structure")
    assert issue["expression"] == [f"context.{field}"]
    assert_told(service.call(visits, f"ecm-{hook}"), 400, "value")
