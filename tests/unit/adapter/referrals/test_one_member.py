"""Every Task, its order and what they refer to are about one member, spelled in one way."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from tests.unit.adapter.referrals.referral import (
    PLANS,
    SOURCE,
    STRANGERS,
    Referral,
    order,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, PLAN, PROVIDER, STRANGER

OTHER_SPELLINGS = (
    "Patient/p/../mine",
    "Patient/p?x=1",
    "Patient/p#x",
    "Patient/p/_history/1",
    "Patient/p ",
    "/Patient/p",
    "patient/p",
    "Patient/%70",
    "Patient//p",
    "#p",
    "https://ecm.example.org/fhir/Patient/p",
    "https://hospital.example.org/fhir/Patient/p",
    "urn:uuid:00000000-0000-4000-8000-000000000001",
    "Group/p",
    "Organization/hospital",
    "Condition/c",
    "Patient/mine",
    "Patient/not-there",
    "",
    "Patient/",
    "Patient",
    "javascript:alert(1)",
    "\u0000Patient/p",
    "Patient/\u0440",
    "Patient/" + "p" * 65,
)


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
def test_a_task_is_for_the_subject_of_its_order_and_for_nobody_else(spelling):
    """Written `Patient/id` in both, and the same one."""
    referral = Referral()
    referral.world.put("Patient", "mine", {}, HOSPITAL)
    mine = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    asked = task(mine, "Patient/p", HOSPITAL, PLAN) | {"for": {"reference": spelling}}
    with pytest.raises(Refused):
        referral.world.create(SOURCE, "Task", asked)
    logical = {"for": {"identifier": {"system": "s", "value": "v"}}}
    with pytest.raises(Refused):
        referral.world.create(SOURCE, "Task", asked | logical)


@pytest.mark.parametrize(
    "spelling",
    (
        "ServiceRequest/{id}/_history/1", "ServiceRequest/{id}?x", "ServiceRequest/x/../{id}",
        "https://ecm.example.org/fhir/ServiceRequest/{id}", "#{id}", "Task/{id}", "{id}",
        "https://hospital.example.org/fhir.evil.example/ServiceRequest/{id}",
        "http://hospital.example.org/fhir/ServiceRequest/{id}", "Patient/p",
    ),
)  # fmt: skip
def test_a_task_is_for_an_order_on_this_server_or_on_that_of_who_asks(spelling):
    """Any other spelling is refused, though it may mean the same."""
    referral = Referral()
    mine = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    focus = spelling.format(id=mine.partition("/")[2])
    with pytest.raises(Refused):
        referral.world.create(SOURCE, "Task", task(focus, "Patient/p", HOSPITAL, PLAN))


def test_an_order_may_be_on_the_registered_server_of_who_asks():
    """As a hospital with a server of its own refers directly; not on another's."""
    referral = Referral()
    place = "https://hospital.example.org/fhir/ServiceRequest/1"
    for member in ("#p", "urn:uuid:1", "https://elsewhere.example.org/Patient/p", "Condition/c"):
        with pytest.raises(Refused):
            referral.world.create(SOURCE, "Task", task(place, member, HOSPITAL, PLAN))
    referral.world.create(SOURCE, "Task", task(place, "Patient/p", HOSPITAL, PLAN))
    referral.world.put("Patient", "mine", {}, STRANGER)
    with pytest.raises(Refused):
        referral.world.create(STRANGERS, "Task", task(place, "Patient/mine", STRANGER, PLAN))


@pytest.mark.parametrize("element", ("supportingInfo", "reasonReference", "insurance", "basedOn"))
@pytest.mark.parametrize(
    "theirs",
    (
        ("Condition", {"subject": {"reference": "Patient/else"}}),
        ("Consent", {"patient": {"reference": "Patient/else"}}),
        ("Coverage", {"beneficiary": {"reference": "Patient/else"}}),
        ("ServiceRequest", {"subject": {"reference": "Patient/else"}}),
        ("Patient", {}),
    ),
)
def test_an_order_refers_to_records_of_its_member_alone(element, theirs):
    """Another member's consent permits nothing about this one."""
    referral = Referral()
    type, fields = theirs
    referral.world.put("Patient", "else", {}, HOSPITAL)
    referral.world.put(type, "else", fields, HOSPITAL)
    made = order("Patient/p", HOSPITAL, **{element: [{"reference": f"{type}/else"}]})
    with pytest.raises(Refused, match="about another"):
        referral.world.create(SOURCE, "ServiceRequest", made)


def test_a_procedure_is_about_the_member_of_its_order():
    """An outcome does not go into the wrong chart."""
    referral = Referral()
    referral.world.put("Patient", "else", {}, PLAN)
    done = {
        "status": "completed",
        "subject": {"reference": "Patient/else"},
        "basedOn": [{"reference": referral.order}],
    }
    with pytest.raises(Refused, match="about another"):
        referral.world.create(PLANS, "Procedure", done)


def test_a_record_stays_with_its_member():
    """It is entered anew for another."""
    referral = Referral()
    referral.world.put("Patient", "else", {}, HOSPITAL)
    with pytest.raises(Refused, match="stays about the member"):
        referral.world.update(SOURCE, "Condition/c", subject={"reference": "Patient/else"})


def test_a_task_is_never_part_of_itself():
    """Where a client chose the id."""
    referral = Referral().accepted()
    made = referral.world.create(
        PLANS,
        "ServiceRequest",
        order("Patient/p", PLAN, basedOn=[{"reference": referral.order}]),
    )
    loop = task(made, "Patient/p", PLAN, PROVIDER, partOf=[{"reference": "Task/loop"}])
    with pytest.raises(Refused):
        referral.world.create(PLANS, "Task", loop, id="loop")
