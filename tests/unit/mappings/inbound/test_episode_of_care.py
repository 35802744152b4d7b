"""EpisodeOfCare → enrolments."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.dates import Span
from eligibility.facts import Enrolment, MemberFacts
from tests.unit.mappings.inbound.records import (
    MEMBER,
    PROGRAM,
    Json,
    coded,
    codes,
    day,
    facts,
    maker,
)

_episode = maker(
    "EpisodeOfCare", status="active", patient=MEMBER, period={"start": "2024-02-12"}, type=None
)


def episode(*programs: str, **elements: Any) -> Json:
    return _episode("c1", **{"type": [coded(PROGRAM, code) for code in programs], **elements})


def only(found: MemberFacts) -> Enrolment:
    ((enrolment,),) = found.enrolments.values()
    return enrolment


def test_a_programme_and_its_period_are_an_enrolment():
    assert only(facts(episode("dmc"))) == Enrolment(
        program="dmc", span=Span(day("2024-02-12")), ref="EpisodeOfCare/c1"
    )


@pytest.mark.parametrize(
    ("status", "ended"), (("active", False), ("onhold", False), ("finished", True))
)
def test_an_enrolment_is_over_when_its_episode_is_finished(status, ended):
    assert only(facts(episode("ccs", status=status))).ended is ended


@pytest.mark.parametrize("status", ("planned", "waitlist", "cancelled"))
def test_whoever_waits_is_not_enrolled(status):
    found = facts(episode("ccs", status=status))
    assert not found.enrolments
    assert not found.issues


def test_a_wait_list_is_a_programme_of_its_own():
    assert set(facts(episode("mssp-waitlist")).enrolments) == {"mssp-waitlist"}


@pytest.mark.parametrize("status", (None, "unknown"))
def test_a_status_that_tells_nothing_leaves_programmes_open(status):
    found = facts(episode("ccs", status=status))
    assert not found.enrolments
    assert codes(found) == ["unclear-status"]
    assert found.incomplete == {"programs"}


def test_an_episode_entered_in_error_is_left_out_with_an_issue():
    assert codes(facts(episode("ccs", status="entered-in-error"))) == ["entered-in-error"]


def test_a_code_that_is_no_programme_leaves_programmes_open():
    found = facts(episode("hogwarts", "ccs"))
    assert set(found.enrolments) == {"ccs"}
    assert codes(found) == ["unknown-program"]
    assert found.incomplete == {"programs"}


def test_an_ordinary_episode_of_care_is_nobodys_programme():
    found = facts(episode(type=[coded("urn:clinic", "prenatal")], status="banana"))
    assert found == facts()


def test_an_episode_without_a_period_began_at_an_unknown_time():
    assert only(facts(episode("pace", period=None))).span == Span()


def test_an_episode_may_name_two_programmes():
    assert set(facts(episode("ccs", "ccs-wcm")).enrolments) == {"ccs", "ccs-wcm"}


def organization(id: str, *states: str) -> Json:
    addresses = [{"state": state} for state in states]
    return {"resourceType": "Organization", "id": id, "address": addresses}


@pytest.mark.parametrize(
    ("states", "state"),
    (
        (["AZ"], "AZ"),
        (["Arizona"], "AZ"),
        (["az", "Arizona"], "AZ"),
        (["AZ", "CA"], None),
        (["Sonora"], None),
        ([], None),
    ),
)
def test_the_state_is_that_of_the_organization_that_runs_it(states, state):
    managed = episode("foster-care", managingOrganization={"reference": "Organization/o1"})
    assert only(facts(managed, organization("o1", *states))).state == state


def test_a_contained_organization_has_a_state_too():
    managed = episode(
        "foster-care",
        contained=[organization("o1", "AZ")],
        managingOrganization={"reference": "#o1"},
    )
    assert only(facts(managed)).state == "AZ"


@pytest.mark.parametrize("reference", ("#gone", "Organization/gone"))
def test_an_organization_that_is_not_there_has_no_state(reference):
    managed = episode("foster-care", managingOrganization={"reference": reference})
    assert only(facts(managed)).state is None
