"""The codes of a referral agree with each other, and with what others call them."""

from __future__ import annotations

import re

import pytest

from profiles.canonicals import canonicals
from profiles.referral_codes import (
    business_statuses,
    discontinuation_reasons,
    mapped,
    next_events,
    queues,
    status_reasons,
    taken_in,
)
from profiles.validate.structure_definitions import profiles

ENDED = {"completed", "failed", "cancelled", "rejected"}


def test_a_business_status_has_a_next_event_just_where_its_task_may_be_live():
    for one in business_statuses().values():
        live = set(one.task_statuses) - ENDED
        assert (one.next_event is not None) == bool(live), one.code
        assert one.next_event is None or one.next_event in next_events()


def test_what_was_reached_before_a_pause_stays_while_the_task_is_on_hold():
    for one in business_statuses().values():
        if {"accepted", "in-progress"} & set(one.task_statuses):
            assert "on-hold" in one.task_statuses, one.code


def test_no_code_leads_to_a_status_that_sdoh_clinical_care_leaves_out():
    found = [one.task_statuses for one in business_statuses().values()]
    found += [one.task_statuses for one in status_reasons().values()]
    for statuses in found:
        assert statuses
        assert not {"received", "ready"} & set(statuses)


def test_a_closure_reason_ends_the_task_and_a_hold_pauses_it():
    for one in status_reasons().values():
        if one.kind == "hold":
            assert one.task_statuses == ("on-hold",)
        elif one.kind == "closure":
            assert one.task_statuses[0] in ENDED | {"entered-in-error"}, one.code


def test_an_outcome_that_completes_a_referral_has_to_be_shown_by_an_output():
    completing = [one for one in status_reasons().values() if "completed" in one.task_statuses]
    assert [one.code for one in completing] == [
        "services-received",
        "transitioned-to-other-program",
    ]
    assert all(one.output for one in completing)


@pytest.mark.parametrize(
    ("concept_map", "codes"),
    (
        ("ecm-business-status-to-task-status", business_statuses()),
        ("ecm-business-status-to-dhcs", business_statuses()),
        ("ecm-business-status-to-bser", business_statuses()),
        ("ecm-status-reason-to-dhcs", status_reasons()),
    ),
)
def test_a_map_names_every_code_and_says_why_one_has_no_counterpart(concept_map, codes):
    for code in codes:
        targets = mapped(concept_map, code)
        assert targets, code
        for one in targets:
            assert (one.code is None) == (one.equivalence == "unmatched")
            assert one.code is not None or one.comment


def test_a_code_the_map_does_not_know_has_no_target_and_an_unknown_map_is_an_error():
    assert mapped("ecm-business-status-to-bser", "lost") == ()
    with pytest.raises(KeyError):
        mapped("ecm-to-nowhere", "lost")


def test_a_map_of_another_deployment_names_its_systems():
    (there,) = mapped("ecm-business-status-to-dhcs", "enrolled", "https://plan.example/fhir/")
    assert there.system == canonicals("https://plan.example/fhir").code_system(
        "dhcs-referral-status"
    )
    assert there.code == "referral-loop-closed"


def test_received_of_a_peer_is_kept_as_requested_and_shown_as_acknowledged():
    assert taken_in("received") == ("requested", "acknowledged")
    assert taken_in("ready") == ("accepted", "eligibility-screening")
    assert taken_in("in-progress") == ("in-progress", None)


def test_the_business_status_a_peers_status_stands_for_goes_with_the_status_it_is_kept_as():
    for status in ("received", "ready"):
        kept, business = taken_in(status)
        assert business is not None
        assert kept in business_statuses()[business].task_statuses


def test_a_task_without_owner_waits_in_a_queue_that_is_named():
    assert list(queues()) == [
        "claimable",
        "plan-intake",
        "provider-assignment",
        "exchange-operations",
    ]


def test_an_enrolment_may_end_for_reasons_that_no_referral_has():
    assert "graduated" in discontinuation_reasons()
    assert "graduated" not in status_reasons()


def test_the_rules_in_the_profile_of_the_task_are_those_of_the_codes():
    """Written out for tools that read the profile alone: `ecm-task-6` and `ecm-task-7`."""
    rules = {
        one.key: one.expression.text
        for child in profiles()[canonicals().structure("ecm-referral-task")].root.children
        for one in child.constraints
    }
    for key, codes in (
        ("ecm-task-6", {one.code: one.task_statuses for one in status_reasons().values()}),
        ("ecm-task-7", {one.code: one.task_statuses for one in business_statuses().values()}),
    ):
        rule = r"\(code = '([a-z-]+)' implies %resource\.status (.*?)\)+"
        written = {
            code: tuple(re.findall(r"'([a-z-]+)'", said))
            for code, said in re.findall(rule, rules[key])
        }
        assert written == codes
