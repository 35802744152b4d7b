"""What the work with partners needs of this deployment, and the way to their servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from adapter.fhir_api.lookup import StoreLookup, Surroundings
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.partner_answers import decoded
from adapter.fhir_client.servers import read_base
from adapter.partners.partner import Partner
from adapter.partners.registry import Partners
from adapter.referrals.rules import exchange
from adapter.store.outbound import Outbound
from adapter.store.partner_lines import Lines
from adapter.store.received import Received

if TYPE_CHECKING:
    from adapter.fhir_api.exchange import Exchange
    from adapter.store.resources import ResourceStore, Unit

#: Of a page of a search, or of one resource.
_MOST_BYTES = 32 * 2**20


class Servers:
    """The way to the server of each partner; one for each process."""

    def __init__(self, partners: Partners, *, ca_file: Path | None = None) -> None:
        self._partners = partners
        self._ca_file = ca_file
        self._lock = Lock()
        self._made: dict[str, PartnerServer] = {}

    def of(self, partner: Partner) -> PartnerServer:
        """The server of a partner. Each has connections of its own, so none waits for another's."""
        with self._lock:
            if partner.id not in self._made:
                self._made[partner.id] = self._server(partner)
            return self._made[partner.id]

    def _server(self, partner: Partner) -> PartnerServer:
        base = read_base(partner.fhir_base)
        assert base is not None  # registered without faults
        session = guarded_session(
            allow_private=partner.allow_private_addresses,
            pool=2,
            at_most=_MOST_BYTES,
            ca_file=self._ca_file,
        )
        key = self._partners.key(partner)
        token = None
        if key is not None:
            identity = Identity(client_id=partner.client_id, key=key, scope=partner.scope)
            token = BackendToken(base, identity, session, seconds=partner.timeout_seconds)
        return PartnerServer(base, session, token, seconds=partner.timeout_seconds)


class Here(Struct, frozen=True, kw_only=True):
    """One deployment, as seen by the work with its partners."""

    exchange: Exchange
    store: ResourceStore
    around: Surroundings
    partners: Partners
    servers: Servers
    #: Our FHIR base URL as partners know it, without a slash at the end.
    fhir_base: str
    #: Where partners notify us: this, a slash and the id of the partner.
    notifications: str
    #: Milliseconds since 1970.
    now: Callable[[], int]
    #: Has the work with partners look at once.
    wake: Callable[[], None] = lambda: None

    def outbound(self, unit: Unit, partner: Partner) -> Outbound:
        """What there is to tell the partner, and whose copy is whose."""
        return Outbound(unit.connection, partner.tenant, partner.id)

    def lines(self, unit: Unit, partner: Partner) -> Lines:
        """How the partner's server stands with us."""
        return Lines(unit.connection, partner.tenant, partner.id)

    def received(self, unit: Unit, partner: Partner) -> Received:
        """What the partner told of."""
        return Received(unit.connection, partner.tenant, partner.id)

    def lookup(self, unit: Unit, partner: Partner) -> StoreLookup:
        """The store, as the exchange itself sees it."""
        return StoreLookup(unit, exchange(partner.tenant), self.around)

    def current(self, unit: Unit, partner: Partner, type: str, id: str) -> dict[str, Any] | None:
        """A resource as it is now, decimals as they are; None: not there, or deleted."""
        version = unit.current(partner.tenant, type, id)
        if version is None or version.deleted:
            return None
        resource: dict[str, Any] = decoded(version.body)
        return resource
