"""The wire of CDS Hooks 2.0: the records an answer is written from.

Strict: an element without a value is left out (cds-hooks_2.0@3). What is read of a call is in
`reading`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from cds_hooks.errors import CdsHooksError


class _Element(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An element of an answer; what is None or empty is not written."""


class Coding(_Element, frozen=True, kw_only=True):
    """A code with its system; `display` is required where people choose by it."""

    system: str
    code: str
    display: str | None = None


class CardSource(_Element, frozen=True, kw_only=True):
    """Who says it. `topic` is static: clients key their override rules to it."""

    label: str
    url: str | None = None
    topic: Coding | None = None


class Link(_Element, frozen=True, kw_only=True):
    """Where to read on, or an app to launch."""

    label: str
    url: str
    type: Literal["absolute", "smart"]
    #: A text of our own for the app launched; only with `smart` (cds-hooks_2.0@144-@147).
    app_context: str | None = None


class Action(_Element, frozen=True, kw_only=True):
    """One change to the record, made when its suggestion is taken; only creations are suggested."""

    type: Literal["create"]
    #: A whole sentence: Epic shows this and not the suggestion's label.
    description: str
    #: The new resource.
    resource: dict[str, Any]


class Suggestion(_Element, frozen=True, kw_only=True):
    """What can be done with one click; its actions are done together."""

    label: str
    #: Feedback names it.
    uuid: str
    #: Some clients tick it beforehand.
    is_recommended: bool = False
    actions: tuple[Action, ...]


class Card(_Element, frozen=True, kw_only=True):
    """One piece of advice (CDS Hooks 2.0, Card Attributes)."""

    uuid: str
    #: At most 139 characters, plain text.
    summary: str
    #: GitHub-flavoured Markdown, paragraphs and bullets only; or, where the client's profile asks
    #: for it, plain text.
    detail: str
    indicator: Literal["info", "warning", "critical"]
    source: CardSource
    suggestions: tuple[Suggestion, ...] = ()
    #: Written exactly where there are suggestions (cds-hooks_2.0@93, @96).
    selection_behavior: Literal["any", "at-most-one"] | None = None
    #: Each with its `display` (cds-hooks_2.0@136).
    override_reasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()
    #: Of the client's vendor, by reverse domain name (cds-hooks_2.0@214).
    extension: dict[str, str] = {}


def answer_body(cards: tuple[Card, ...]) -> bytes:
    """The body of a 200: `cards` is always written, empty when there is nothing to say."""
    return msgspec.json.encode({"cards": cards})


def operation_outcome(
    issue_type: str, diagnostics: str, *, expression: str | None = None
) -> dict[str, Any]:
    """The body of every answer that is not a success."""
    issue: dict[str, Any] = {"severity": "error", "code": issue_type, "diagnostics": diagnostics}
    if expression is not None:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def outcome_of(fault: CdsHooksError) -> dict[str, Any]:
    """A fault of this package as an OperationOutcome."""
    return operation_outcome(fault.issue_type, str(fault), expression=fault.expression)
