"""Who subscribes, with the rights it has now and where it may be told.

Asked at each event and at each send, never kept: a client that was taken out of the registry is
told nothing from then on, and one whose rights were cut sees what they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from adapter.fhir_api.permissions import within
from adapter.notifications.endpoints import Reach
from adapter.security.client import Client
from adapter.security.scopes import allows
from adapter.security.viewers import DEVELOPMENT, Parties, viewer_of
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class Subscriber(Struct, frozen=True, kw_only=True):
    """A client that may subscribe."""

    viewer: Viewer
    reach: Reach


#: Tenant and id of a client → the subscriber; None: it is not registered.
Subscribers = Callable[[str, str], Subscriber | None]


def registered(clients: Callable[[], Iterable[Client]] | None, parties: Parties) -> Subscribers:
    """Subscribers as they are registered.

    Args:
        clients: gives those that are registered now; None: development mode.
        parties: their organizations.
    """

    def find(tenant: str, client: str) -> Subscriber | None:
        if clients is None:
            viewer = DEVELOPMENT if client == DEVELOPMENT.client else None
        else:
            viewer = next(
                (
                    viewer_of(one)
                    for one in clients()
                    if one.id == client and one.tenant == tenant and one.organization
                ),
                None,
            )
        party = parties.find(tenant, viewer.party) if viewer else None
        if viewer is None or party is None:
            return None
        return Subscriber(
            viewer=viewer,
            reach=Reach(
                hosts=party.notification_hosts,
                allow_private=party.allow_private_addresses,
                mail_to=party.mail_to,
            ),
        )

    return find


def seen(unit: Unit, viewer: Viewer, type: str, id: str) -> Version | None:
    """A resource, deleted or not, if the viewer may be told of it now.

    Grants, labels and consents count as they are within this unit of work, scopes as they are
    registered.
    """
    if not allows(viewer, type, "read"):
        return None
    found: Version | None = unit.visible(viewer, type, id)
    if found is None or (not found.deleted and not within(unit, viewer, type, id, "read")):
        return None
    return found
