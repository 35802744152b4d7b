"""How the moment of a call changes the card, and how it does not."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import replace

from cds_hooks.cards import SUMMARY_LIMIT, cards_for
from cds_hooks.cards.moment import Kind, Moment
from tests.unit.cds_hooks.members import READER
from tests.unit.cds_hooks.skins import determination_of

KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES = ("adult-in-a-shelter", "one-question-left", "hospice", "two-programs", "fee-for-service")


def card_at(kind: Kind, name: str):
    (card,) = cards_for(determination_of(name), replace(READER, moment=Moment(kind=kind)))
    return card


@pytest.mark.parametrize(
    ("kind", "opening"),
    (
        ("chart", "May qualify for"),
        ("admission", "On admission: may qualify for"),
        ("discharge", "Before discharge: may qualify for"),
        ("order", "With this order: may qualify for"),
        ("dispatch", "With this order: may qualify for"),
        ("appointment", "With this appointment: may qualify for"),
        ("problem", "With this problem: may qualify for"),
    ),
)
def test_the_summary_opens_with_the_moment(kind: Kind, opening: str):
    """So that the reader knows why the card comes now."""
    assert card_at(kind, "adult-in-a-shelter").summary.startswith(opening)


@pytest.mark.requirement("cds-hooks_2.0@83")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_summary_is_cut(kind: Kind, name: str):
    """The longest of them stays below the limit, and is a whole phrase."""
    summary = card_at(kind, name).summary
    assert len(summary) < SUMMARY_LIMIT
    assert summary.partition(": ")[0] or summary
    assert summary[0].isupper()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_the_moment_changes_no_answer(kind: Kind, name: str):
    """Topic, indicator, source and reasons are those of a look at the chart."""
    chart, now = card_at("chart", name), card_at(kind, name)
    assert (now.source, now.indicator, now.uuid) == (chart.source, chart.indicator, chart.uuid)
    assert now.detail.split("\n\n")[1:] == chart.detail.split("\n\n")[1:]


def test_only_a_discharge_makes_a_referral_urgent():
    """The member is about to leave."""
    assert [kind for kind in KINDS if Moment(kind=kind).is_urgent] == ["discharge"]


def test_a_discharge_says_what_a_referral_now_is_good_for_only_where_one_can_be_made():
    """Nobody is told to refer a member whom hospice cares for."""
    assert "transition" in card_at("discharge", "adult-in-a-shelter").detail
    assert "transition" not in card_at("discharge", "hospice").detail


def test_a_problem_that_is_not_saved_yet_is_said_to_be_counted():
    """Else the card would name evidence that nobody finds in the chart."""
    for name in NAMES:
        assert "counted as if it were saved" in card_at("problem", name).detail
