"""Feedback as the specification has it, with what is odd beside it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.errors import MalformedRequest
from cds_hooks.feedback import MAX_ITEMS, Feedback, read_feedback
from tests.unit.cds_hooks.sent_feedback import AT, CARD, SUGGESTION, item, one, read


@pytest.mark.requirement(
    "cds-hooks_2.0@154",
    "cds-hooks_2.0@155",
    "cds-hooks_2.0@156",
    "cds-hooks_2.0@158",
    "cds-hooks_2.0@162",
)
def test_an_accepted_card_as_the_specification_has_it():
    """Card, outcome, the suggestions taken and the instant, without a deviation."""
    accepted = item(outcome="accepted", acceptedSuggestions=[{"id": SUGGESTION}])
    expected = Feedback(card=CARD, outcome="accepted", suggestions=(SUGGESTION,), at=AT)
    assert read(accepted) == ((expected,), ())


@pytest.mark.requirement(
    "cds-hooks_2.0@157",
    "cds-hooks_2.0@159",
    "cds-hooks_2.0@161",
    "cds-hooks_2.0@165",
    "cds-hooks_2.0@166",
    "cds-hooks_2.0@167",
)
def test_an_overridden_card_as_the_specification_has_it():
    """The reason's system and code and the user's comment."""
    override = {
        "reason": {"code": "already-enrolled", "system": "https://ecm.example.org/reasons"},
        "userComment": "enrolled in March",
    }
    expected = Feedback(
        card=CARD,
        outcome="overridden",
        reasons=(("https://ecm.example.org/reasons", "already-enrolled"),),
        comment="enrolled in March",
        at=AT,
    )
    assert one(overrideReason=override) == (expected, ())


@pytest.mark.requirement("cds-hooks_2.0@160")
def test_an_override_needs_no_reason():
    """The user closed the card; nobody asked why."""
    assert one() == (Feedback(card=CARD, outcome="overridden", at=AT), ())


def test_several_cards_and_repeats_in_one_request():
    """In the order sent; what is a repeat is for the store to find out."""
    found, deviations = read(item(), item(card=SUGGESTION), item())
    assert [one.card for one in found] == [CARD, SUGGESTION, CARD]
    assert deviations == ()


@pytest.mark.parametrize(
    ("fields", "deviation"),
    (
        ({"card": CARD.upper()}, ()),
        ({"card": f"urn:uuid:{CARD}"}, ()),
        ({"outcome": " Overridden"}, ("feedback.outcome: not in small letters",)),
        ({"outcomeTimestamp": None}, ("feedback.outcomeTimestamp: missing or no text",)),
        ({"outcomeTimestamp": 1653}, ("feedback.outcomeTimestamp: missing or no text",)),
        ({"outcomeTimestamp": "today"}, ("feedback.outcomeTimestamp: not a date and time",)),
        ({"overrideReason": "no"}, ("feedback.overrideReason: not an object",)),
        ({"overrideReason": {"reason": "no"}}, ("feedback.overrideReason.reason: without a code",)),
        (
            {"overrideReason": {"reason": {"code": 4}}},
            ("feedback.overrideReason.reason: without a code",),
        ),
        (
            {"overrideReason": {"userComment": 4}},
            ("feedback.overrideReason.userComment: not a text",),
        ),
        ({"overrideReason": {}}, ()),
        ({"overrideReason": None, "hookInstance": "x", "extension": {"a": [1]}}, ()),
    ),
)
def test_what_is_odd_beside_the_answer_does_not_lose_it(
    fields: dict[str, Any], deviation: tuple[str, ...]
):
    """The card and what became of it are kept, and the oddity is named."""
    found, deviations = one(**fields)
    at = AT if "outcomeTimestamp" not in fields else ""
    assert found == Feedback(card=CARD, outcome="overridden", at=at)
    assert deviations == deviation


def test_an_accepted_card_without_suggestions_is_accepted():
    """A deviation: which suggestion is not known, that the card helped is."""
    found, deviations = one(outcome="accepted")
    assert found.outcome == "accepted"
    assert deviations == ("feedback.acceptedSuggestions: missing on an accepted card",)


def test_suggestions_may_be_plain_texts():
    found, deviations = one(outcome="accepted", acceptedSuggestions=[SUGGESTION.upper()])
    assert found.suggestions == (SUGGESTION,)
    assert deviations == ("feedback.acceptedSuggestions: not an object with an id",)


def test_a_card_that_has_no_uuid_of_ours_is_taken():
    """Which cards are known is the store's to say."""
    found, deviations = one(card="123456")
    assert found.card == "123456"
    assert deviations == ("feedback.card: not a UUID",)


def test_a_deviation_is_named_once_however_often_it_occurs():
    _, deviations = read(*(item(outcomeTimestamp=None) for _ in range(50)))
    assert deviations == ("feedback.outcomeTimestamp: missing or no text",)


def test_instants_are_understood_with_any_offset():
    """One without an offset is in UTC, as the specification asks of every one."""
    instants = {
        one(outcomeTimestamp=at)[0].acted
        for at in ("2022-05-19T19:44:04Z", "2022-05-19T12:44:04-07:00", "2022-05-19T19:44:04")
    }
    assert len(instants) == 1
    assert one(outcomeTimestamp=None)[0].acted is None


@pytest.mark.parametrize(
    ("bad", "place", "words"),
    (
        ({"outcome": "overridden"}, "card", "send the uuid of the card"),
        ({"card": "", "outcome": "overridden"}, "card", "send the uuid of the card"),
        ({"card": "\0 ", "outcome": "overridden"}, "card", "send the uuid of the card"),
        ({"card": 7, "outcome": "overridden"}, "card", "send the uuid of the card"),
        ({"card": "x" * 257, "outcome": "overridden"}, "card", "1 to 256 characters"),
        ({"card": CARD}, "outcome", '"accepted" nor "overridden"'),
        ({"card": CARD, "outcome": "ignored"}, "outcome", '"accepted" nor "overridden"'),
        ({"card": CARD, "outcome": ["accepted"]}, "outcome", '"accepted" nor "overridden"'),
        (None, None, "is not an object"),
        ([], None, "is not an object"),
    ),
)
def test_an_item_that_says_too_little_refuses_the_whole_with_its_place(
    bad: object, place: str | None, words: str
):
    """The second of three items is named; what it held is not repeated."""
    with pytest.raises(MalformedRequest) as refused:
        read(item(), bad, item())
    expected = "feedback[1]" + (f".{place}" if place else "")
    assert refused.value.expression == expected
    assert str(refused.value).startswith(f"{expected} ")
    assert words in str(refused.value)
    assert "nothing was stored" in str(refused.value)
    assert "xxx" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "words"),
    (
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"feedback": [NaN]}', "not JSON"),
        (b'{"feedback": [{"card": "\xff"}]}', "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", 'no array "feedback"'),
        (b"null", 'no array "feedback"'),
        (b"{}", 'no array "feedback"'),
        (b'{"feedback": {}}', 'no array "feedback"'),
        (json.dumps({"feedback": [item()] * (MAX_ITEMS + 1)}).encode(), "several requests"),
    ),
)
def test_a_body_that_is_no_feedback_is_refused_with_what_to_send(body: bytes, words: str):
    with pytest.raises(MalformedRequest, match=words):
        read_feedback(body)


def test_no_feedback_is_nothing_to_refuse():
    """Clients with batches send empty ones."""
    assert read_feedback(b'{"feedback": []}') == ((), ())
