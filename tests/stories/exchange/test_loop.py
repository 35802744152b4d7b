"""Referrals between three organizations, over HTTP, until the outcome is back with who asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.exchange.organizations import Network, network
from tests.stories.exchange.steps import (
    arrives,
    assign,
    authorized,
    becomes,
    refer,
    send,
    signed,
    suggested,
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The three organizations; none may have an error in its log in the end."""
    made = network(tmp_path_factory.mktemp("exchange"))
    yield made
    assert made.stop() == []


def test_the_loop_closes(three: Network):
    """From the card in the hospital's chart to the enrolment by a provider that it never called."""
    hospital, plan, provider = three.hospital, three.plan, three.provider
    chart, order = suggested(hospital)
    asked = send(hospital, signed(chart, order, three))
    assert asked["status"] == "requested"
    plans = arrives(plan, asked)
    plan.says("acknowledge", plans["id"])
    becomes(hospital, asked, "requested", "acknowledged")
    plan.says("authorize", plans["id"])
    becomes(hospital, asked, "in-progress", "authorized")

    theirs = arrives(provider, assign(three, plans))
    becomes(hospital, asked, "in-progress", "assigned-to-provider")
    provider.says("accept", theirs["id"])
    becomes(hospital, asked, "in-progress", "provider-accepted")
    provider.says("contact", theirs["id"])
    becomes(hospital, asked, "in-progress", "outreach-initiated")
    provider.says("enroll", theirs["id"])
    becomes(hospital, asked, "in-progress", "enrolled")
    provider.says("complete", theirs["id"], "--performed", "2026-04-01")

    closed = becomes(hospital, asked, "completed", "loop-closed")
    (told,) = closed["output"]
    done = hospital.read(told["valueReference"]["reference"])
    assert (done["resourceType"], done["status"]) == ("Procedure", "completed")
    assert done["performedDateTime"].startswith("2026-04-01")
    assert done["code"]["coding"][0]["code"] == order["code"]["coding"][0]["code"]
    assert hospital.read(closed["focus"]["reference"])["status"] == "completed"
    history = hospital.says("show", asked["id"])
    steps = ("acknowledged", "accepted", "authorized", "assigned-to-provider", "provider-accepted")
    places = [history.index(step) for step in (*steps, "outreach-initiated", "enrolled")]
    assert places == sorted(places)
    assert "output Procedure/" in history


def test_the_plan_declines(three: Network):
    asked = refer(three, 2)
    plans = arrives(three.plan, asked)
    words = "No Population of Focus is met."
    three.plan.says("decline", plans["id"], "--code", "criteria-not-met", "--reason", words)
    told = becomes(three.hospital, asked, "rejected", "not-authorized")
    assert told["statusReason"]["text"] == words
    said_of = three.hospital.says("show", asked["id"])
    assert f"because: {words} (criteria-not-met)" in said_of


def test_the_member_cannot_be_reached(three: Network):
    asked, plans = authorized(three, 3)
    theirs = arrives(three.provider, assign(three, plans))
    three.provider.says("accept", theirs["id"])
    three.provider.says("contact", theirs["id"], "--unsuccessful")
    becomes(three.hospital, asked, "in-progress", "outreach-unsuccessful")
    words = "Five attempts by phone and mail."
    three.provider.says("fail", theirs["id"], "--reason", words)
    becomes(three.plan, plans, "in-progress", "awaiting-provider")
    three.plan.says("fail", plans["id"], "--reason", words)
    told = becomes(three.hospital, asked, "failed")
    assert told["statusReason"]["coding"][0]["code"] == "unable-to-reach"


def test_the_hospital_cancels(three: Network):
    """It asks the plan, whose order to the provider ends with its own."""
    asked, plans = authorized(three, 4)
    child = assign(three, plans)
    theirs = arrives(three.provider, child)
    three.provider.says("accept", theirs["id"])
    becomes(three.hospital, asked, "in-progress", "provider-accepted")
    line = three.hospital.says("cancel", asked["id"], "--reason", "The member moved away.")
    assert "cancellation-requested" in line or "cancelled" in line
    for organization, task in (
        (three.plan, asked),
        (three.provider, child),
        (three.hospital, asked),
    ):
        becomes(organization, task, "cancelled")


def test_returned_for_correction_and_asked_again(three: Network):
    asked = refer(three, 5)
    plans = arrives(three.plan, asked)
    three.plan.says("return", plans["id"], "--reason", "The member's CIN is not of this plan.")
    told = becomes(three.hospital, asked, "rejected", "returned-for-correction")
    assert "CIN" in told["statusReason"]["text"]

    left_out = {"id", "meta", "statusReason", "businessStatus", "lastModified"}
    again = {name: value for name, value in told.items() if name not in left_out}
    again["identifier"] = [dict(told["identifier"][0], value="TSK-0005-2")]
    made = three.hospital.staff().create(again | {"status": "requested"}).resource
    assert made is not None
    second = arrives(three.plan, made)
    assert second["groupIdentifier"] == told["groupIdentifier"]
    three.plan.says("accept", second["id"])
    becomes(three.hospital, made, "accepted")


def test_another_order_takes_the_place_of_the_first(three: Network):
    """The member wants somebody else: the first referral ends everywhere, the thread goes on."""
    asked, plans = authorized(three, 6)
    child = assign(three, plans)
    arrives(three.provider, child)
    first = three.hospital.read(asked["focus"]["reference"])
    three.hospital.says(
        *("send", "--patient", asked["for"]["reference"], "--requester", three.hospital.party),
        *("--owner", three.plan.party, "--replaces", f"ServiceRequest/{first['id']}"),
        *("--population", "avoidable-utilization-adult"),
    )
    becomes(three.plan, asked, "cancelled")
    becomes(three.provider, child, "cancelled")
    becomes(three.hospital, asked, "cancelled")
    assert three.hospital.read(f"ServiceRequest/{first['id']}")["status"] == "revoked"
    thread = asked["groupIdentifier"]
    (again,) = three.hospital.tasks(
        group_identifier=f"{thread['system']}|{thread['value']}", status="requested"
    )
    second = arrives(three.plan, again)
    three.plan.says("accept", second["id"])
    becomes(three.hospital, again, "accepted")


def test_two_who_act_at_once_are_told(three: Network):
    """What has ended stays ended: the exit code is 2, and the line says what is allowed."""
    asked = refer(three, 7)
    plans = arrives(three.plan, asked)
    three.plan.says("return", plans["id"], "--reason", "The birth date is missing.")
    run = three.plan.tries("accept", plans["id"])
    assert run.returncode == 2
    assert b"nothing leads from there to 'accepted'" in run.stderr


def test_nothing_is_lost_while_one_side_is_away(three: Network):
    """Each is switched off while it is told something, and hears of it once it is back."""
    three.plan.switch_off()
    asked = refer(three, 8)
    three.plan.start()
    plans = arrives(three.plan, asked)
    three.plan.says("acknowledge", plans["id"])
    becomes(three.hospital, asked, "requested", "acknowledged")

    three.hospital.switch_off()
    three.plan.says("accept", plans["id"])
    three.plan.says("authorize", plans["id"])
    three.hospital.start()
    told = becomes(three.hospital, asked, "in-progress", "authorized")
    history = three.hospital.staff().operation(f"Task/{told['id']}/_history")
    statuses = [entry["resource"]["status"] for entry in history["entry"]]
    assert "accepted" in statuses, "what happened in between is not passed over"

    three.provider.switch_off()
    child = assign(three, plans)
    three.provider.start()
    theirs = arrives(three.provider, child)
    three.provider.says("accept", theirs["id"])
    becomes(three.hospital, asked, "in-progress", "provider-accepted")
