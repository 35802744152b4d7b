"""The schema of answers refuses what the specification and documented clients refuse."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import profiles
from tests.unit.cds_hooks.skins import FOLDER
from tests.unit.cds_hooks.test_card_profiles import SHAPE, cards

WRITTEN = json.loads((FOLDER / "smart.json").read_bytes())
TOPICS = Path(profiles.__file__).parent / "definitions" / "code_systems" / "ecm-card-topic.json"

Change = Callable[[dict[str, Any]], object]


@pytest.mark.requirement("cds-hooks_2.0@3", "cds-hooks_2.0@220")
@pytest.mark.parametrize(
    ("path", "change"),
    (
        ("cards.0.summary", lambda card: card.update(summary="x" * 140)),
        ("cards.0.indicator", lambda card: card.update(indicator="hard-stop")),
        ("cards.0.selectionBehavior", lambda card: card.update(selectionBehavior="all")),
        ("cards.0", lambda card: card.pop("selectionBehavior")),
        ("cards.0", lambda card: card.pop("suggestions")),
        ("cards.0.suggestions", lambda card: card.update(suggestions=[])),
        ("cards.0.detail", lambda card: card.update(detail=None)),
        ("cards.0.detail", lambda card: card.update(detail="")),
        ("cards.0.source.label", lambda card: card["source"].pop("label")),
        ("cards.0.source.url", lambda card: card["source"].update(url="/here")),
        ("cards.0.source.topic.code", lambda card: card["source"]["topic"].update(code="a-b")),
        (
            "cards.0.overrideReasons.0.display",
            lambda card: card["overrideReasons"][0].pop("display"),
        ),
        ("cards.0.links.0.type", lambda card: card["links"][0].update(type="deep")),
        ("cards.0.links.0", lambda card: card["links"][0].update(type="absolute")),
        ("cards.0.links.0.appContext", lambda card: card["links"][0].update(appContext={"a": 1})),
        ("cards.0.links.0.url", lambda card: card["links"][0].update(url="javascript:alert(1)")),
        ("cards.0.extension", lambda card: card.update(extension={"word": "x"})),
        (
            "cards.0.suggestions.0.actions.0.type",
            lambda card: card["suggestions"][0]["actions"][0].update(type="delete"),
        ),
        (
            "cards.0.suggestions.0.actions.0.description",
            lambda card: card["suggestions"][0]["actions"][0].pop("description"),
        ),
        (
            "cards.0.suggestions.0.isRecommended",
            lambda card: card["suggestions"][0].update(isRecommended="true"),
        ),
    ),
)
def test_a_card_that_a_client_may_refuse_is_refused(path: str, change: Change):
    """Each of these is told by its place."""
    answer = copy.deepcopy(WRITTEN)
    assert SHAPE.faults(answer) == ()
    change(answer["cards"][0])
    assert path in {fault.path for fault in SHAPE.faults(answer)}


def test_every_topic_is_in_the_code_system_and_every_code_there_is_used():
    """Clients key their rules to them, so none comes or goes unnoticed."""
    listed = [one["code"] for one in json.loads(TOPICS.read_bytes())["concept"]]
    assert {card["source"]["topic"]["code"] for card in cards("standard")} == set(listed)
