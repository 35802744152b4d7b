"""Who sees what through a referral, and what nobody can open by referring to it."""

from __future__ import annotations

import pytest

from adapter.fhir_api.faults import Refused
from adapter.store.records import Viewer
from tests.unit.adapter.referrals.referral import (
    OTHERS,
    OUTPUT,
    PLANS,
    PROVIDERS,
    SOURCE,
    STRANGERS,
    Referral,
    because,
    order,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, OTHER, PLAN, STRANGER, World

NOWHERE = "leads to nothing that you may see here"


def seen_by(world: World, who: Viewer) -> set[str]:
    """What somebody sees of what matters here; everybody sees organizations."""
    types = ("Patient/", "Condition/", "ServiceRequest/", "Task/", "Consent/")
    return {one for one in world.versions if one.startswith(types) and world.sees(who, one)}


def test_who_is_asked_sees_the_task_the_order_and_what_they_refer_to():
    """And the other organizations see nothing."""
    referral = Referral()
    expected = {referral.task, referral.order, "Patient/p", "Condition/c"}
    assert seen_by(referral.world, PLANS) == expected
    assert seen_by(referral.world, STRANGERS) == set()


def test_a_provider_sees_its_own_hop_and_nothing_upstream():
    """Neither the plan's Task nor the hospital's order."""
    referral = Referral().accepted()
    child = referral.handed_on()
    focus = referral.world.current(child)["focus"]["reference"]
    assert seen_by(referral.world, PROVIDERS) == {child, focus, "Patient/p", "Condition/c"}


@pytest.mark.parametrize("status", ("rejected", "cancelled"))
def test_who_declined_keeps_the_task_and_the_order_and_not_the_records(status):
    """There is no more need of them."""
    referral = Referral()
    referral.world.update(PLANS, referral.task, status=status, statusReason=because("no place"))
    assert seen_by(referral.world, PLANS) == {referral.task, referral.order}
    assert seen_by(referral.world, SOURCE) >= {"Patient/p", "Condition/c", referral.task}


def test_an_output_is_shown_to_who_asked():
    """And through the roll-up to who asked first."""
    referral = Referral().accepted()
    world, child = referral.world, referral.handed_on()
    done = world.create(
        PROVIDERS,
        "Procedure",
        {
            "status": "completed",
            "subject": {"reference": "Patient/p"},
            "basedOn": [world.current(child)["focus"]],
        },
    )
    assert not world.sees(SOURCE, done)
    world.update(PROVIDERS, child, status="accepted")
    output = [{"type": {"text": "resulting-activity"}, "valueReference": {"reference": done}}]
    world.update(PROVIDERS, child, status="completed", output=output)
    assert world.sees(PLANS, done)
    assert world.sees(SOURCE, done)


def test_what_is_added_to_an_order_later_is_shown_to_who_is_asked():
    """Without a change of the Task."""
    referral = Referral()
    referral.world.put("Condition", "late", {"subject": {"reference": "Patient/p"}}, HOSPITAL)
    assert not referral.world.sees(PLANS, "Condition/late")
    more = [{"reference": "Condition/c"}, {"reference": "Condition/late"}]
    referral.world.update(SOURCE, referral.order, reasonReference=more)
    assert referral.world.sees(PLANS, "Condition/late")


# --- attacks ---


@pytest.fixture
def referral() -> Referral:
    """The stranger has a patient and an order of its own; the member's records are not for it."""
    made = Referral()
    made.world.put("Patient", "mine", {}, STRANGER)
    made.world.put("Condition", "secret", {"subject": {"reference": "Patient/p"}}, HOSPITAL)
    return made


@pytest.mark.parametrize("target", ("Condition/secret", "Condition/c", "Condition/not-there"))
@pytest.mark.parametrize(
    "elements",
    (
        lambda it: {"reasonReference": [it]},
        lambda it: {"supportingInfo": [it]},
        lambda it: {"extension": [{"url": "u", "valueReference": it}]},
        lambda it: {"note": [{"authorReference": it, "text": "t"}]},
        lambda it: {"contained": [{"resourceType": "Basic", "id": "b", "subject": it}]},
    ),
)
def test_an_order_cannot_open_what_is_closed_to_its_writer(referral, target, elements):
    """The answer is the same for what is another's and for what does not exist."""
    made = order("Patient/mine", STRANGER, **elements({"reference": target}))
    with pytest.raises(Refused, match=NOWHERE) as refusal:
        referral.world.create(STRANGERS, "ServiceRequest", made)
    assert refusal.value.status == 422
    assert target not in str(refusal.value)
    referral.world.sees(STRANGERS, target)
    assert not referral.world.sees(STRANGERS, target)


@pytest.mark.parametrize(
    "elements",
    (
        {"input": [{"type": {"text": "t"}, "valueReference": {"reference": "Condition/secret"}}]},
        {"basedOn": [{"reference": "Condition/secret"}]},
        {"reasonReference": {"reference": "Condition/secret"}},
        {"encounter": {"reference": "Condition/secret"}},
        {"relevantHistory": [{"reference": "Condition/secret"}]},
    ),
)
def test_a_task_cannot_open_what_is_closed_to_its_writer(referral, elements):
    """Wherever the reference stands."""
    mine = referral.world.create(STRANGERS, "ServiceRequest", order("Patient/mine", STRANGER))
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.create(
            STRANGERS, "Task", task(mine, "Patient/mine", STRANGER, OTHER, **elements)
        )


def test_an_owner_cannot_open_a_record_by_naming_it_as_output():
    """Nor by a note."""
    referral = Referral().accepted()
    referral.world.put("Condition", "secret", {"subject": {"reference": "Patient/p"}}, HOSPITAL)
    output = [{"type": {"text": "t"}, "valueReference": {"reference": "Condition/secret"}}]
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.update(PLANS, referral.task, output=[*OUTPUT, *output])
    note = [{"authorReference": {"reference": "Condition/secret"}, "text": "t"}]
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.update(PLANS, referral.task, note=note)
    assert not referral.world.sees(PLANS, "Condition/secret")


def test_nobody_asks_for_an_order_that_they_do_not_see(referral):
    """A guessed id is answered like one that does not exist."""
    for place in (referral.order, "ServiceRequest/not-there"):
        with pytest.raises(Refused, match=NOWHERE):
            referral.world.create(STRANGERS, "Task", task(place, "Patient/mine", STRANGER, OTHER))


def test_nobody_is_part_of_a_task_that_they_do_not_see(referral):
    """Otherwise its owner's referral could be moved from outside."""
    mine = referral.world.create(STRANGERS, "ServiceRequest", order("Patient/mine", STRANGER))
    asked = task(mine, "Patient/mine", STRANGER, OTHER, partOf=[{"reference": referral.task}])
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.create(STRANGERS, "Task", asked)


def test_an_owner_does_not_show_anothers_order_to_a_friend():
    """By a Task of its own on that order."""
    referral = Referral()
    with pytest.raises(Refused, match="another organization's"):
        referral.world.create(PLANS, "Task", task(referral.order, "Patient/p", PLAN, OTHER))
    assert not referral.world.sees(OTHERS, referral.order)


def test_a_record_is_not_written_into_the_chart_of_somebody_unseen(referral):
    """The patient has to be there for the writer."""
    observed = {"status": "final", "subject": {"reference": "Patient/p"}}
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.create(STRANGERS, "Observation", observed)


def test_a_trail_is_not_written_for_a_task_unseen(referral):
    """And what was written stays as it is."""
    forged = {"target": [{"reference": f"{referral.task}/_history/1"}], "agent": []}
    with pytest.raises(Refused, match=NOWHERE):
        referral.world.create(STRANGERS, "Provenance", forged)
    place = f"Provenance/{referral.world.of_type('Provenance')[0]['id']}"
    with pytest.raises(Refused):
        referral.world.update(SOURCE, place, recorded="2020-01-01T00:00:00Z")
