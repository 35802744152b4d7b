"""Registered organizations as Organization resources, there from the start.

A referral names its requester and owner by reference or identifier; whoever takes part can be found
by the identifier it is registered with. An organization may describe itself further; what it is
registered with is put back at the next start if it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from adapter.fhir_api.faults import Refused
from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import Party
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.fhir_api.exchange import Exchange


def register_organizations(exchange: Exchange, parties: Iterable[Party]) -> int:
    """Write what is missing; several processes may do this at once.

    Returns:
        How many Organizations were written.
    """
    return sum(_register(exchange, party) for party in parties)


def _register(exchange: Exchange, party: Party) -> bool:
    id = organization_id(party.tenant, party.id)
    # As its author it may change what it says of itself.
    viewer = Viewer(
        tenant=party.tenant,
        client="exchange",
        party=party.id,
        operator=True,
        clearance=frozenset({"*"}),
    )
    try:
        with exchange.session(viewer) as unit:
            current = unit.current(party.tenant, "Organization", id, lock=True)
            wanted = _wanted(party, id, current)
            if wanted is not None:
                body = msgspec.json.encode(wanted)
                exchange.update(unit, viewer, "Organization", id, body)
    except Refused as fault:
        if fault.status == 409:
            return False  # another process was quicker
        raise
    return wanted is not None


def _wanted(party: Party, id: str, current: Version | None) -> dict[str, Any] | None:
    """The Organization to write; None: it is as it should be."""
    system, value = party.identifier
    identifier = {"system": system, "value": value}
    if current is None or current.deleted:
        return {
            "resourceType": "Organization",
            "id": id,
            "identifier": [identifier],
            "active": True,
            "name": party.name,
        }
    found: dict[str, Any] = msgspec.json.decode(current.body)
    identifiers = found.get("identifier", [])
    if any((one.get("system"), one.get("value")) == (system, value) for one in identifiers):
        return None
    found.pop("meta", None)
    return found | {"identifier": [identifier, *identifiers]}
