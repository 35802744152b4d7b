"""Cards in each client, whatever a service wrote."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.workbench.hooks.cards import SKINS, CardShown, Skin, cards_shown, markdown
from cds_hooks.cards.profiles import EPIC_DETAIL, PROFILES
from tests.unit.adapter.cds_client.stub import CARD
from tests.unit.cds_hooks.test_markdown import HOSTILE


def shown(skin: Skin = "gfm", **change: Any) -> CardShown:
    (card,) = cards_shown({"cards": [CARD | change]}, skin)
    return card


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_does_nothing_but_show_words(text: str):
    """No HTML, no image, no address but of the web, no inline style."""
    made = markdown(
        f"{text}\n\n| a |\n|:-:|\n| {text} |\n\n[x](javascript:alert) ![i](https://x/y)"
    )
    for active in ("<script", "<img", '<a href="javascript', "style=", "<iframe", "<svg"):
        assert active not in made.lower()


def test_a_service_that_answers_without_measure_is_drawn_in_measure():
    """The rest is in the response, which stands beside the cards."""
    many = cards_shown({"cards": [CARD] * 5000}, "gfm")
    assert len(many) == 50
    assert "4950 more cards are not drawn; they are in the response." in many[-1].notes
    long = shown(detail="*a " * 50_000)
    assert (long.html, len(long.text)) == ("", 20_000)
    assert "The detail is cut here, as it has more than 20,000 characters." in long.notes


def test_tables_are_shown_to_who_can_show_them():
    """In GFM as a table, in plain text as it stands."""
    detail = "| a |\n|---|\n| 1 |"
    assert "<table>" in shown(detail=detail).html
    plain = shown("plain", detail=detail)
    assert (plain.html, plain.text) == ("", detail)
    assert plain.notes == ("Marks of Markdown are read as text here.",)


def test_epic_shows_the_action_and_names_what_it_does_not_take():
    """Each documented limit, by the card that breaks it."""
    card = shown("epic", extension={EPIC_DETAIL: "text/markdown"})
    assert card.buttons[0].label == "Create a referral"
    assert card.notes == ()
    suggestion: dict[str, Any] = CARD["suggestions"][0]  # type: ignore[index]
    task = {"type": "create", "description": "", "resource": {"resourceType": "Task"}}
    several = suggestion | {"actions": [*suggestion["actions"], task]}
    notes = " ".join(
        shown(
            "epic",
            selectionBehavior="at-most-one",
            suggestions=[several],
            source={"label": "x", "topic": {"code": "a topic"}},
            uuid=None,
        ).notes
    )
    for part in (
        "no other",
        "2 actions",
        "no description",
        "nothing but",
        "topic",
        EPIC_DETAIL,
        "uuid",
    ):
        assert part in notes, part
    assert shown("epic", extension={EPIC_DETAIL: "text/plain"}, detail="**a**").text == "**a**"


def test_a_narrow_column_says_what_it_takes_out():
    links = [{"label": "a", "url": "https://x", "type": "smart", "appContext": "1"}]
    card = shown("narrow", indicator="critical", detail="x" * 1000, links=links)
    assert len(card.notes) == 3
    assert card.links[0].note == "launches a SMART app"


@pytest.mark.parametrize("url", ("javascript:alert(1)", "data:text/html,x", "//x", "http://[", ""))
def test_a_link_leads_to_the_web_or_nowhere(url: str):
    card = shown(links=[{"label": "a", "url": url, "type": "absolute"}], source={"url": url})
    assert card.links[0].url == ""
    assert card.links[0].note
    assert card.source_url == ""


@pytest.mark.parametrize(
    "answer", (None, [], {"cards": None}, {"cards": [1, None]}, {"cards": [{}]}, {"cards": [
        {"summary": 1, "source": [], "suggestions": {}, "links": [1], "overrideReasons": [[]]}
    ]}),
)  # fmt: skip
def test_what_has_no_shape_of_a_card_does_no_harm(answer: Any):
    for skin in SKINS:
        assert all(one.summary == "" for one in cards_shown(answer, skin))


def test_every_client_has_a_profile_it_would_be_registered_with():
    assert {profile for _, _, profile in SKINS.values()} <= PROFILES.keys()
