"""Cards as clients would show them: each kind of client with what it shows, drops and trips over.

Sources: CDS Hooks 2.0, Card Attributes; fhir.epic.com, CDS Hooks; the draft page of Oracle Health
(cerner/fhir.cerner.com, pull request 707). A card is somebody else's text: Markdown is rendered
without HTML and without images, and a link leads to http or https only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from msgspec import Struct, structs

from cds_hooks.cards.profiles import EPIC_DETAIL

Skin = Literal["gfm", "plain", "epic", "narrow"]

#: What a client of that kind is, in a few words, and the profile it would be registered with.
SKINS: Mapping[Skin, tuple[str, str, str]] = {
    "gfm": (
        "GFM client",
        "Renders GitHub Flavored Markdown, as the CDS Hooks sandbox.",
        "standard",
    ),
    "plain": ("Plain text", "Shows the detail character by character.", "plain"),
    "epic": ("Epic", "Shows what an action does, not the label of its suggestion.", "epic"),
    "narrow": ("Narrow (Oracle)", "A side column of an eighth of the screen.", "oracle"),
}

#: What is drawn; nobody reads more, and somebody else's Markdown may take long to render.
_MOST_CARDS, _MOST_LETTERS = 50, 20_000
_TOO_LONG = f"The detail is cut here, as it has more than {_MOST_LETTERS:,} characters."

_INDICATORS = ("info", "warning", "critical")
#: What Epic creates from a suggestion.
_EPIC_CREATES = ("Condition", "MedicationRequest", "ServiceRequest")
_STATIC_TOPIC = re.compile(r"[A-Za-z0-9-]{1,100}")


class Button(Struct, frozen=True, kw_only=True):
    """A suggestion as it is offered."""

    #: What people read on it.
    label: str
    uuid: str
    is_recommended: bool
    #: What taking it does: type of the change, type of the resource, and in words.
    actions: tuple[tuple[str, str, str], ...]


class Anchor(Struct, frozen=True, kw_only=True):
    """A link; without an address, as text."""

    label: str
    url: str
    #: What the client makes of it; empty: it opens it.
    note: str = ""


class Reason(Struct, frozen=True, kw_only=True):
    """A reason to set a card aside."""

    system: str
    code: str
    display: str


class CardShown(Struct, frozen=True, kw_only=True):
    """One card in one client."""

    uuid: str
    summary: str
    indicator: str
    #: Rendered and harmless HTML; empty: see `text`.
    html: str
    #: Shown as it stands.
    text: str
    source: str
    source_url: str
    buttons: tuple[Button, ...]
    links: tuple[Anchor, ...]
    reasons: tuple[Reason, ...]
    #: What this client does with the card that may surprise.
    notes: tuple[str, ...]


def cards_shown(answer: object, skin: Skin) -> tuple[CardShown, ...]:
    """The cards of an answer's body; what has no shape of a card is left out."""
    cards = list(_objects(answer, "cards") if isinstance(answer, dict) else ())
    shown = [_card(card, skin) for card in cards[:_MOST_CARDS]]
    if more := len(cards) - len(shown):
        told = f"{more} more cards are not drawn; they are in the response."
        shown[-1] = structs.replace(shown[-1], notes=(*shown[-1].notes, told))
    return tuple(shown)


def _card(card: Mapping[str, Any], skin: Skin) -> CardShown:
    indicator = _text(card, "indicator")
    source = card.get("source") if isinstance(card.get("source"), dict) else {}
    assert isinstance(source, dict)
    detail = _text(card, "detail")
    is_long = len(detail) > _MOST_LETTERS
    is_plain = skin == "plain" or (skin == "epic" and _epic_detail(card) == "text/plain") or is_long
    return CardShown(
        uuid=_text(card, "uuid"),
        summary=_text(card, "summary"),
        indicator=indicator if indicator in _INDICATORS else "info",
        html="" if is_plain else markdown(detail),
        text=detail[:_MOST_LETTERS] if is_plain else "",
        source=_text(source, "label"),
        source_url=_web(_text(source, "url")),
        buttons=tuple(_button(one, skin) for one in _objects(card, "suggestions")),
        links=tuple(_anchor(one, skin) for one in _objects(card, "links")),
        reasons=tuple(
            Reason(
                system=_text(one, "system"),
                code=_text(one, "code"),
                display=_text(one, "display") or _text(one, "code"),
            )
            for one in _objects(card, "overrideReasons")
        ),
        notes=(*_NOTES[skin](card), *([_TOO_LONG] if is_long else [])),
    )


def _button(suggestion: Mapping[str, Any], skin: Skin) -> Button:
    actions = tuple(
        (_text(one, "type"), _kind(one), _text(one, "description"))
        for one in _objects(suggestion, "actions")
    )
    label = _text(suggestion, "label")
    if skin == "epic" and actions:
        label = actions[0][2] or label
    return Button(
        label=label,
        uuid=_text(suggestion, "uuid"),
        is_recommended=suggestion.get("isRecommended") is True,
        actions=actions,
    )


def _anchor(link: Mapping[str, Any], skin: Skin) -> Anchor:
    label, url = _text(link, "label"), _text(link, "url")
    is_smart = _text(link, "type") == "smart"
    note = ""
    if not _web(url):
        note = "not opened: its address is neither http nor https"
    elif is_smart:
        note = "launches a SMART app" + (" that was registered" if skin == "epic" else "")
    elif skin == "narrow":
        note = "taken out unless it was registered"
    return Anchor(label=label, url="" if is_smart else _web(url), note=note)


def _notes_of_gfm(card: Mapping[str, Any]) -> Iterator[str]:
    if not _text(card, "uuid"):
        yield "No uuid, so no feedback can be sent on this card."


def _notes_of_plain(card: Mapping[str, Any]) -> Iterator[str]:
    if re.search(r"^\s*\||\*\*|\]\(|^#", _text(card, "detail"), re.MULTILINE):
        yield "Marks of Markdown are read as text here."


def _notes_of_epic(card: Mapping[str, Any]) -> Iterator[str]:
    suggestions = list(_objects(card, "suggestions"))
    if suggestions and card.get("selectionBehavior") != "any":
        yield "selectionBehavior has to be “any”; Epic takes no other."
    for suggestion in suggestions:
        actions = list(_objects(suggestion, "actions"))
        if len(actions) > 1:
            yield f"A suggestion has {len(actions)} actions; Epic takes one."
        if any(not _text(one, "description") for one in actions):
            yield "An action has no description, which is what Epic shows."
        if any(
            _text(one, "type") == "create" and _kind(one) not in _EPIC_CREATES for one in actions
        ):
            yield f"Epic creates nothing but {', '.join(_EPIC_CREATES)}."
    source = card.get("source")
    topic = source.get("topic") if isinstance(source, dict) else None
    code = _text(topic, "code") if isinstance(topic, dict) else ""
    if not _STATIC_TOPIC.fullmatch(code):
        yield "source.topic.code is missing or not short and alphanumeric: overrides lock nothing."
    if not _epic_detail(card):
        yield f"No {EPIC_DETAIL}: whether the detail is Markdown is left to the build."
    if not _text(card, "uuid"):
        yield "No uuid, so no feedback can be sent on this card."


def _notes_of_narrow(card: Mapping[str, Any]) -> Iterator[str]:
    if card.get("indicator") == "critical":
        yield "Critical cards open as a pop-up, others stand beside the chart."
    if len(_text(card, "detail")) > 900:
        yield "The detail is long for a column this narrow."
    if any("appContext" in one for one in _objects(card, "links")):
        yield "appContext is not passed on."


_NOTES = {
    "gfm": _notes_of_gfm,
    "plain": _notes_of_plain,
    "epic": _notes_of_epic,
    "narrow": _notes_of_narrow,
}


def _web(url: str) -> str:
    """The address, if a page may lead there; else nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


#: GFM's tables and strikethrough; HTML stays text, images are not loaded.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_MARKDOWN.disable("image")
_MARKDOWN.validateLink = lambda url: bool(_web(url))  # type: ignore[method-assign]


def markdown(text: str) -> str:
    """Markdown as HTML that does nothing but show words."""
    rendered: str = _MARKDOWN.render(text)
    # A cell's alignment is an inline style, which the page's policy refuses.
    return re.sub(r' style="text-align:(left|center|right)"', "", rendered)


def _epic_detail(card: Mapping[str, Any]) -> str:
    extension = card.get("extension")
    return _text(extension, EPIC_DETAIL) if isinstance(extension, dict) else ""


def _kind(action: Mapping[str, Any]) -> str:
    resource = action.get("resource")
    return _text(resource, "resourceType") if isinstance(resource, dict) else ""


def _objects(value: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = value.get(name)
    return (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
