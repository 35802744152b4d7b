"""What of a referral stays as it is, what grows, and what may be deleted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapter.fhir_api.faults import Refused
from tests.unit.adapter.referrals.referral import (
    OUTPUT,
    PLANS,
    SOURCE,
    STRANGERS,
    Referral,
    because,
    order,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, OPERATOR, OTHER, org

NOTES = [{"text": "first"}]


@pytest.mark.parametrize(
    ("element", "value"),
    (
        ("code", {"coding": [{"code": "other"}]}),
        ("intent", "plan"),
        ("focus", {"reference": "ServiceRequest/other"}),
        ("for", {"reference": "Patient/other"}),
        ("requester", org(OTHER)),
        ("partOf", [{"reference": "Task/other"}]),
        ("authoredOn", "2026-01-06"),
        ("groupIdentifier", {"system": "s", "value": "another thread"}),
        ("priority", "urgent"),
        ("restriction", {"period": {"end": "2030-01-01"}}),
        ("input", [{"type": {"text": "t"}, "valueString": "v"}]),
        ("description", "new"),
        ("extension", [{"url": "u", "valueString": "v"}]),
    ),
)
@pytest.mark.parametrize("who", (SOURCE, PLANS, OPERATOR))
def test_what_was_asked_stays(element, value, who):
    """Neither side rewrites it, nor does the operator."""
    referral = Referral()
    with pytest.raises(Refused) as refusal:
        referral.world.update(who, referral.task, **{element: value})
    assert refusal.value.status == 422
    assert f"Task.{element}" in [one.expression for one in refusal.value.issues]


@pytest.mark.parametrize("element", ("focus", "for", "requester", "authoredOn", "code", "intent"))
def test_what_was_asked_is_not_left_out_either(element):
    """An update replaces the whole resource."""
    referral = Referral()
    with pytest.raises(Refused, match=f"Task.{element} does not change"):
        referral.world.update(PLANS, referral.task, **{element: None})


def test_what_the_exchange_filled_in_comes_back():
    """A client that sends what it wrote itself, with a new status, is understood."""
    referral = Referral()
    left_out = dict.fromkeys(("groupIdentifier", "restriction", "businessStatus", "lastModified"))
    after = referral.world.update(PLANS, referral.task, status="accepted", **left_out)
    assert after["groupIdentifier"]["value"] == "servicerequest-1"
    assert after["restriction"] == {"period": {"end": "2026-01-12"}}
    assert referral.world.said(referral.task) == "eligibility-screening"


def test_how_a_reference_is_displayed_may_change():
    """It leads to the same."""
    referral = Referral()
    referral.world.update(PLANS, referral.task, requester=org(HOSPITAL) | {"display": "Hospital"})


def test_a_number_that_is_read_exactly_is_the_number_that_was_stored():
    """A patch decodes decimals as such; that is no change."""
    referral = Referral()
    stored = referral.world.versions[referral.task][-1]
    assert stored is not None
    stored["input"] = [{"type": {"text": "t"}, "valueDecimal": 0.1}]
    exact = [{"type": {"text": "t"}, "valueDecimal": Decimal("0.1")}]
    referral.world.update(PLANS, referral.task, input=exact)


@pytest.mark.parametrize("who", (SOURCE, PLANS))
def test_either_side_adds_notes(who):
    """At the end."""
    referral = Referral()
    referral.world.update(who, referral.task, note=NOTES)
    after = referral.world.update(who, referral.task, note=[*NOTES, {"text": "second"}])
    assert len(after["note"]) == 2


@pytest.mark.parametrize("notes", (None, [{"text": "other"}], [{"text": "new"}, *NOTES]))
def test_notes_are_never_taken_away_or_put_in_between(notes):
    """What was said stays said."""
    referral = Referral()
    referral.world.update(PLANS, referral.task, note=NOTES)
    with pytest.raises(Refused, match="notes are only added at the end"):
        referral.world.update(PLANS, referral.task, note=notes)


def test_outputs_are_the_owners_to_add():
    """Who asks does not say what was done."""
    referral = Referral().accepted()
    with pytest.raises(Refused, match="outputs are for the owner"):
        referral.world.update(SOURCE, referral.task, output=OUTPUT)
    referral.world.update(PLANS, referral.task, output=OUTPUT)
    with pytest.raises(Refused, match="outputs are only added"):
        referral.world.update(PLANS, referral.task, output=None)


def test_outputs_may_follow_after_the_end():
    """A record that was finished later belongs to the outcome."""
    referral = Referral().accepted()
    referral.world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    more = [*OUTPUT, {"type": {"text": "additional-content"}, "valueString": "more"}]
    assert referral.world.update(PLANS, referral.task, output=more)["status"] == "completed"


def test_somebody_else_changes_nothing():
    """Seeing a Task is not having a say in it."""
    referral = Referral()
    with pytest.raises(Refused) as refusal:
        referral.world.update(STRANGERS, referral.task, note=NOTES)
    assert refusal.value.status == 403


def test_what_was_entered_in_error_stays_as_it_is():
    """Not even a note."""
    referral = Referral()
    wrong = because("wrong member", "sent-in-error")
    referral.world.update(SOURCE, referral.task, status="entered-in-error", statusReason=wrong)
    with pytest.raises(Refused, match="stays as it is"):
        referral.world.update(PLANS, referral.task, note=NOTES)


def test_a_draft_is_its_requesters_alone_and_can_be_rewritten():
    """Nobody has been asked yet."""
    referral = Referral()
    world = referral.world
    mine = world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    draft = world.create(
        SOURCE, "Task", task(mine, "Patient/p", HOSPITAL, PLANS.party, status="draft")
    )
    assert not world.sees(PLANS, draft)
    assert draft.removeprefix("Task/") not in world.works
    world.update(SOURCE, draft, owner=org(OTHER), priority="urgent")
    world.update(SOURCE, draft, status="requested")
    assert draft.removeprefix("Task/") in world.works


def test_a_draft_is_deleted_by_its_requester_and_nothing_else_is():
    """What somebody may have seen stays."""
    referral = Referral()
    world = referral.world
    mine = world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL, status="draft"))
    draft = world.create(
        SOURCE, "Task", task(mine, "Patient/p", HOSPITAL, PLANS.party, status="draft")
    )
    with pytest.raises(Refused, match="only a draft without Tasks"):
        world.delete(SOURCE, mine)
    with pytest.raises(Refused, match="a draft is for its requester to delete"):
        world.delete(PLANS, draft)
    world.delete(SOURCE, draft)
    world.delete(SOURCE, mine)
    for place in (referral.task, referral.order):
        with pytest.raises(Refused, match="only a draft"):
            world.delete(SOURCE, place)


def test_what_a_live_referral_refers_to_cannot_be_deleted():
    """Not even by its author, while somebody works by it."""
    referral = Referral()
    with pytest.raises(Refused, match=f"cannot be deleted while .*{referral.task}"):
        referral.world.delete(SOURCE, "Patient/p")


@pytest.mark.parametrize("type", ("Condition", "Patient"))
def test_a_record_is_its_authors_to_change(type):
    """The plan reads it through the referral, and does not rewrite it."""
    referral = Referral()
    place = {"Condition": "Condition/c", "Patient": "Patient/p"}[type]
    assert referral.world.sees(PLANS, place)
    with pytest.raises(Refused, match="for the organization that entered it"):
        referral.world.update(PLANS, place, note=NOTES)
    referral.world.update(SOURCE, place, note=NOTES)


def test_an_order_keeps_what_it_orders_for_whom():
    """Once it is no draft."""
    referral = Referral()
    for element in ("subject", "requester", "intent", "requisition", "authoredOn"):
        with pytest.raises(Refused, match=f"ServiceRequest.{element} does not change"):
            referral.world.update(SOURCE, referral.order, **{element: {"reference": "x"}})
    referral.world.update(SOURCE, referral.order, priority="urgent")


def test_a_label_that_restricts_is_not_taken_away_by_a_reader():
    """The owner updates the Task, and may forget meta."""
    referral = Referral()
    stored = referral.world.versions[referral.task][-1]
    assert stored is not None
    restricted = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    stored["meta"]["security"] = [restricted]
    with pytest.raises(Refused, match="security labels that restrict"):
        referral.world.update(PLANS, referral.task, status="accepted", meta={"versionId": "1"})
    referral.world.update(SOURCE, referral.task, note=NOTES, meta={"versionId": "1"})


def test_an_order_that_names_a_sensitive_population_gets_its_labels():
    """Whoever sends it may not know that the name alone tells something."""
    referral = Referral()
    system = "https://ecm.example.org/fhir/CodeSystem/ecm-population-of-focus"
    reasons = [{"coding": [{"system": system, "code": "smi-sud-adult"}]}]
    place = referral.world.create(
        SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL, reasonCode=reasons)
    )
    labels = referral.world.current(place)["meta"]["security"]
    assert {one["code"] for one in labels} == {"R", "ETH", "PSY"}
