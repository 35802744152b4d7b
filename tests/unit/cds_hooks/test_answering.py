"""From call to cards: whose plan answers, who may know why, what was answered before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.answering import Adviser
from cds_hooks.caller import Caller
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.hooks import problem_list
from cds_hooks.hooks.every import SERVICES
from cds_hooks.hooks.patient_view import SERVICE
from cds_hooks.host import OpenHost
from cds_hooks.protocol import answer_body
from cds_hooks.recording import Recording
from cds_hooks.services import Services
from eligibility.logic import UNKNOWN
from profiles.canonicals import canonicals
from profiles.validate import validate
from tests.unit.cds_hooks.asked import INSTANCE, TODAY, Memory, a_call, advice


def test_a_client_of_another_plan_hears_nothing_of_the_member():
    """The member is Partnership's; the client is answered for Anthem alone."""
    call = a_call("five-emergency-visits")
    assert advice(call, plans=("partnership",)).cards
    found = advice(call, plans=("anthem",))
    assert found.cards == ()
    assert found.determination is None


def test_without_a_coverage_a_client_of_one_plan_is_answered_by_that_plan():
    """No Coverage names a plan: the one plan of the client answers, of several none can."""
    call = a_call("no-coverage-on-file")
    for plans, expected in (
        (("partnership",), "partnership"),
        (("partnership", "anthem"), "dhcs"),
        ((), "dhcs"),
    ):
        determination = advice(call, plans=plans).determination
        assert determination is not None
        assert determination.plan == expected


def covered_by(*names: str) -> dict[str, Any]:
    """A call that certainly gets a card, with an undated Coverage with each of the payors."""
    call = a_call("five-emergency-visits")
    call["prefetch"]["coverages"] = [
        {
            "resourceType": "Coverage",
            "id": f"c{number}",
            "status": "active",
            "beneficiary": {"reference": f"Patient/{call['context']['patientId']}"},
            "payor": [{"display": name}],
        }
        for number, name in enumerate(names)
    ]
    return call


@pytest.mark.parametrize("plans", (("partnership",), ("partnership", "anthem")))
def test_a_member_of_a_plan_without_a_text_of_its_own_is_no_client_of_another(plans: tuple[str]):
    """Kaiser is known and answered by the state's text, for which these clients do not ask."""
    assert advice(covered_by("Kaiser Permanente"), plans=plans).determination is None
    assert advice(covered_by("Kaiser Permanente")).cards


def test_of_two_plans_that_may_be_the_members_the_clients_own_answers():
    """Which of two undated Coverages holds is not known, so neither client meets silence."""
    call = covered_by("Partnership HealthPlan of California", "Anthem Blue Cross")
    for plan in ("partnership", "anthem"):
        determination = advice(call, plans=(plan,)).determination
        assert determination is not None
        assert determination.plan == plan
        assert determination.membership.outcome is UNKNOWN


def test_a_labelled_patient_is_answered_to_who_is_cleared_and_not_sent_on():
    """The referral would name a member whom only the cleared may know; the card is there."""
    call = a_call("five-emergency-visits")
    patient = call["prefetch"]["patient"]
    patient["meta"] = {"security": [{"code": "R"}]}
    (card,) = advice(call, clearance=frozenset({"R"})).cards
    assert card.suggestions == ()


@pytest.mark.parametrize(
    "user",
    (
        "sample-five-emergency-visits",
        "Patient/sample-five-emergency-visits",
        "https://ehr.example.org/fhir/patient/sample-five-emergency-visits",
        "RelatedPerson/r1",
    ),
)
def test_the_patient_and_relatives_are_told_whom_to_ask_and_no_more(user: str):
    """However a client spells who looks: no reasons, nothing to refer by, nothing to set aside."""
    call = a_call("five-emergency-visits")
    call["context"]["userId"] = user
    (card,) = advice(call).cards
    assert card.source.topic is not None
    assert card.source.topic.code == "ecmAsk"
    assert (card.suggestions, card.override_reasons) == ((), ())


def test_a_member_who_receives_ecm_is_not_suggested_for_it_again():
    """An active enrolment in ECM in the record: nobody is asked to refer."""
    call = a_call("five-emergency-visits")
    call["prefetch"]["programs"] = {
        "resourceType": "EpisodeOfCare",
        "id": "ecm",
        "status": "active",
        "type": [{"coding": [{"system": canonicals().program, "code": "ecm"}]}],
        "patient": {"reference": f"Patient/{call['context']['patientId']}"},
        "period": {"start": "2026-01-05"},
    }
    found = advice(call)
    assert found.cards == ()
    assert found.determination is not None
    assert found.determination.status == "eligible"


def test_every_code_of_ours_is_under_the_base_of_the_deployment():
    """Topic, override reasons, profile, identifiers and reasons: none names the example's base."""
    call = a_call("five-emergency-visits")
    services = Services(
        SERVICES, Adviser(today=lambda: TODAY, canonical_base="https://plan.example/fhir/")
    )
    read = services.read(SERVICE.id, json.dumps(call).encode())
    found = services.answer(SERVICE.id, read, Caller(client="c", tenant="t"), OpenHost())
    (card,) = found.cards
    assert card.suggestions
    text = answer_body(found.cards).decode()
    assert "ecm.example.org" not in text
    assert "plan.example/fhir//" not in text
    assert "https://plan.example/fhir/CodeSystem/ecm-card-topic" in text


@pytest.mark.parametrize("purpose", ("HPAYMT", "HRESCH", ""))
def test_a_caller_with_another_purpose_is_shown_no_reasons(purpose: str):
    """The card says that there is something, not which population and why; nothing to refer by."""
    (card,) = advice(a_call("five-emergency-visits"), purpose=purpose).cards
    assert "Population of Focus" not in card.detail
    assert "Encounter/" not in card.detail
    assert card.suggestions == ()


def test_a_card_is_remembered_before_it_is_sent():
    """uuid, suggestion, topic, member and populations: what feedback is understood by."""
    host = Memory()
    (card,) = advice(a_call("five-emergency-visits"), host).cards
    (issued,) = host.shown
    assert issued.uuid == card.uuid
    assert issued.suggestions == tuple(one.uuid for one in card.suggestions)
    assert (issued.service, issued.topic) == (SERVICE.id, "ecmEligible")
    assert issued.patient_id == "sample-five-emergency-visits"
    assert issued.populations == ("avoidable-utilization",)


def test_a_card_that_feedback_keeps_back_is_not_shown():
    """Nothing is shown, nothing remembered, and the log knows that one was kept back."""
    host = Memory("ecmEligible")
    found = advice(a_call("five-emergency-visits"), host)
    assert (found.cards, found.suppressed, host.shown) == ((), 1, [])
    assert advice(a_call("hospice"), host).cards


def test_a_client_that_takes_several_actions_gets_the_task_too():
    """ServiceRequest and Task, both valid; the Task points at the order by its provisional id."""
    call = a_call("five-emergency-visits")
    (card,) = advice(call, profile=PROFILES["smart"]).cards
    order, task = (action.resource for action in card.suggestions[0].actions)
    assert task["focus"] == {"reference": f"ServiceRequest/{order['id']}"}
    assert validate(order) == ()
    assert validate(task) == ()
    (card,) = advice(call).cards
    (action,) = card.suggestions[0].actions
    assert "id" not in action.resource, "a create has no id of its own"
    assert validate(action.resource) == ()


def test_an_order_does_not_point_at_a_problem_that_is_not_saved_yet():
    """The draft makes the member eligible; the order names the reason and no draft."""
    call = a_call("adult-in-a-shelter", hook="problem-list-item-create")
    entries = call["prefetch"]["conditions"]["entry"]
    call["context"]["conditions"] = {"resourceType": "Bundle", "entry": [entries.pop(0)]}
    (card,) = advice(call, service=problem_list.SERVICE.id).cards
    text = json.dumps(card.suggestions[0].actions[0].resource)
    assert '"homelessness-adult"' in text
    assert "Condition/condition-1" in card.detail
    assert "Condition/condition-1" not in text


def test_a_client_finds_the_order_by_its_own_code():
    """Epic looks for its preference-list item; the standard code stays beside it."""
    item = ("urn:com.epic.cdshooks.action.code.system.preference-list-item", "12345")
    (card,) = advice(a_call("five-emergency-visits"), order_codings=(item,)).cards
    order = card.suggestions[0].actions[0].resource
    assert {"system": item[0], "code": item[1]} in order["code"]["coding"]
    assert order["code"]["coding"][0]["code"] == "386230005"
    assert validate(order) == ()


def test_the_record_of_a_call_holds_nothing_of_the_person():
    """Policies, counts and topics; neither ids of the member nor anything from the chart."""
    call = a_call("five-emergency-visits")
    services = Services(SERVICES, Adviser(today=lambda: TODAY))
    record = Recording(SERVICE.id)
    record.call = services.read(SERVICE.id, json.dumps(call).encode())
    record.caller = Caller(client="ehr", tenant="clinic")
    record.advice = services.answer(SERVICE.id, record.call, record.caller, OpenHost())
    finished = record.finished(200)
    assert [one.partition("@")[0] for one in finished.policies] == [
        "partnership/avoidable-utilization/adult",
        "dhcs/avoidable-utilization/adult",
    ]
    assert sum(finished.outcomes.values()) == 9
    assert finished.outcomes["met"] == 1
    assert finished.cards == ("ecmEligible",)
    assert finished.hook_instance == INSTANCE
    assert "sample" not in repr(finished)
    assert "Encounter" not in repr(finished)


def test_a_hook_instance_that_is_no_uuid_is_not_logged():
    """It could be anything, a name for one."""
    record = Recording(SERVICE.id)
    services = Services(SERVICES, Adviser(today=lambda: TODAY))
    call = a_call("nothing-to-say", hookInstance="Jane Doe")
    record.call = services.read(SERVICE.id, json.dumps(call).encode())
    assert record.finished(200).hook_instance == ""
