"""Feedback on cards: what the person at the screen made of them (CDS Hooks 2.0, Feedback).

A client posts it at once or hours later in batches, for several cards and hook instances, and posts
it again when it is not sure. Reading is tolerant: what says which card and what became of it has to
be there, and all else is taken as far as it can be understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn

import msgspec
from msgspec import Struct

from cds_hooks.errors import MalformedRequest
from cds_hooks.feedback_reasons import MAX_TOKEN, Note, comment, listed, overrides, reasons, token

#: More of them in one request are refused; a client sends several requests.
MAX_ITEMS = 1000

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Feedback(Struct, frozen=True, kw_only=True):
    """What became of one card."""

    #: uuid of the card.
    card: str
    outcome: Literal["accepted", "overridden"]
    #: uuids of the suggestions taken; empty: not said, or none.
    suggestions: tuple[str, ...] = ()
    #: System and code of the override reasons; empty: none given.
    reasons: tuple[tuple[str, str], ...] = ()
    #: The user wrote a comment. The comment itself may name the patient, so it is kept apart.
    comment: str = ""
    #: RFC 3339, as sent; empty: not sent, or not understood.
    at: str = ""

    @property
    def acted(self) -> datetime | None:
        """When the person acted; None: not said."""
        return _instant(self.at)


def read_feedback(body: bytes) -> tuple[tuple[Feedback, ...], tuple[str, ...]]:
    """Read the body of a feedback request, all of it or nothing.

    Returns:
        Each item in the order sent, repeats included; and what was accepted though the
        specification says otherwise: places and rules, no values.

    Raises:
        MalformedRequest: not JSON, no array `feedback`, too many items, or an item that does not
            say which card it is about and whether that was accepted or overridden.
    """
    items = _items(body)
    deviations: dict[str, None] = {}

    def note(deviation: str) -> None:
        deviations[f"feedback.{deviation}"] = None

    read = tuple(_item(item, f"feedback[{index}]", note) for index, item in enumerate(items))
    return read, tuple(deviations)


def _items(body: bytes) -> list[Any]:
    try:
        whole = msgspec.json.decode(body)
    except RecursionError:
        raise MalformedRequest("the body is nested too deeply to be read") from None
    except (UnicodeDecodeError, msgspec.DecodeError):
        raise MalformedRequest("the body is not JSON in UTF-8; send one JSON object") from None
    items = whole.get("feedback") if isinstance(whole, dict) else None
    if not isinstance(items, list):
        raise MalformedRequest(
            'the body has no array "feedback"; send {"feedback": [{"card": …, "outcome": …}]}',
            expression="feedback",
        )
    if len(items) > MAX_ITEMS:
        raise MalformedRequest(
            f"there are more than {MAX_ITEMS} items; send them in several requests",
            expression="feedback",
        )
    return items


def _item(item: object, place: str, note: Note) -> Feedback:
    if not isinstance(item, dict):
        _refuse(place, 'is not an object; send {"card": …, "outcome": …}')
    outcome = _outcome(item.get("outcome"), f"{place}.outcome", note)
    suggestions = tuple(_suggestions(item.get("acceptedSuggestions"), note))
    if outcome == "accepted" and not suggestions:
        note("acceptedSuggestions: missing on an accepted card")
    if outcome == "overridden" and suggestions:
        note("acceptedSuggestions: on an overridden card")
    said = tuple(overrides(item, note))
    return Feedback(
        card=_card(item.get("card"), f"{place}.card", note),
        outcome=outcome,
        suggestions=suggestions,
        reasons=tuple(dict.fromkeys(reason for one in said for reason in reasons(one, note))),
        comment="\n".join(filter(None, (comment(one, note) for one in said))),
        at=_at(item.get("outcomeTimestamp"), note),
    )


def _card(value: object, place: str, note: Note) -> str:
    card = token(value)
    if not card:
        _refuse(place, f"is no text of 1 to {MAX_TOKEN} characters; send the uuid of the card")
    return _uuid(card, "card", note)


def _outcome(value: object, place: str, note: Note) -> Literal["accepted", "overridden"]:
    said = value.strip().lower() if isinstance(value, str) else value
    if said not in ("accepted", "overridden"):
        _refuse(place, 'is neither "accepted" nor "overridden"; send one of them')
    if said != value:
        note("outcome: not in small letters")
    return "accepted" if said == "accepted" else "overridden"


def _suggestions(value: object, note: Note) -> Iterator[str]:
    """Of `[{"id": …}]`; a text instead of the object is understood."""
    if value is None:
        return
    for one in listed(value, "acceptedSuggestions", note):
        suggestion = token(one.get("id") if isinstance(one, dict) else one)
        if isinstance(one, str) or not suggestion:
            note("acceptedSuggestions: not an object with an id")
        if suggestion:
            yield _uuid(suggestion, "acceptedSuggestions.id", note)


def _at(value: object, note: Note) -> str:
    at = token(value)
    if not at:
        note("outcomeTimestamp: missing or no text")
        return ""
    if _instant(at) is None:
        note("outcomeTimestamp: not a date and time")
        return ""
    return at


def _instant(at: str) -> datetime | None:
    """Without an offset it is in UTC, which the specification asks for."""
    try:
        parsed = datetime.fromisoformat(at)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def _uuid(value: str, place: str, note: Note) -> str:
    """In small letters, as ours are; another id is left as it is."""
    lower = value.lower().removeprefix("urn:uuid:")
    if _UUID.fullmatch(lower):
        return lower
    note(f"{place}: not a UUID")
    return value


def _refuse(place: str, found: str) -> NoReturn:
    raise MalformedRequest(f"{place} {found}; nothing was stored", expression=place)
