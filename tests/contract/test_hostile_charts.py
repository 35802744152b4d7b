"""What a chart may hold that was put there to do harm."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from tests.contract.calls import a_call, active_nodes
from tests.contract.conftest import Service
from tests.unit.cds_hooks.test_markdown import HOSTILE


def test_text_of_the_chart_does_not_reach_the_card(
    service: Service, today: date, template: dict[str, str]
):
    """Names, displays and free text replaced by hostile strings: not one byte differs."""
    for name in ("five-emergency-visits", "two-stays-and-no-food", "visits-nobody-judged"):
        call = a_call(name, today, template)
        plain = service.call(call).body
        for hostile in HOSTILE[:-1]:
            assert service.call(with_texts(call, hostile)).body == plain


def test_hostile_strings_in_every_field_do_nothing(
    service: Service, today: date, template: dict[str, str]
):
    """Ids, codes, dates and references too: an answer without active content, never a 5xx."""
    for name in ("five-emergency-visits", "hospice", "ccs-and-food"):
        call = a_call(name, today, template)
        for path in paths_of(call["prefetch"]):
            changed = copy.deepcopy(call)
            put(changed["prefetch"], path, "<img src=x onerror=alert(1)>[a](javascript:b) `")
            answer = service.call(changed)
            assert answer.status in (200, 412), (path, answer.body)
            for card in answer.json.get("cards", ()):
                assert active_nodes(card["detail"]) == set(), path
                assert "onerror" not in answer.body.decode(), path


def with_texts(value: Any, text: str) -> Any:
    """The value with every name, display and free text replaced."""
    if isinstance(value, dict):
        return {
            key: text
            if isinstance(one, str) and key in ("display", "text", "family", "city", "div")
            else [text]
            if key == "given"
            else with_texts(one, text)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [with_texts(one, text) for one in value]
    return value


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where every string stands."""
    if isinstance(value, str):
        return [path]
    if isinstance(value, dict):
        return [one for key in value for one in paths_of(value[key], (*path, key))]
    if isinstance(value, list):
        return [one for index, item in enumerate(value) for one in paths_of(item, (*path, index))]
    return []


def put(value: Any, path: tuple[str | int, ...], text: str) -> None:
    """Replace the string at a path."""
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = text
