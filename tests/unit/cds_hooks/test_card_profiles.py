"""What each documented client takes and shows, held by every card it can get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from markdown_it import MarkdownIt

import cds_hooks
from adapter.samples import all_samples
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.moment import Kind, Moment
from cds_hooks.cards.profiles import EPIC_DETAIL, PROFILES
from cds_hooks.protocol import answer_body
from eligibility.packs import documents, plans, texts
from profiles.canonicals import DEFAULT_BASE
from profiles.json_schema import Shape
from tests.unit.cds_hooks.referrals import small
from tests.unit.cds_hooks.skins import AS_OF, PUBLIC, determination_of, skins

SAMPLES = tuple(one.id for one in all_samples(AS_OF))
KINDS: tuple[Kind, ...] = get_args(Kind)
SHAPE = Shape(
    json.loads(
        (Path(cds_hooks.__file__).parent / "schemas" / "card-response.schema.json").read_bytes()
    )
)

#: Raw HTML let through, as a careless client would.
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@cache
def answers(profile: str) -> tuple[dict[str, Any], ...]:
    """Every answer a client of the profile can get on the samples."""
    return tuple(_answers(profile))


def _answers(profile: str) -> Iterator[dict[str, Any]]:
    for name in SAMPLES:
        determination = determination_of(name)
        for kind in KINDS:
            for reasons, staff in ((True, True), (False, True), (True, False)):
                reader = Reader(
                    hook_instance="i",
                    is_staff=staff,
                    may_see_reasons=reasons,
                    profile=PROFILES[profile],
                    moment=Moment(kind=kind),
                    canonical_base=DEFAULT_BASE,
                    public_base=PUBLIC,
                )
                cards = cards_for(
                    determination, reader, not_had=["coverage (x)"], refer=small, is_unread=True
                )
                yield json.loads(answer_body(cards))


def cards(profile: str) -> Iterator[dict[str, Any]]:
    for answer in answers(profile):
        yield from answer["cards"]


def test_the_card_is_as_written_for_every_profile():
    """`python -m tests.unit.cds_hooks.skins` writes the files again."""
    for file, text in skins():
        assert text == file.read_text(encoding="utf-8"), file.name


@pytest.mark.requirement(
    "cds-hooks_2.0@80",
    "cds-hooks_2.0@83",
    "cds-hooks_2.0@87",
    "cds-hooks_2.0@88",
    "cds-hooks_2.0@90",
    "cds-hooks_2.0@92",
    "cds-hooks_2.0@93",
    "cds-hooks_2.0@95",
    "cds-hooks_2.0@96",
    "cds-hooks_2.0@98",
    "cds-hooks_2.0@103",
    "cds-hooks_2.0@105",
    "cds-hooks_2.0@107",
    "cds-hooks_2.0@115",
    "cds-hooks_2.0@139",
    "cds-hooks_2.0@141",
    "cds-hooks_2.0@142",
    "cds-hooks_2.0@147",
    "cds-hooks_2.0@214",
    "cds-hooks_2.0@215",
    "cds-hooks_2.0@216",
    "cds-hooks_2.0@217",
    "cds-hooks_2.0@218",
)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_card_has_the_shape_of_the_specification(profile: str):
    """No null or empty element, absolute URLs, `selectionBehavior` exactly with suggestions."""
    seen = 0
    for answer in answers(profile):
        assert SHAPE.faults(answer) == ()
        seen += len(answer["cards"])
    assert seen > len(SAMPLES)


@pytest.mark.requirement("cds-hooks_2.0@106", "cds-hooks_2.0@108", "cds-hooks_2.0@109")
def test_the_source_is_a_document_and_no_view_of_the_member():
    """Its label and address are those of the catalogue of documents, or the plan's name alone."""
    catalogued = {(one.title, one.url) for one in documents().values()}
    named = {f"{texts(plan).plan.title}, Enhanced Care Management" for plan in plans()}
    for card in cards("standard"):
        label, url = card["source"]["label"], card["source"].get("url")
        assert (label, url) in catalogued or (label in named and url is None)


@pytest.mark.requirement("cds-hooks_2.0@84", "cds-hooks_2.0@85")
@pytest.mark.parametrize("profile", [one.id for one in PROFILES.values() if one.detail != "plain"])
def test_the_detail_is_markdown_that_every_client_renders(profile: str):
    """Paragraphs, bullets, bold and code; no table, link, image, heading or HTML."""
    for card in cards(profile):
        tokens = GFM.parse(card["detail"])
        kinds = {node.type for token in tokens for node in (token, *(token.children or ()))}
        assert not [one for one in kinds if re.match("table|link|image|html|heading|hr|fence", one)]


@pytest.mark.parametrize("profile", [one.id for one in PROFILES.values() if one.detail == "plain"])
def test_a_plain_detail_shows_no_marks(profile: str):
    """A client that renders nothing shows words: no asterisks, backticks, escapes or entities."""
    for card in cards(profile):
        assert not re.search(r"[*`\\\u2060]|&(lt|gt|amp);", card["detail"])


@pytest.mark.parametrize("profile", [one.id for one in PROFILES.values() if one.width == "narrow"])
def test_a_narrow_card_is_short_and_keeps_what_nobody_should_miss(profile: str):
    """An eighth of a screen holds few lines; what was not seen and what to ask are among them."""
    for card in cards(profile):
        assert len(card["detail"]) <= 700
        if card["source"]["topic"]["code"] != "ecmAsk":
            assert "Not seen, so not known: coverage (x)" in card["detail"]


def test_epic_gets_what_epic_takes():
    """Only `any`, one action for each suggestion, described in a sentence; topic alphanumeric."""
    for card in cards("epic"):
        assert card["extension"] == {EPIC_DETAIL: "text/markdown"}
        assert re.fullmatch("[A-Za-z0-9]{1,100}", card["source"]["topic"]["code"])
        assert card.get("selectionBehavior", "any") == "any"
        for one in card.get("suggestions", ()):
            (action,) = one["actions"]
            assert (action["type"], action["resource"]["resourceType"]) == (
                "create",
                "ServiceRequest",
            )
        assert all(link["type"] == "absolute" for link in card.get("links", ()))


def test_a_client_that_takes_several_actions_gets_the_task_as_well():
    """Order and task in one suggestion, as both are wanted together."""
    found = [card["suggestions"][0]["actions"] for card in cards("smart") if "suggestions" in card]
    assert found
    for actions in found:
        assert [one["resource"]["resourceType"] for one in actions] == ["ServiceRequest", "Task"]


def test_a_client_whose_suggestions_exclude_each_other_is_told_so():
    """As athenahealth does: one of them can be chosen."""
    behaviors = {card["selectionBehavior"] for card in cards("athena") if "suggestions" in card}
    assert behaviors == {"at-most-one"}
