"""What the board is asked for, as an address or a form says it."""

from __future__ import annotations

from datetime import date

from adapter.referrals.business_days import end_of
from adapter.store.board_conditions import Whose
from adapter.workbench.referrals.queues import (
    Filters,
    read_filters,
    read_place,
    wanted,
    written_place,
)

TODAY = date(2026, 3, 2)


def _whose(party: str) -> Whose:
    return Whose(party=party, id="x")


def test_an_address_says_what_is_asked_for_and_nothing_that_was_typed():
    given = {"queue": "closed", "text": "Garcia", "urgent": "yes", "sort": "due", "owner": "s|1"}
    filters = read_filters(given.get)
    assert filters.query == {"queue": "closed", "urgent": "1", "owner": "s|1"}
    assert filters.but(queue="open") == {"urgent": "1", "owner": "s|1"}
    assert filters.narrowing == 3
    assert read_filters(lambda _: None) == Filters()
    assert not Filters(queue="new", sort="changed").narrowing


def test_what_is_no_filter_is_left_out():
    given = {
        "queue": "x",
        "sort": "y",
        "due_from": "soon",
        "due_to": "0001-01-01",
        "text": "a" * 999,
    }
    filters = read_filters(given.get)
    assert filters.query == {}
    assert len(filters.text) == 100


def test_days_are_days_in_california_to_their_ends():
    asked = wanted(Filters(due_from="2026-03-03", due_to="2026-03-04"), _whose, TODAY)
    assert asked.due_from == end_of(TODAY)
    assert asked.due_before == end_of(date(2026, 3, 4))
    assert asked.soon == end_of(date(2026, 3, 5))


def test_text_is_a_name_by_its_words_and_part_of_a_number():
    asked = wanted(Filters(text="García-López, Ana"), _whose, TODAY)
    assert asked.names == ("garcialopez", "ana")
    assert asked.thread == "garcía-lópez, ana"


def test_a_place_is_written_and_read():
    assert read_place(written_place((12, "a~b"))) == (12, "a~b")
    assert written_place(None) == ""
    for text in ("", "x~1", "1~", "~", "-1~a", "9" * 30 + "~a"):
        assert read_place(text) is None
