"""Who looks at the workbench: roles, what each of them may open, and whose eyes a visitor has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

from adapter.security.viewers import Party
from adapter.store.records import Viewer

Role = Literal["engineer", "referrer", "plan", "provider", "auditor"]

#: Every role, in the order they are shown.
ROLES: tuple[Role, ...] = get_args(Role)

#: What a role is, in words.
ROLE_TITLES: Mapping[Role, str] = {
    "engineer": "Integration engineer",
    "referrer": "Referrer",
    "plan": "Plan coordinator",
    "provider": "ECM provider",
    "auditor": "Auditor",
}


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody at a page."""

    #: As signed in; in the sandbox the organization they play.
    name: str
    role: Role
    #: The organization they act for.
    party: Party
    #: Whose eyes they have in the exchange; says role and user to the audit too.
    viewer: Viewer
    #: Goes with every form and every call that changes something; empty in the sandbox, where only
    #: pages of this service may send any.
    csrf: str = ""
    #: Whether nobody was asked who they are.
    sandbox: bool = False


class Page(Struct, frozen=True, kw_only=True):
    """An entry of the navigation."""

    #: Of its blueprint and its folder below `/workbench`.
    name: str
    title: str
    #: What one finds there, on the first page.
    says: str
    #: Who may open it; in the sandbox the first of them does, unless somebody else is asked for.
    roles: tuple[Role, ...]


PAGES: tuple[Page, ...] = (
    Page(
        name="evaluate",
        title="Evaluate",
        says="Drop a FHIR file: who qualifies, by which rule, because of what, and what to ask.",
        roles=("referrer", "plan", "provider", "engineer"),
    ),
    Page(
        name="referrals",
        title="Referrals",
        says="The queues of a referrer, a plan and an ECM provider, until the loop is closed.",
        roles=("referrer", "plan", "provider"),
    ),
    Page(
        name="hooks",
        title="CDS playground",
        says="Call a CDS Hooks service as an EHR would; see request, cards, and what is at fault.",
        roles=("engineer",),
    ),
    Page(
        name="policies",
        title="Policies",
        says="Every plan's rules on any date, what differs, and where each is written.",
        roles=ROLES,
    ),
    Page(
        name="operations",
        title="Operations",
        says="Partners, subscriptions, what could not be delivered, the audit, conformance.",
        roles=("engineer", "auditor"),
    ),
)


def pages_open_to(visitor: Visitor) -> list[Page]:
    """What somebody may open; in the sandbox all of it, as one plays whoever a page is for."""
    return [one for one in PAGES if visitor.sandbox or visitor.role in one.roles]


def page_named(name: str) -> Page | None:
    """The page of a blueprint; None: it is none of the navigation."""
    return next((one for one in PAGES if one.name == name), None)
