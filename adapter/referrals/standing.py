"""Who the writer is towards a referral: its requester, its owner, the exchange, an admin."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from adapter.referrals.lifecycle import Actor
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import name
from adapter.store.records import Viewer

#: `Viewer.client` and `Viewer.party` where the exchange acts by itself.
EXCHANGE = "exchange"


class Standing(Struct, frozen=True, kw_only=True):
    """The parties of a Task or ServiceRequest, and what the writer is to them."""

    author: str
    #: None: nobody registered, such as a member who refers themselves.
    requester: str | None
    #: None: nobody yet, or nobody registered.
    owner: str | None
    roles: frozenset[Actor]

    @property
    def asks(self) -> str:
        """The party that answers for the request: its requester, or who entered it for them."""
        return self.requester or self.author

    @property
    def on_behalf(self) -> bool:
        """Whether the writer is no side of it, but may act for both."""
        return bool(self.roles & {"exchange", "admin"})

    def said(self) -> str:
        """The roles in words."""
        return " and ".join(sorted(self.roles)) or "neither its requester nor its owner"


def is_exchange(viewer: Viewer) -> bool:
    """Whether the exchange acts by itself."""
    return viewer.operator and viewer.client == viewer.party == EXCHANGE


def author(resource: Resource, viewer: Viewer, lookup: Lookup) -> str:
    """The party that created a resource, or is about to."""
    return lookup.author_of(name(resource)) or viewer.party


def standing(resource: Resource, viewer: Viewer, lookup: Lookup) -> Standing:
    """What the writer is towards a Task or a ServiceRequest, as it was before the write.

    The operator acts as admin for a side that has no client of its own. Where it is itself one
    side and the other side is registered, it has its own side's rights only: nobody accepts the
    referral they made.
    """
    wrote = author(resource, viewer, lookup)
    requester = lookup.party_of(resource.get("requester"))
    owner = lookup.party_of(resource.get("owner")) if resource.get("owner") else None
    if is_exchange(viewer):
        roles: set[Actor] = {"exchange"}
    else:
        roles = set()
        if viewer.party == (requester or wrote):
            roles.add("requester")
        if viewer.party == owner:
            roles.add("owner")
        interested = viewer.party in (requester, owner)
        if viewer.operator and not (interested and requester and owner):
            roles.add("admin")
    return Standing(author=wrote, requester=requester, owner=owner, roles=frozenset(roles))


def standing_after(
    before: Resource | None, after: Resource, viewer: Viewer, lookup: Lookup
) -> Standing:
    """The parties of a Task after the write; the roles before it, and the owner's for who claims.

    Args:
        before: None: it is created, and the roles are those it gives.
        after: as it is to be.
        viewer: who writes.
        lookup: the store.
    """
    stand = standing(after, viewer, lookup)
    if before is None:
        return stand
    was = standing(before, viewer, lookup)
    claims = viewer.claims and not before.get("owner") and stand.owner == viewer.party
    roles = was.roles | {"owner"} if claims else was.roles
    return replace(stand, requester=was.requester, author=was.author, roles=roles)
