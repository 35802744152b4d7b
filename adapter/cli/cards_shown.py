"""Cards on a terminal, as a person would see them in a client; of any CDS service.

Whatever an answer holds is shown as text: codes that drive a terminal are taken out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

_STYLES = {"info": "cyan", "warning": "yellow", "critical": "red"}


def print_cards(console: Console, answer: Mapping[str, Any]) -> None:
    """Print the cards of an answer, or that there is none."""
    cards = [card for card in _list(answer, "cards") if isinstance(card, dict)]
    for card in cards:
        _print_card(console, card)
    if not cards:
        console.print("No card: the service stays silent where there is nothing to do.")


def _print_card(console: Console, card: Mapping[str, Any]) -> None:
    indicator = _text(card, "indicator")
    summary = Text(_text(card, "summary"), style="bold")
    style = _STYLES.get(indicator, "")
    console.print(
        Panel(summary, title=Text(f"card · {indicator}"), title_align="left", border_style=style)
    )
    if detail := _text(card, "detail"):
        console.print(Markdown(detail, hyperlinks=False))
    for lead, text in _below(card):
        style = "bold" if lead.startswith("[") else "dim"
        console.print(Text.assemble((lead, style), text), soft_wrap=True)


def _below(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stands under a card: its buttons, links, reasons to set it aside, and ids."""
    source = card.get("source")
    if isinstance(source, dict):
        topic = source.get("topic")
        named = f" · topic {_text(topic, 'code')}" if isinstance(topic, dict) else ""
        yield "Source: ", _text(source, "label") + named
    for suggestion in _objects(card, "suggestions"):
        mark = "[x] " if suggestion.get("isRecommended") is True else "[ ] "
        yield mark, _text(suggestion, "label")
        for action in _objects(suggestion, "actions"):
            resource = action.get("resource")
            kind = _text(resource, "resourceType") if isinstance(resource, dict) else ""
            yield "    ", f"{_text(action, 'type')} {kind}: {_text(action, 'description')}"
        yield "    suggestion ", _text(suggestion, "uuid")
    for link in _objects(card, "links"):
        yield "Link: ", f"{_text(link, 'label')} ({_text(link, 'url')})"
    reasons = [_text(reason, "code") for reason in _objects(card, "overrideReasons")]
    if reasons:
        yield "Set aside because: ", ", ".join(reasons)
    yield "card ", _text(card, "uuid")


def _objects(value: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value, name) if isinstance(one, dict))


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return printable(found) if isinstance(found, str) else "none"


def printable(text: str) -> str:
    """The text without codes that drive a terminal; its lines stay."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
