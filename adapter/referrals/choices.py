"""What a tenant chooses where the texts about referrals leave room (docs/adr/0017)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from profiles.canonicals import DEFAULT_BASE


class TenantChoices(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """As they stand in the settings, `referral_choices`."""

    #: A referral that has to be corrected: `rejected`, to be sent again as a new Task; or
    #: `requested`, in which the same Task waits for its requester.
    correction: Literal["rejected", "requested"] = "rejected"
    #: A requester who cancels: `at-once`; or `ask-first`, once the owner has accepted.
    cancellation: Literal["at-once", "ask-first"] = "at-once"
    #: When a Task that was handed on is done: when `any` of its children is, or `all` are.
    completion: Literal["any", "all"] = "any"
    #: How long by timer, in its own unit, where a tenant has another number than `timers.json`.
    timers: Mapping[str, int] = field(default_factory=dict)


class Choices(TenantChoices, frozen=True, kw_only=True):
    """What the rules go by in one tenant."""

    #: Under which our own code systems are named.
    base: str = DEFAULT_BASE
