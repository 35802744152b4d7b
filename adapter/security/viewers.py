"""Through whose eyes a client looks at the exchange, and which organizations take part.

All of it comes from the registry and the token alone; nothing a request says adds to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from adapter.security.client import Client
from adapter.store.records import Viewer


class Party(Struct, frozen=True, kw_only=True):
    """An organization that takes part in the exchange of one tenant."""

    tenant: str
    #: `system|value` of its registered identifier.
    id: str
    name: str
    operator: bool = False
    #: Whether it is a covered entity or business associate.
    covered: bool = False
    #: Whether it may claim referrals that nobody owns yet.
    claims: bool = False
    #: Hosts its subscriptions may notify, and addresses they may send e-mail to.
    notification_hosts: frozenset[str] = frozenset()
    mail_to: frozenset[str] = frozenset()
    #: Whether those hosts may be on loopback or private addresses.
    allow_private_addresses: bool = False

    @property
    def identifier(self) -> tuple[str, str]:
        """System and value."""
        system, _, value = self.id.rpartition("|")
        return system, value


class Parties:
    """The organizations of every tenant; two clients of one organization are one party."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._parties: dict[tuple[str, str], Party] = {}
        for one in parties:
            place = (one.tenant, one.id)
            self._parties[place] = _together(self._parties.get(place, one), one)

    def __iter__(self) -> Iterator[Party]:
        return iter(self._parties.values())

    def __len__(self) -> int:
        return len(self._parties)

    def find(self, tenant: str, party: str) -> Party | None:
        """The party of this tenant with this `system|value`."""
        return self._parties.get((tenant, party))

    def of(self, tenant: str) -> tuple[Party, ...]:
        """Every party of a tenant."""
        return tuple(one for one in self if one.tenant == tenant)

    @property
    def tenants(self) -> frozenset[str]:
        """Every tenant that has a party."""
        return frozenset(one.tenant for one in self)


#: Who runs the exchange where nobody is asked who they are.
DEVELOPMENT_PARTY = Party(
    tenant="development",
    id="https://ecm.example.org/fhir/sid/organization|development",
    name="Development",
    operator=True,
    covered=True,
    claims=True,
    notification_hosts=frozenset({"127.0.0.1", "localhost", "[::1]"}),
    allow_private_addresses=True,
)

_SANDBOX_SYSTEM = "https://ecm.example.org/fhir/sid/organization"

#: Whom one can play at the workbench where nobody is asked who they are: a role, and a number where
#: there are several of it, and the organization.
SANDBOX: Mapping[str, str] = {
    "engineer": DEVELOPMENT_PARTY.id,
    "referrer": f"{_SANDBOX_SYSTEM}|sandbox-hospital",
    "plan": f"{_SANDBOX_SYSTEM}|sandbox-plan",
    "provider": f"{_SANDBOX_SYSTEM}|sandbox-provider",
    "provider-2": f"{_SANDBOX_SYSTEM}|sandbox-provider-2",
    "auditor": DEVELOPMENT_PARTY.id,
}

#: Organizations to refer to and from, invented. The second provider is who is asked when the first
#: declines.
SANDBOX_PARTIES: tuple[Party, ...] = tuple(
    Party(tenant="development", id=f"{_SANDBOX_SYSTEM}|{id}", name=name, covered=True)
    for id, name in (
        ("sandbox-hospital", "Valley Hospital (invented)"),
        ("sandbox-plan", "Redwood Health Plan (invented)"),
        ("sandbox-provider", "Harbor ECM Provider (invented)"),
        ("sandbox-provider-2", "Hillside ECM Provider (invented)"),
    )
)

DEVELOPMENT = Viewer(
    tenant=DEVELOPMENT_PARTY.tenant,
    client="development",
    party=DEVELOPMENT_PARTY.id,
    operator=True,
    covered=True,
    claims=True,
    clearance=frozenset({"*"}),
)


def viewer_of(client: Client, scopes: Iterable[str] | None = None) -> Viewer:
    """Whose eyes a client's are.

    Args:
        client: as registered, with an organization.
        scopes: of its access token; None: all it is registered with, as when the service acts on
            its behalf (a notification to its subscription).
    """
    return Viewer(
        tenant=client.tenant,
        client=client.id,
        party=client.organization,
        operator=client.role == "operator",
        covered=_covered(client),
        claims=client.claims,
        purpose=client.purpose,
        clearance=frozenset(label.lower() for label in client.clearance),
        scopes=tuple(client.scopes if scopes is None else scopes),
        strict_versions=client.strict_versions,
    )


def parties_of(clients: Iterable[Client] | None) -> Parties:
    """The organizations of registered clients; None: of development mode."""
    if clients is None:
        return Parties([DEVELOPMENT_PARTY, *SANDBOX_PARTIES])
    return Parties(
        Party(
            tenant=client.tenant,
            id=client.organization,
            name=client.organization_name,
            operator=client.role == "operator",
            covered=_covered(client),
            claims=client.claims,
            notification_hosts=frozenset(client.notification_hosts),
            mail_to=frozenset(client.mail_to),
            allow_private_addresses=client.allow_private_addresses,
        )
        for client in clients
        if client.organization
    )


def _covered(client: Client) -> bool:
    """An operator runs the tenant as a covered entity or its business associate."""
    return client.role == "operator" if client.covered_entity is None else client.covered_entity


def _together(one: Party, other: Party) -> Party:
    """One party of two clients' worth of it; they agree on all that is a yes or no."""
    return Party(
        tenant=one.tenant,
        id=one.id,
        name=one.name,
        operator=one.operator,
        covered=one.covered,
        claims=one.claims,
        notification_hosts=one.notification_hosts | other.notification_hosts,
        mail_to=one.mail_to | other.mail_to,
        allow_private_addresses=one.allow_private_addresses and other.allow_private_addresses,
    )
