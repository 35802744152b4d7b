"""What was answered to a card decides whether the member's next ones are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapter.setting_values import SUPPRESSION_DAYS
from adapter.store import Store
from cds_hooks.caller import Caller
from cds_hooks.cards.overrides import suppressing
from cds_hooks.feedback import Feedback
from tests.unit.adapter.store.showing import ACCEPTED, CARD, NOON, VALLEY, card, opened, overridden

HL7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"

SECOND = timedelta(seconds=1)


def is_kept_back(store: Store, at: datetime = NOON, **changes: Any) -> bool:
    """Whether the card is kept from its member at that instant."""
    one = card(**changes)
    return store.is_suppressed(VALLEY, one.server, one.patient_id, one.topic, at)


def answer(store: Store, *feedback: Feedback, caller: Caller = VALLEY, at: datetime = NOON) -> None:
    """Send feedback to the service of the card."""
    store.take_feedback(caller, CARD.service, feedback, at)


@pytest.mark.parametrize(
    ("feedback", "days"),
    (
        (overridden("member-declined"), 180),
        (overridden("already-enrolled"), 90),
        (overridden("already-referred"), 30),
        (ACCEPTED, 30),
        (overridden("already-referred", "member-declined"), 180),
        (overridden("member-declined", system="urn:oid:1.2.840.114350"), 180),
        (overridden("patient-refuses", system=HL7), 180),
    ),
)
def test_a_card_comes_back_when_its_days_are_over(store: Store, feedback: Feedback, days: int):
    """Until the last second of the last day it is kept back; then it may be shown."""
    store.remember(VALLEY, [CARD], NOON)
    assert not is_kept_back(store)
    answer(store, feedback)
    assert is_kept_back(store, NOON + timedelta(days=days) - SECOND)
    assert not is_kept_back(store, NOON + timedelta(days=days))


@pytest.mark.parametrize(
    "feedback",
    (
        overridden(),
        overridden("not-appropriate-now"),
        overridden("excluded-service"),
        overridden("patient-refuses"),
        overridden("45 Does not meet criteria", system="com.epic.cdshooks.feedback.overrideReason"),
        overridden(comment="member-declined"),
    ),
)
def test_other_answers_keep_nothing_back(store: Store, feedback: Feedback):
    """A reason that is not the member's own, one that is not known, or none."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, feedback)
    assert not is_kept_back(store)


def test_the_days_are_those_of_the_settings(url: str):
    """Zero days switch a reason off, and any of our reasons can be given days."""
    store = opened(url, member_declined=0, not_appropriate_now=7)
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"))
    assert not is_kept_back(store)
    answer(store, overridden("not-appropriate-now"))
    assert is_kept_back(store, NOON + timedelta(days=7) - SECOND)
    store.close()


def test_the_default_days_name_the_reasons_that_keep_back():
    """No reason of the CodeSystem is without days, and none has days without saying so there."""
    assert set(SUPPRESSION_DAYS) == suppressing() | {"accepted"}


@pytest.mark.parametrize("topic", ("ecmEligible", "ecmPossible", "ecmChoice", "ecmNotAMember"))
def test_every_topic_of_ours_is_kept_back(store: Store, topic: str):
    """Who declined is not asked again by a hook that happens to see less of the chart."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"))
    assert is_kept_back(store, topic=topic)


def test_a_topic_that_is_not_ours_is_kept_back_alone(store: Store):
    store.remember(VALLEY, [card(topic="communitySupports")], NOON)
    answer(store, overridden("member-declined"))
    assert is_kept_back(store, topic="communitySupports")
    assert not is_kept_back(store)


@pytest.mark.parametrize(
    ("changes", "caller"),
    (
        ({"patient_id": "p2"}, VALLEY),
        ({"server": "https://fhir.example.org/dstu2"}, VALLEY),
        ({"server": ""}, VALLEY),
        ({}, Caller(client="valley-hospital", tenant="coast")),
    ),
)
def test_only_the_member_it_was_about_is_left_alone(
    store: Store, changes: dict[str, str], caller: Caller
):
    """The same patient id on another server or of another tenant is somebody else."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"))
    other = card(**changes)
    assert not store.is_suppressed(caller, other.server, other.patient_id, other.topic, NOON)


def test_another_client_of_the_tenant_leaves_the_member_alone_too(store: Store):
    """A tenant's clinic and hospital speak of the same patients."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"))
    clinic = Caller(client="valley-clinic", tenant="valley")
    assert store.is_suppressed(clinic, f"{CARD.server}/", CARD.patient_id, CARD.topic, NOON)


@pytest.mark.parametrize(
    "server", ("HTTPS://FHIR.example.org/r4", "https://fhir.example.org:443/r4/")
)
def test_a_member_is_known_in_every_spelling_of_the_server(store: Store, server: str):
    """Who declined is not asked again because a client writes its server otherwise."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"))
    assert is_kept_back(store, server=server)


def test_feedback_of_another_client_on_the_same_card_changes_nothing(store: Store):
    """A card belongs to the client it was sent to, whoever knows its uuid."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"), caller=Caller(client="other", tenant="valley"))
    assert not is_kept_back(store)


def test_days_run_from_when_the_person_acted(store: Store):
    """A batch that comes ten days later does not add ten days."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("already-referred"), at=NOON + timedelta(days=10))
    assert is_kept_back(store, NOON + timedelta(days=30) - SECOND)
    assert not is_kept_back(store, NOON + timedelta(days=30))


@pytest.mark.parametrize("at", ("2099-01-01T00:00:00Z", "2026-03-02T12:00:00", "", "9999-12-31"))
def test_a_clock_that_runs_ahead_does_not_keep_a_card_back_longer(store: Store, at: str):
    """An instant in the future, or none, is taken for when the feedback came."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("already-referred", at=at))
    assert not is_kept_back(store, NOON + timedelta(days=30))


def test_the_same_feedback_sent_again_extends_nothing(store: Store):
    """Without an instant of its own, feedback that repeats counts from when it came first."""
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("already-referred", at=""))
    answer(store, overridden("already-referred", at=""), at=NOON + timedelta(days=20))
    assert not is_kept_back(store, NOON + timedelta(days=30))


def test_a_later_answer_never_shortens_the_time(store: Store):
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined"), ACCEPTED)
    assert is_kept_back(store, NOON + timedelta(days=180) - SECOND)


def test_a_uuid_that_was_sent_for_two_members_keeps_neither_back(store: Store):
    """Nobody can say whom the answer was about."""
    store.remember(VALLEY, [CARD], NOON)
    store.remember(VALLEY, [card(patient_id="p2")], NOON)
    answer(store, overridden("member-declined"))
    assert not is_kept_back(store)
    assert not is_kept_back(store, patient_id="p2")


def test_a_card_sent_twice_is_one_card(store: Store):
    """Clients call again with the same hook instance; the answer is still about its member."""
    store.remember(VALLEY, [CARD, CARD], NOON)
    store.remember(VALLEY, [CARD], NOON + SECOND)
    answer(store, overridden("member-declined"))
    assert is_kept_back(store)
    total = store.feedback_report(NOON, NOON + SECOND).total()
    assert total is not None
    assert total.shown == 1


def test_an_unknown_card_is_stored_and_keeps_nothing_back(store: Store):
    answer(store, overridden("member-declined", card="not-ours"))
    assert not is_kept_back(store)
    assert store.feedback_report(NOON, NOON + SECOND).unknown_cards == 1


def test_years_that_calendars_hardly_hold_are_no_trouble(store: Store):
    store.remember(VALLEY, [CARD], NOON)
    answer(store, overridden("member-declined", at="0001-01-01T00:00:00+14:00"))
    assert not is_kept_back(store, datetime(2026, 3, 2, 12, 1, tzinfo=UTC))
