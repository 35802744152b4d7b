"""A referral goes to a partner and its outcome comes back."""

from __future__ import annotations

from tests.unit.adapter.partners.world import CODES, World, procedure, reason


def test_a_referral_goes_to_its_owner_and_the_outcome_comes_back(any_hospital: World) -> None:
    """Sent once, subscribed to, accepted, under way, completed: the copy shows each, in order."""
    world, plan = any_hospital, any_hospital.stub
    task = world.refer()
    world.attend_all()
    there = plan.the("Task")
    assert there["status"] == "requested"
    assert there["focus"]["reference"] == f"ServiceRequest/{plan.the('ServiceRequest')['id']}"
    assert world.notify("handshake") == 200
    plan.change("Task", there["id"], status="accepted")
    plan.change("Task", there["id"], status="in-progress")
    assert world.notify(numbers=[1, 2]) == 200
    world.attend_all()
    assert world.statuses(task) == ["requested", "accepted", "in-progress"]

    done = plan.put(procedure(there["for"]["reference"]))
    output = {
        "type": {"text": "What was done"},
        "valueReference": {"reference": f"Procedure/{done['id']}"},
    }
    plan.change("Task", there["id"], status="completed", output=[output])
    assert world.notify(numbers=[3]) == 200
    world.attend_all()
    copy = world.read("Task", task)
    assert copy["status"] == "completed"
    type, _, id = copy["output"][0]["valueReference"]["reference"].partition("/")
    assert world.read(type, id)["subject"]["reference"] == world.patient


def test_a_cancellation_is_a_question_until_the_owner_has_answered(hospital: World) -> None:
    task = hospital.refer()
    hospital.attend_all()
    there = hospital.stub.the("Task")
    held = hospital.patch(task, status="cancelled", statusReason=reason("The member moved"))
    assert held["status"] == "requested"
    assert held["businessStatus"]["coding"][0] == {
        "system": f"{CODES}/ecm-referral-business-status",
        "code": "cancellation-requested",
        "display": "Cancellation requested",
    }
    hospital.attend_all()
    assert hospital.stub.versions["Task", there["id"]][-1]["status"] == "cancelled"
    copy = hospital.read("Task", task)
    assert copy["status"] == "cancelled"
    assert copy["statusReason"]["text"] == "The member moved"
