"""What the rules say of a write: changes to it, what else follows, who may see the result."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from adapter.store.records import Permit, Work


class FollowUp(Struct, frozen=True, kw_only=True):
    """A write that follows from another, in the same unit of work, by the exchange itself."""

    method: Literal["create", "update"]
    type: str
    #: Of an update; empty: a new one is made.
    id: str = ""
    #: create: the resource. update: top-level elements to replace; None takes one away.
    elements: dict[str, Any]


class Ruling(Struct, kw_only=True):
    """Everything that follows from one write that is allowed."""

    #: Top-level elements the exchange sets in what is written; None takes one away.
    amendments: dict[str, Any] = field(default_factory=dict)
    follow_ups: list[FollowUp] = field(default_factory=list)
    #: Of a Task: where it stands on a worklist; None: nowhere, it has ended or is a draft.
    work: Work | None = None
    #: Of a Consent: what it permits; None: it is no Consent.
    permits: tuple[Permit, ...] | None = None
    #: Who sees what through this resource: (type, id, party), this resource among them. Replaces
    #: what it granted before; None: it grants nothing to anybody but its author.
    grants: frozenset[tuple[str, str, str]] | None = None
    #: Business identifiers that may exist once for an author: (kind, system, value).
    unique: tuple[tuple[str, str, str], ...] = ()
