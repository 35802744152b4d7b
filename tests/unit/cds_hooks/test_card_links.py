"""The link of a card: to the questions that would decide, or to what this service is."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from adapter.samples import all_samples
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.profiles import PROFILES
from cds_hooks.protocol import Link
from profiles.codes import attestations
from tests.unit.cds_hooks.members import AS_OF, READER
from tests.unit.cds_hooks.skins import PUBLIC, determination_of

AT = replace(READER, public_base=f"{PUBLIC}/")
SAMPLES = tuple(one.id for one in all_samples(AS_OF))


def link_of(name: str, reader: Reader = AT) -> Link:
    (card,) = cards_for(determination_of(name), reader)
    (link,) = card.links
    return link


@pytest.mark.requirement("cds-hooks_2.0@110", "cds-hooks_2.0@138", "cds-hooks_2.0@140")
def test_an_open_answer_links_to_the_form_that_asks_what_would_decide():
    """The question the card asks, by its code, and no other; nothing of the member."""
    link = link_of("one-question-left")
    assert link.label == "Answer the open questions"
    assert link.url == f"{PUBLIC}/screening?ask=coordination-would-help"
    assert (link.type, link.app_context) == ("absolute", None)


@pytest.mark.parametrize("name", ("adult-in-a-shelter", "hospice", "fee-for-service"))
def test_where_nothing_is_asked_the_link_tells_what_this_is(name: str):
    """The service's own front page."""
    assert link_of(name).url == f"{PUBLIC}/"


def test_an_exclusion_to_be_asked_about_is_no_question_of_the_form():
    """Whether the member is in hospice is for the record or the plan to say; there is no item."""
    assert link_of("hospice-question").url == f"{PUBLIC}/"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_question_linked_to_is_an_item_of_the_form(name: str):
    """Attestations only, each once."""
    for card in cards_for(determination_of(name), AT):
        (link,) = card.links
        codes = parse_qs(urlsplit(link.url).query).get("ask", [""])[0].split(",")
        assert codes == [""] or (
            set(codes) <= set(attestations()) and len(set(codes)) == len(codes)
        )


@pytest.mark.requirement(
    "cds-hooks_2.0@144", "cds-hooks_2.0@145", "cds-hooks_2.0@146", "cds-hooks_2.0@147"
)
def test_a_client_that_launches_apps_passes_the_questions_as_app_context():
    """A text, with the questionnaire they belong to; only for the link that is launched."""
    reader = replace(AT, profile=PROFILES["smart"])
    link = link_of("one-question-left", reader)
    assert link.type == "smart"
    assert json.loads(link.app_context or "") == {
        "questionnaire": f"{READER.canonical_base}/Questionnaire/ecm-referral",
        "ask": ["coordination-would-help"],
    }
    about = link_of("adult-in-a-shelter", reader)
    assert (about.type, about.app_context) == ("absolute", None)


@pytest.mark.parametrize("changed", ({"is_staff": False}, {"may_see_reasons": False}))
def test_who_may_not_know_the_reasons_gets_no_link_to_the_questions(changed: dict[str, bool]):
    """A question by itself reveals what is being looked for."""
    assert link_of("one-question-left", replace(AT, **changed)).url == f"{PUBLIC}/"


@pytest.mark.requirement("cds-hooks_2.0@104")
def test_without_a_public_address_there_is_no_link():
    """Nowhere to lead."""
    (card,) = cards_for(determination_of("one-question-left"), READER)
    assert card.links == ()
