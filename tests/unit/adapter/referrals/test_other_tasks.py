"""Tasks that are no referrals: they go any way FHIR knows, and nothing follows from them."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from profiles.canonicals import IDENTIFIER_TYPE
from tests.unit.adapter.referrals.referral import (
    CLAIMER,
    OUTPUT,
    PLANS,
    PROVIDERS,
    SOURCE,
    Referral,
    task,
)
from tests.unit.adapter.referrals.specified import TASK_STATUSES
from tests.unit.adapter.referrals.world import HOSPITAL, OTHER, PLAN, PROVIDER, TASK_CODE, org

ENDED = ("rejected", "cancelled", "failed", "completed", "entered-in-error")
STATUSES = (*TASK_STATUSES, "received", "ready")
FORM = {"coding": [{"system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp", "code": "complete"}]}


def other(owner: str | None = PLAN, **elements: Any) -> dict[str, Any]:
    """A form to fill in, about the same order."""
    made = task("ServiceRequest/servicerequest-1", "Patient/p", HOSPITAL, owner)
    return {**made, "code": FORM, **elements}


@pytest.mark.parametrize("source", STATUSES)
def test_any_status_follows_any_until_it_has_ended(source):
    """By either side; what has ended was a mistake at most, and nothing becomes a draft again."""
    for target in STATUSES:
        for who in (SOURCE, PLANS):
            world = Referral().world
            place = world.create(SOURCE, "Task", other(status=source))
            ends = source in ENDED and target not in (source, "entered-in-error")
            back = target == "draft" and source != "draft"
            if (ends or back) and source != "entered-in-error":
                with pytest.raises(Refused, match=f"'{source}' and cannot become '{target}'"):
                    world.update(who, place, status=target)
            elif source == "entered-in-error":
                with pytest.raises(Refused, match="stays as it is"):
                    world.update(who, place, status=target)
            else:
                assert world.update(who, place, status=target)["status"] == target


def test_it_is_kept_as_it_was_sent():
    """But for when it changed."""
    world = Referral().world
    sent = other(status="ready", businessStatus={"text": "at the desk"})
    made = world.current(world.create(SOURCE, "Task", sent))
    assert made.pop("lastModified") == "2026-01-05T18:00:00.000Z"
    assert {name: made[name] for name in sent} == sent
    assert made.keys() - sent.keys() == {"resourceType", "id", "meta"}


@pytest.mark.parametrize("status", ("requested", "received", "ready", "accepted", "in-progress"))
def test_it_stands_on_a_worklist_while_it_is_under_way(status):
    """With its owner; without one, with the operator, as nobody may claim what is no referral."""
    world = Referral().world
    owned = world.create(SOURCE, "Task", other(status=status))
    work = world.works[owned.partition("/")[2]]
    assert (work.owner, work.queue) == (PLAN, "")
    assert work.due_at
    nobodys = world.create(SOURCE, "Task", other(None, status=status))
    work = world.works[nobodys.partition("/")[2]]
    assert (work.owner, work.queue) == ("", "exchange-operations")
    assert not world.sees(CLAIMER, nobodys)
    world.update(PLANS, owned, status="completed")
    assert owned.partition("/")[2] not in world.works


def test_what_was_asked_stays():
    """The owner answers; it does not rewrite the question."""
    world = Referral().world
    place = world.create(SOURCE, "Task", other())
    for element, value in (("code", {"text": "x"}), ("for", None), ("authoredOn", "2026-01-06")):
        with pytest.raises(Refused, match=f"Task.{element} never changes"):
            world.update(PLANS, place, **{element: value})
    world.update(PLANS, place, description="by telephone", output=OUTPUT, status="completed")


def test_it_is_for_its_requester_and_its_owner():
    """Another organization neither begins it in their name nor changes it."""
    world = Referral().world
    with pytest.raises(Refused, match="has to be your own organization"):
        world.create(PROVIDERS, "Task", other())
    place = world.create(SOURCE, "Task", other())
    with pytest.raises(Refused, match="for its requester and its owner to change"):
        world.update(PROVIDERS, place, status="completed")
    with pytest.raises(Refused, match="the owner of a Task changes where"):
        world.update(PLANS, place, owner=org(OTHER))


def test_it_shows_what_it_refers_to_and_not_what_the_order_does():
    """The condition behind the order is for whoever fulfils that."""
    world = Referral(owner=None).world
    place = world.create(SOURCE, "Task", other(PROVIDER))
    assert world.sees(PROVIDERS, place)
    assert world.sees(PROVIDERS, "ServiceRequest/servicerequest-1")
    assert not world.sees(PROVIDERS, "Condition/c")
    world.update(SOURCE, "ServiceRequest/servicerequest-1", note=[{"text": "again"}])
    assert not world.sees(PROVIDERS, "Condition/c")


def test_the_referral_goes_on_beside_it():
    """It neither completes the order nor keeps it from completing; it ends with the referral."""
    referral = Referral().accepted()
    world = referral.world
    first = world.create(SOURCE, "Task", other(PLAN, status="completed"))
    below = world.create(PLANS, "Task", other(PROVIDER, requester=org(PLAN)) | part(referral))
    assert world.status(referral.order) == "active"
    world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    assert world.status(referral.order) == "completed"
    assert world.status(first) == "completed"
    assert world.status(below) == "cancelled"


def part(referral: Referral) -> dict[str, Any]:
    return {"partOf": [{"reference": referral.task}]}


def test_to_fulfil_a_prescription_is_no_referral():
    """Only what asks for a ServiceRequest is one; one that asks for nothing is told so."""
    world = Referral().world
    world.put("MedicationRequest", "m", {"subject": {"reference": "Patient/p"}}, HOSPITAL)
    fulfil: dict[str, Any] = {"code": {"coding": [{"system": TASK_CODE, "code": "fulfill"}]}}
    focus: dict[str, Any] = {"focus": {"reference": "MedicationRequest/m"}}
    place = world.create(SOURCE, "Task", other(**fulfil, **focus, status="in-progress"))
    assert "businessStatus" not in world.current(place)
    sent = other(**fulfil)
    del sent["focus"]
    with pytest.raises(Refused, match=r"a referral needs Task\.focus"):
        world.create(SOURCE, "Task", sent)


def test_what_asks_for_an_order_without_a_code_is_a_referral():
    """A peer that leaves the code out is understood, and held to the rules."""
    world = Referral(owner=None).world
    sent = other(PROVIDER)
    del sent["code"]
    place = world.create(SOURCE, "Task", sent)
    assert world.said(place) == "sent-to-plan"
    with pytest.raises(Refused, match="nothing leads from there to 'completed'"):
        world.update(PROVIDERS, place, status="completed", output=OUTPUT)


NUMBER = {"system": "urn:filler", "value": "7"}
PLACER = {
    "type": {"coding": [{"system": IDENTIFIER_TYPE, "code": "PLAC"}]},
    "system": "urn:placer",
    "value": "7",
}


@pytest.mark.parametrize("code", ("fulfill", "form"))
def test_the_owner_adds_its_number_and_takes_none_away(code):
    """A filler's number beside the placer's."""
    world = Referral(owner=None).world
    kind = {"coding": [{"system": TASK_CODE, "code": code}]}
    own = {"system": "urn:own", "value": "1"}
    place = world.create(SOURCE, "Task", other(code=kind, identifier=[own]))
    after = world.update(PLANS, place, identifier=[own, NUMBER])
    assert after["identifier"] == [own, NUMBER]
    for left in ([own], [NUMBER], [own, {**NUMBER, "value": "8"}], None):
        with pytest.raises(Refused, match="identifiers of a Task stay"):
            world.update(PLANS, place, identifier=left)
    with pytest.raises(Refused, match="for the owner of the Task to add"):
        world.update(SOURCE, place, identifier=[own, NUMBER, {**NUMBER, "value": "9"}])
    with pytest.raises(Refused, match="comes with the request"):
        world.update(PLANS, place, identifier=[own, NUMBER, PLACER])


def test_words_of_a_business_status_are_kept_as_long_as_what_they_say():
    """A peer that has no codes of ours writes words."""
    referral = Referral()
    words = {"text": "received by the desk"}
    sent = referral.world.update(PLANS, referral.task, status="accepted", businessStatus=words)
    assert sent["businessStatus"]["text"] == words["text"]
    noted = referral.world.update(PLANS, referral.task, note=[{"text": "x"}])
    assert noted["businessStatus"] == sent["businessStatus"]
    on = referral.world.update(PLANS, referral.task, status="in-progress")
    assert "text" not in on["businessStatus"]
