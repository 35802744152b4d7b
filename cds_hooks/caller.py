"""Who calls, as far as it changes an answer, and what a client can show.

The application that mounts the services says who a caller is (`host.Host.identify`); the services
trust that and nothing in the body. Profiles hold what vendors document of their clients: which
behaviours they take, what of a card they show.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class CardProfile(Struct, frozen=True, kw_only=True):
    """How a client wants its cards; the default renders in every documented client."""

    id: str = "standard"
    #: `any` is the only one Epic takes.
    selection_behavior: Literal["any", "at-most-one"] = "any"
    #: How many actions one suggestion may have; with several, a Task goes along.
    actions: Literal["one", "several"] = "one"
    #: `plain`: the client shows the detail as it is, without rendering Markdown.
    detail: Literal["markdown", "plain"] = "markdown"
    #: `narrow`: the card is a fraction of the screen wide, so the detail is kept short.
    width: Literal["normal", "narrow"] = "normal"
    #: Whether it launches SMART apps (`link.type` `smart`) and passes `appContext`.
    smart_links: bool = False
    #: Extensions each card carries, e.g. Epic's content type of the detail.
    extension: dict[str, str] = {}


class Caller(Struct, frozen=True, kw_only=True):
    """An authenticated client, or the open caller of a development service."""

    #: The client's id in the registry; it keys feedback and metrics.
    client: str
    #: Whose data it brings. Never taken from a body.
    tenant: str
    #: The plans it may be answered for; empty: every plan.
    plans: tuple[str, ...] = ()
    #: Purpose of use (v3-ActReason). Reasons are shown for TREAT and HOPERAT only.
    purpose: str = "TREAT"
    #: Security labels (codes of v3-ActCode, v3-Confidentiality) it is cleared for. Resources with
    #: another sensitive label are left out as if they had not been sent.
    clearance: frozenset[str] = frozenset()
    profile: CardProfile = CardProfile()
    #: Further codings (system, code) of a suggested order, by which the client knows it: Epic
    #: finds an order by its item in a preference list.
    order_codings: tuple[tuple[str, str], ...] = ()

    @property
    def sees_reasons(self) -> bool:
        """Whether cards may say which population is met and why."""
        return self.purpose in ("TREAT", "HOPERAT")
