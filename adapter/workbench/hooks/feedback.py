"""What a user of a client said to a card, as an item of feedback (CDS Hooks 2.0, Feedback)."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from adapter.errors import UnusableInput


def verdict(form: MultiDict[str, str]) -> dict[str, Any]:
    """The item, without its time.

    Args:
        form: `card`, and `suggestion` for one that was accepted; else `reason` (SYSTEM|CODE|words)
            or `comment` or neither.

    Raises:
        UnusableInput: no card is named, since it came without a uuid.
    """
    card = form.get("card", "")
    if not card:
        raise UnusableInput("this card has no uuid, so no feedback can be sent on it")
    if suggestion := form.get("suggestion", ""):
        return {
            "card": card,
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": suggestion}],
        }
    item: dict[str, Any] = {"card": card, "outcome": "overridden"}
    override: dict[str, Any] = {}
    system, _, rest = form.get("reason", "").partition("|")
    code, _, display = rest.partition("|")
    if code:
        override["reason"] = {"system": system, "code": code} | (
            {"display": display} if display else {}
        )
    if comment := form.get("comment", "").strip():
        override["userComment"] = comment
    return item | ({"overrideReason": override} if override else {})
