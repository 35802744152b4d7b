"""Feedback on cards: what the person at the screen made of them (CDS Hooks 2.0, Feedback).

A client posts it at once or hours later in batches, for several cards and hook instances, and posts
it again when it is not sure. Epic spells the reason `overrideReasons`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Feedback(Struct, frozen=True, kw_only=True):
    """What became of one card."""

    #: uuid of the card.
    card: str
    outcome: Literal["accepted", "overridden"]
    #: uuids of the suggestions taken; empty when overridden.
    suggestions: tuple[str, ...] = ()
    #: System and code of the override reasons; empty: none given.
    reasons: tuple[tuple[str, str], ...] = ()
    #: The user wrote a comment. The comment itself may name the patient, so it is kept apart.
    comment: str = ""
    #: RFC 3339, as sent; empty: not sent.
    at: str = ""
