"""A referral goes from a hospital over its plan to a provider and back, three services apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.partners.organizations import PARTIES, Organization, referral, three

Three = tuple[Organization, Organization, Organization]


@pytest.fixture(scope="module")
def organizations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    """Hospital, plan and provider; none may have an error in its log in the end."""
    found = three(tmp_path_factory.mktemp("organizations"))
    for one in found:
        one.start()
    yield found
    assert [error for one in found for error in one.stop()] == []


def test_the_loop_is_closed_over_three_services(organizations: Three) -> None:
    """The plan is away when the referral is sent, the provider while it is assigned."""
    hospital, plan, provider = organizations
    assert plan.stop() == []
    mine = hospital.refers("REF-1", referral("REF-1"))
    assert hospital.hears(mine, "requested")
    plan.start()
    theirs = plan.asked("REF-1")
    plan.says("acknowledge", theirs)
    hospital.hears(mine, "requested", "acknowledged")
    plan.says("authorize", theirs)
    hospital.hears(mine, "in-progress", "authorized")

    assert provider.stop() == []
    plan.says("assign", theirs, "--provider", PARTIES["provider"])
    provider.start()
    child = provider.asked("REF-1")
    provider.says("accept", child)
    hospital.hears(mine, "in-progress", "provider-accepted")
    provider.says("contact", child)
    provider.says("enroll", child)
    provider.says("complete", child, "--performed", "2026-04-01")
    assert hospital.hears(mine, "completed", "loop-closed")
    history = hospital.says("show", mine)
    steps = ("acknowledged", "accepted", "authorized", "assigned-to-provider", "provider-accepted")
    places = [history.index(step) for step in (*steps, "outreach-initiated", "enrolled")]
    assert places == sorted(places)
    assert "output Procedure/" in history


def test_a_decline_reaches_the_hospital(organizations: Three) -> None:
    hospital, plan, _ = organizations
    mine = hospital.refers("REF-2", referral("REF-2"))
    theirs = plan.asked("REF-2")
    plan.says("decline", theirs, "--code", "criteria-not-met", "--reason", "No population is met")
    hospital.hears(mine, "rejected", "not-authorized")
    assert "because: No population is met (criteria-not-met)" in hospital.says("show", mine)


def test_a_cancellation_reaches_the_provider(organizations: Three) -> None:
    """The hospital asks the plan, whose order to the provider ends with its own."""
    hospital, plan, provider = organizations
    mine = hospital.refers("REF-3", referral("REF-3"))
    theirs = plan.asked("REF-3")
    plan.says("authorize", theirs)
    plan.says("assign", theirs, "--provider", PARTIES["provider"])
    child = provider.asked("REF-3")
    provider.says("accept", child)
    hospital.hears(mine, "in-progress", "provider-accepted")
    said = hospital.says("cancel", mine, "--reason", "The member moved away")
    assert "cancellation-requested" in said or "cancelled" in said
    hospital.hears(mine, "cancelled")
    provider.hears(child, "cancelled")


def test_two_who_act_at_once_are_told(organizations: Three) -> None:
    """What has ended stays ended: the exit code is 2, and the line says what is allowed."""
    hospital, plan, _ = organizations
    hospital.refers("REF-4", referral("REF-4"))
    theirs = plan.asked("REF-4")
    plan.says("return", theirs, "--reason", "The birth date is missing")
    run = plan.tries("accept", theirs)
    assert run.returncode == 2
    assert b"nothing leads from there to 'accepted'" in run.stderr
