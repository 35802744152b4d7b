"""Referrals between three organizations, over HTTP, until the outcome is back with who asked."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.exchange.organizations import Network, network
from tests.stories.exchange.steps import (
    Resource,
    arrives,
    at,
    becomes,
    hand_on,
    move,
    performed,
    refer,
    said,
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The three organizations, notified of what happens at each other."""
    made = network(tmp_path_factory.mktemp("exchange"))
    yield made
    made.stop()


def _authorized(three: Network, number: int) -> tuple[Resource, Resource]:
    """A referral that the plan authorized: the hospital's Task and the plan's."""
    asked = refer(three, number)
    plans = arrives(three.plan, asked)
    plans = move(three.plan, plans, "requested", "acknowledged")
    becomes(three.hospital, asked, "requested", "acknowledged")
    plans = move(three.plan, plans, "accepted")
    plans = move(three.plan, plans, "in-progress", "authorized")
    becomes(three.hospital, asked, "in-progress", "authorized")
    return asked, plans


def test_the_loop_closes(three: Network):
    asked, plans = _authorized(three, 1)
    handed = hand_on(three, plans)
    theirs = arrives(three.provider, handed)
    becomes(three.hospital, asked, "in-progress", "assigned-to-provider")

    theirs = move(three.provider, theirs, "accepted")
    becomes(three.hospital, asked, "in-progress", "provider-accepted")
    theirs = move(three.provider, theirs, "in-progress", "outreach-initiated")
    theirs = move(three.provider, theirs, "in-progress", "enrolled")
    becomes(three.hospital, asked, "in-progress", "enrolled")
    output = performed(three.provider, theirs)
    reason = ("services-received", "The member is enrolled and has a lead care manager.")
    move(three.provider, theirs, "completed", "loop-closed", reason=reason, output=output)

    closed = becomes(three.hospital, asked, "completed")
    (told,) = closed["output"]
    seen = three.hospital.staff().read(*told["valueReference"]["reference"].split("/")).resource
    assert seen["resourceType"] == "Procedure"
    assert seen["status"] == "completed"
    assert seen["code"]["coding"][0]["code"] == "386230005"
    order = three.hospital.staff().read(*closed["focus"]["reference"].split("/")).resource
    assert order["status"] == "completed"


def test_the_plan_declines(three: Network):
    asked = refer(three, 2)
    plans = arrives(three.plan, asked)
    reason = ("criteria-not-met", "No Population of Focus is met.")
    move(three.plan, plans, "rejected", "not-authorized", reason=reason)
    told = becomes(three.hospital, asked, "rejected", "not-authorized")
    assert told["statusReason"]["text"] == reason[1]


def test_the_member_cannot_be_reached(three: Network):
    asked, plans = _authorized(three, 3)
    theirs = arrives(three.provider, hand_on(three, plans))
    theirs = move(three.provider, theirs, "accepted")
    theirs = move(three.provider, theirs, "in-progress", "outreach-unsuccessful")
    reason = ("unable-to-reach", "Five attempts by phone and mail.")
    move(three.provider, theirs, "failed", "loop-closed", reason=reason)
    back = becomes(three.plan, plans, "in-progress", "awaiting-provider")
    move(three.plan, back, "failed", "loop-closed", reason=reason)
    told = becomes(three.hospital, asked, "failed")
    assert told["statusReason"]["coding"][0]["code"] == "unable-to-reach"


def test_the_hospital_cancels(three: Network):
    asked, plans = _authorized(three, 4)
    theirs = hand_on(three, plans)
    arrives(three.provider, theirs)
    mine = at(three.hospital, asked)
    assert mine is not None
    reason = ("no-longer-needed", "The member moved in with family.")
    move(three.hospital, mine, "cancelled", reason=reason)
    for organization, task in (
        (three.plan, asked),
        (three.provider, theirs),
        (three.hospital, asked),
    ):
        becomes(organization, task, "cancelled")


def test_returned_for_correction_and_asked_again(three: Network):
    asked = refer(three, 5)
    plans = arrives(three.plan, asked)
    reason = ("needs-correction", "The member's CIN is not of this plan; please check it.")
    move(three.plan, plans, "rejected", "returned-for-correction", reason=reason)
    told = becomes(three.hospital, asked, "rejected", "returned-for-correction")
    assert "CIN" in told["statusReason"]["text"]

    again = {
        name: value
        for name, value in told.items()
        if name not in {"id", "meta", "statusReason", "businessStatus", "lastModified"}
    }
    again |= {"status": "requested"}
    placer = dict(told["identifier"][0], value="TSK-0005-2")
    made = three.hospital.staff().create(again | {"identifier": [placer]}).resource
    second = arrives(three.plan, made)
    assert second["groupIdentifier"] == told["groupIdentifier"]
    move(three.plan, second, "accepted")
    becomes(three.hospital, made, "accepted")


def test_nothing_is_lost_while_one_side_is_away(three: Network):
    """The plan's machine is switched off; the hospital refers; later the hospital is off."""
    three.plan.stop(signal.SIGKILL)
    asked = refer(three, 6)
    three.plan.start()
    plans = arrives(three.plan, asked)

    three.hospital.stop(signal.SIGKILL)
    plans = move(three.plan, plans, "accepted")
    move(three.plan, plans, "in-progress", "authorized")
    three.hospital.start()
    told = becomes(three.hospital, asked, "in-progress", "authorized")
    history = three.hospital.staff().operation(f"Task/{told['id']}/_history")
    statuses = [entry["resource"]["status"] for entry in history["entry"]]
    assert "accepted" in statuses, "what happened in between is not passed over"


def test_what_is_polled_arrives_too(tmp_path: Path):
    made = network(tmp_path, learns="poll")
    try:
        asked = refer(made, 1)
        plans = arrives(made.plan, asked)
        move(made.plan, plans, "accepted")
        told = becomes(made.hospital, asked, "accepted")
        assert said(told) == "eligibility-screening"
    finally:
        made.stop()
