"""Calls with sample patients, and what a client would make of a card."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from markdown_it import MarkdownIt

from adapter.samples import all_samples, hook_request, sample
from tests.contract.conftest import Answer

IDS = tuple(one.id for one in all_samples(date(2026, 3, 18)))
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"

#: How the answers may be rendered: raw HTML let through, as a careless client would.
_CARELESS = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def a_call(name: str, today: date, template: dict[str, str]) -> dict[str, Any]:
    return hook_request(sample(name, today), template, hook_instance=INSTANCE)


def the_card(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    (card,) = answer.json["cards"]
    found: dict[str, Any] = card
    return found


def active_nodes(detail: str) -> set[str]:
    """What a client would do beyond showing words: links, images, HTML, tables."""
    tokens = _CARELESS.parse(detail)
    kinds = {node.type for token in tokens for node in (token, *(token.children or ()))}
    return {kind for kind in kinds if re.match(r"link|image|html|table|fence|heading|hr", kind)}
