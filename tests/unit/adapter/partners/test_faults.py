"""What goes wrong between two servers, and that the referral survives it."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest

from adapter.partners.attending import PartnerWork
from tests.unit.adapter.partners.world import (
    NPI,
    PLAN,
    PROVIDER,
    World,
    consent,
    procedure,
    reason,
    sqlite,
    world,
)


def test_a_referral_whose_answer_was_lost_is_there_once(any_hospital: World) -> None:
    """The partner has it, we do not know: it is sent again, and found."""
    one, plan = any_hospital, any_hospital.stub
    plan.lose_answers = 2
    one.refer()
    one.attend()
    assert len(plan.all("Task")) == 1
    assert one.rows("outbound", "state") == [("waiting",)]
    one.wait()
    one.attend_all()
    assert one.rows("outbound", "state") == [("done",)]
    assert {type: len(plan.all(type)) for type in ("Task", "ServiceRequest", "Patient")} == {
        "Task": 1,
        "ServiceRequest": 1,
        "Patient": 1,
    }
    keys = {
        headers["idempotency-key"]
        for method, path, headers, _ in plan.calls
        if (method, path) == ("POST", "/fhir")
    }
    assert len(keys) == 1


def test_every_entry_is_created_only_where_it_is_not_known(hospital: World) -> None:
    hospital.refer()
    hospital.attend()
    (bundle,) = hospital.stub.requests("POST", "")[:1]
    conditions = [entry["request"]["ifNoneExist"] for entry in bundle["entry"]]
    assert len(conditions) == len(set(conditions)) == 6
    assert "identifier=urn:ietf:rfc:3986|https://hospital.example.org/fhir/Condition/" in "".join(
        conditions
    )
    assert bundle["identifier"]["value"].startswith("urn:uuid:")


def test_what_is_ours_alone_is_not_sent(hospital: World) -> None:
    """No ids, no versions, no narrative, no reference that means something here only."""
    hospital.refer()
    hospital.attend()
    for type in ("Patient", "Condition", "ServiceRequest"):
        sent = hospital.stub.the(type)
        assert "text" not in sent
    (bundle,) = hospital.stub.requests("POST", "")[:1]
    assert not any("id" in entry["resource"] for entry in bundle["entry"])
    subject = bundle["entry"][-1]["resource"]["for"]["reference"]
    assert subject in [entry["fullUrl"] for entry in bundle["entry"]]


def test_a_partner_that_asks_to_wait_is_left_alone(hospital: World) -> None:
    """503 with Retry-After: nothing is sent before; then everything is."""
    plan = hospital.stub
    plan.refuse = (503, {"Retry-After": "7200"})
    hospital.refer()
    hospital.attend()
    calls = len(plan.calls)
    hospital.wait(7_100_000)
    assert not hospital.attend()
    assert len(plan.calls) == calls
    plan.refuse = None
    hospital.wait(100_001)
    hospital.attend_all()
    assert plan.the("Task")


def test_what_a_partner_never_takes_is_a_dead_letter(hospital: World) -> None:
    """It is told with the code of the outcome, never with its words, which name a patient."""
    hospital.stub.refuse = (422, {})
    hospital.refer()
    hospital.attend_all()
    assert hospital.rows("outbound", "state, fault") == [
        ("dead", "POST transaction was answered with 422 (transient)")
    ]


def test_what_was_tried_for_a_week_is_a_dead_letter(hospital: World) -> None:
    hospital.stub.refuse = (500, {})
    hospital.refer()
    hospital.attend()
    hospital.wait(8 * 24 * 60 * 60 * 1000)
    hospital.attend()
    assert hospital.rows("outbound", "state") == [("dead",)]


def test_notifications_that_come_twice_or_late_change_nothing_more(hospital: World) -> None:
    """Numbers 2, 1, 2: each status once, in the partner's order."""
    task = hospital.refer()
    hospital.attend_all()
    there = hospital.stub.the("Task")["id"]
    hospital.stub.change("Task", there, status="accepted")
    hospital.stub.change("Task", there, status="in-progress")
    for numbers in ([2], [1], [2]):
        assert hospital.notify(numbers=numbers) == 200
        hospital.attend_all()
    assert hospital.statuses(task) == ["requested", "accepted", "in-progress"]
    assert hospital.rows("partner_line", "events, announced") == [(2, 2)]


def test_a_notification_that_never_came_is_asked_for(hospital: World) -> None:
    """Only number 3 comes: 1 and 2 are fetched from `$events`."""
    hospital.refer()
    hospital.attend_all()
    there = hospital.stub.the("Task")["id"]
    for status in ("accepted", "in-progress", "on-hold"):
        hospital.stub.change("Task", there, status=status, statusReason=reason("Away"))
    hospital.notify(numbers=[3])
    hospital.attend_all()
    known = hospital.rows("received", "number, state")
    assert known == [(1, "done"), (2, "done"), (3, "done")]
    assert hospital.rows("partner_line", "events") == [(3,)]


def test_a_heartbeat_tells_what_is_missing(hospital: World) -> None:
    task = hospital.refer()
    hospital.attend_all()
    hospital.stub.change("Task", hospital.stub.the("Task")["id"], status="accepted")
    assert hospital.notify("heartbeat") == 200
    hospital.attend_all()
    assert hospital.read("Task", task)["status"] == "accepted"


def test_a_subscription_that_failed_is_taken_up_again(hospital: World) -> None:
    """Its server never does that by itself (Backport); what it could not tell is fetched."""
    plan = hospital.stub
    task = hospital.refer()
    hospital.attend_all()
    subscription = plan.the("Subscription")
    plan.change("Subscription", subscription["id"], status="error")
    plan.change("Task", plan.the("Task")["id"], status="accepted")
    hospital.wait()
    hospital.attend_all()
    assert plan.the("Subscription")["status"] == "requested"
    assert hospital.read("Task", task)["status"] == "accepted"


def test_a_subscription_that_is_gone_is_made_anew(hospital: World) -> None:
    plan = hospital.stub
    task = hospital.refer()
    hospital.attend_all()
    gone = plan.the("Subscription")
    del plan.versions["Subscription", gone["id"]]
    plan.change("Task", plan.the("Task")["id"], status="accepted")
    hospital.wait()
    hospital.attend_all()
    assert plan.the("Subscription")["channel"] == gone["channel"]
    assert hospital.read("Task", task)["status"] == "accepted"


def test_a_partner_that_cannot_notify_is_polled(hospital: World) -> None:
    plan = hospital.stub
    plan.takes_subscriptions = False
    task = hospital.refer()
    hospital.attend_all()
    plan.change("Task", plan.the("Task")["id"], status="accepted")
    assert not hospital.attend()
    hospital.wait(15 * 60 * 1000)
    hospital.attend_all()
    assert hospital.read("Task", task)["status"] == "accepted"


def test_a_partner_without_history_is_followed_over_what_lies_between(hospital: World) -> None:
    """requested, then in-progress: the copy is accepted in between, as the rules want it."""
    plan = hospital.stub
    plan.keeps_history = False
    task = hospital.refer()
    hospital.attend_all()
    there = plan.the("Task")["id"]
    plan.change("Task", there, status="accepted")
    plan.change("Task", there, status="in-progress")
    hospital.notify(numbers=[1, 2])
    hospital.attend_all()
    assert hospital.statuses(task) == ["requested", "accepted", "in-progress"]


def test_a_status_that_the_profile_leaves_out_is_shown_as_acknowledged(hospital: World) -> None:
    """Peers write `received`; the copy stays `requested`."""
    task = hospital.refer()
    hospital.attend_all()
    hospital.stub.change("Task", hospital.stub.the("Task")["id"], status="received")
    hospital.notify(numbers=[1])
    hospital.attend_all()
    copy = hospital.read("Task", task)
    assert copy["status"] == "requested"
    assert copy["businessStatus"]["coding"][0]["code"] == "acknowledged"


def test_the_owner_who_completed_first_wins_over_a_cancellation(hospital: World) -> None:
    """It completes between our reading and our patch: 412, and the outcome is taken over."""
    plan = hospital.stub
    task = hospital.refer()
    hospital.attend_all()
    there = plan.the("Task")
    done = plan.put(procedure(there["for"]["reference"]))
    output = {
        "type": {"text": "What was done"},
        "valueReference": {"reference": f"Procedure/{done['id']}"},
    }
    plan.change("Task", there["id"], status="accepted")
    hospital.notify(numbers=[1])
    hospital.attend_all()
    hospital.patch(task, status="cancelled", statusReason=reason("Moved"))
    plan.meanwhile = lambda: plan.change("Task", there["id"], status="completed", output=[output])
    hospital.attend_all()
    assert hospital.read("Task", task)["status"] == "completed"
    assert hospital.rows("outbound", "kind, state, fault") == [
        ("send", "done", ""),
        ("change", "done", "the partner had ended it before"),
    ]


def test_a_referral_cancelled_before_it_was_sent_is_never_sent(hospital: World) -> None:
    task = hospital.refer()
    hospital.patch(task, status="cancelled", statusReason=reason("By mistake"))
    hospital.attend_all()
    assert hospital.read("Task", task)["status"] == "cancelled"
    assert not hospital.stub.calls


@pytest.mark.parametrize(
    ("headers", "status"),
    (
        ({}, 401),
        ({"authorization": "Bearer guessed"}, 401),
        ({"authorization": ""}, 401),
    ),
)
def test_a_notification_from_elsewhere_is_not_kept(
    hospital: World, headers: dict[str, str], status: int
) -> None:
    from adapter.partners.notifications import receive

    hospital.refer()
    hospital.attend_all()
    kept = hospital.rows("received", "count(*)")
    assert receive(hospital.here, "plan", headers, b"{}") == status
    assert receive(hospital.here, "nobody", headers, b"{}") == status
    assert hospital.rows("received", "count(*)") == kept


@pytest.mark.parametrize("of", ("another", "consent"))
def test_what_a_partner_has_no_business_to_bring_is_not_copied(hospital: World, of: str) -> None:
    """A record of another member, or a Consent that would let the partner see more."""
    plan = hospital.stub
    task = hospital.refer()
    hospital.attend_all()
    there = plan.the("Task")
    if of == "another":
        other = plan.put({"resourceType": "Patient"})
        brought = plan.put(procedure(f"Patient/{other['id']}"))
    else:
        brought = plan.put(consent(there["for"]["reference"], PLAN))
    reference = f"{brought['resourceType']}/{brought['id']}"
    output = {"type": {"text": "What was done"}, "valueReference": {"reference": reference}}
    plan.change("Task", there["id"], status="accepted")
    plan.change("Task", there["id"], status="completed", output=[output])
    hospital.notify(numbers=[1, 2])
    hospital.attend_all()
    copy = hospital.read("Task", task)
    assert copy["status"] == "completed"
    assert copy["output"][0]["valueReference"]["reference"] == f"{plan.base}/{reference}"
    kinds = {kind for (kind,) in hospital.rows("resource", "type")}
    assert kinds.isdisjoint({"Consent", "Procedure"})


def test_two_workers_do_not_call_one_partner_at_once(any_hospital: World) -> None:
    """Whoever holds the lease does; the other finds nothing to do."""
    one = any_hospital
    one.refer()
    with one.store.unit() as unit:
        lines = one.here.lines(unit, one.partner)
        assert lines.take("other", unit.now, unit.now + 60_000)
    one.attend()
    assert not one.stub.calls
    one.wait(60_001)
    one.attend_all()
    assert len(one.stub.all("Task")) == 1


def test_a_partner_that_is_dead_keeps_nobody_waiting(tmp_path: Path) -> None:
    """One takes calls and never answers; what goes to the other is there within moments."""
    with world(sqlite(tmp_path)) as one, socket.create_server(("127.0.0.1", 0)) as dead:
        changed = {
            "id": "dead",
            "organization": PROVIDER,
            "fhir_base": f"http://127.0.0.1:{dead.getsockname()[1]}/fhir",
            "timeout_seconds": 2.0,
        }
        one.join(msgspec.structs.replace(one.partner, **changed))
        one.refer(1, owner={"identifier": {"system": NPI, "value": PROVIDER.rpartition("|")[2]}})
        one.refer(2)
        work, stopping = PartnerWork(one.here), Event()
        thread = Thread(target=work.run, args=(stopping,))
        thread.start()
        try:
            until = time.monotonic() + 10
            while time.monotonic() < until and not one.stub.all("Task"):
                time.sleep(0.02)
            assert len(one.stub.all("Task")) == 1
            assert one.rows("outbound", "partner, state, fault")[0] == ("dead", "waiting", "")
        finally:
            stopping.set()
            thread.join()
    assert len(one.stub.all("Task")) == 1


def test_a_cancellation_waits_for_a_referral_that_may_have_arrived(hospital: World) -> None:
    """Its answer was lost: the Task stays live here until the partner has ended it there."""
    hospital.stub.lose_answers = 2
    task = hospital.refer()
    hospital.attend()
    held = hospital.patch(task, status="cancelled", statusReason=reason("The member moved"))
    assert held["status"] == "requested"
    hospital.wait()
    hospital.attend_all()
    assert hospital.stub.the("Task")["status"] == "cancelled"
    assert hospital.read("Task", task)["status"] == "cancelled"


def test_what_the_partner_did_leaves_a_trail(hospital: World) -> None:
    """A Provenance names the partner and the version of its Task that was taken over."""
    task = hospital.refer()
    hospital.attend_all()
    there = hospital.stub.the("Task")["id"]
    hospital.stub.change("Task", there, status="accepted")
    hospital.notify(numbers=[1])
    hospital.attend_all()
    made = [
        hospital.read("Provenance", id)
        for (id,) in hospital.rows("resource WHERE type = 'Provenance'", "id")
    ]
    source = f"{hospital.stub.base}/Task/{there}/_history/2"
    (trail,) = [
        one
        for one in made
        if source in [entity["what"].get("reference") for entity in one.get("entity", [])]
    ]
    assert trail["target"] == [{"reference": f"Task/{task}/_history/2"}]
    assert trail["agent"][0]["who"]["identifier"]["value"] == PLAN.rpartition("|")[2]
