"""The report counts each card once and says what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapter.store import Store
from adapter.store.report import Dimension, Line, Report
from cds_hooks.caller import Caller
from cds_hooks.feedback import Feedback
from tests.unit.adapter.store.showing import NOON, VALLEY, card, overridden

SECOND = timedelta(seconds=1)

CLINIC = Caller(client="clinic", tenant="valley")


def show(store: Store, *uuids: str, caller: Caller = VALLEY, **changes: Any) -> None:
    """Show cards of these uuids."""
    store.remember(caller, [card(uuid=uuid, **changes) for uuid in uuids], NOON)


def accepted(uuid: str) -> Feedback:
    """Feedback that a suggestion was taken."""
    return Feedback(card=uuid, outcome="accepted", suggestions=("s",), at="2026-03-02T12:00:00Z")


def take(store: Store, *feedback: Feedback, caller: Caller = VALLEY) -> None:
    """Send feedback."""
    store.take_feedback(caller, "ecm-patient-view", feedback, NOON)


def report(store: Store) -> Report:
    """On the cards shown at noon."""
    return store.feedback_report(NOON, NOON + SECOND)


def by(store: Store, *dimensions: Dimension) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """The figures of each line: shown, accepted, overridden, without feedback."""
    return {
        tuple(line.of.values()): (line.shown, line.accepted, line.overridden, line.no_feedback)
        for line in report(store).lines(dimensions)
    }


def test_shares_are_of_the_cards_shown(store: Store):
    """Four cards: one accepted, two set aside, one ignored."""
    show(store, "a", "b", "c", "d")
    take(store, accepted("a"), overridden(card="b"), overridden("member-declined", card="c"))
    assert report(store).total() == Line(
        shown=4,
        accepted=1,
        overridden=2,
        no_feedback=1,
        acceptance_rate=0.25,
        override_rate=0.5,
    )


def test_an_ignored_card_is_not_an_override(store: Store):
    """Absence of feedback stays absence."""
    show(store, "a")
    assert by(store) == {(): (1, 0, 0, 1)}


def test_a_card_counts_once_however_often_it_was_set_aside(store: Store):
    show(store, "a")
    for second in range(3):
        take(store, overridden("member-declined", card="a", at=f"2026-03-02T12:00:0{second}Z"))
    assert by(store) == {(): (1, 0, 1, 0)}
    assert by(store, "reason") == {("member-declined",): (1, None, 1, None)}


@pytest.mark.parametrize("first", (True, False))
def test_a_card_accepted_and_set_aside_is_accepted(store: Store, first: bool):
    """In whichever order it came: the referral was made, closing the card undoes nothing."""
    show(store, "a")
    both = [accepted("a"), overridden("need-more-information", card="a")]
    take(store, *(both if first else both[::-1]))
    assert by(store) == {(): (1, 1, 0, 0)}
    assert by(store, "reason") == {}


def test_a_card_of_two_populations_counts_for_each(store: Store):
    """And one without population, such as a question of membership, for `none`."""
    show(store, "a", populations=("homelessness", "smi-sud"))
    show(store, "b", populations=("homelessness",))
    show(store, "c", populations=())
    take(store, accepted("a"))
    assert by(store, "population") == {
        ("homelessness",): (2, 1, 0, 1),
        ("smi-sud",): (1, 1, 0, 0),
        ("none",): (1, 0, 0, 1),
    }
    assert by(store) == {(): (3, 1, 0, 2)}


def test_services_and_clients_are_told_apart_alone_and_together(store: Store):
    show(store, "a", "b")
    show(store, "c", service="ecm-order-sign")
    show(store, "a", caller=CLINIC)
    take(store, accepted("a"), caller=CLINIC)
    assert by(store, "client") == {("valley-hospital",): (3, 0, 0, 3), ("clinic",): (1, 1, 0, 0)}
    assert by(store, "service", "client") == {
        ("ecm-patient-view", "valley-hospital"): (2, 0, 0, 2),
        ("ecm-order-sign", "valley-hospital"): (1, 0, 0, 1),
        ("ecm-patient-view", "clinic"): (1, 1, 0, 0),
    }


def test_a_reason_is_a_share_of_the_cards_it_could_have_been_given_for(store: Store):
    """Reasons in every spelling are one; a card with two counts for both."""
    show(store, "a", "b", "c", "d")
    hl7 = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
    take(
        store,
        overridden("member-declined", card="a"),
        overridden("patient-refuses", card="b", system=hl7),
        overridden("already-enrolled", "99", card="b", system="urn:local"),
        overridden(card="c"),
    )
    assert by(store, "reason") == {
        ("member-declined",): (4, None, 2, None),
        ("already-enrolled",): (4, None, 1, None),
        ("urn:local|99",): (4, None, 1, None),
        ("not given",): (4, None, 1, None),
    }
    (declined,) = (
        line for line in report(store).lines(["reason"]) if line.of["reason"] == "member-declined"
    )
    assert declined.override_rate == 0.5


def test_reasons_of_a_service_are_shares_of_that_services_cards(store: Store):
    show(store, "a")
    show(store, "b", "c", service="ecm-order-sign")
    take(store, overridden("member-declined", card="a"), overridden(card="b"))
    assert by(store, "reason", "service") == {
        ("member-declined", "ecm-patient-view"): (1, None, 1, None),
        ("not given", "ecm-order-sign"): (2, None, 1, None),
    }


def test_days_are_those_on_which_cards_were_shown(store: Store):
    """A card of the second before or after is not in; feedback counts whenever it came."""
    for uuid, at in (("before", NOON - SECOND), ("in", NOON), ("after", NOON + SECOND)):
        store.remember(VALLEY, [card(uuid=uuid)], at)
    later = NOON + timedelta(days=3)
    store.take_feedback(VALLEY, "ecm-patient-view", [overridden(card="in")], later)
    assert by(store) == {(): (1, 0, 1, 0)}


def test_feedback_on_cards_that_are_not_known_is_counted_apart(store: Store):
    """It is in no rate, and only in the report of the day it came on."""
    show(store, "a")
    take(store, overridden(card="somebody else's"))
    assert by(store) == {(): (1, 0, 0, 1)}
    assert report(store).unknown_cards == 1
    assert store.feedback_report(NOON + SECOND, NOON + 2 * SECOND).unknown_cards == 0


def test_nothing_shown_is_no_line(store: Store):
    """And no division by zero."""
    assert report(store).total() is None
    assert report(store).lines(["service", "reason"]) == ()
