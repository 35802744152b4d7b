"""What of a referral may leave for a partner, and the record of it.

It is decided when it is sent, by the store, through the partner's eyes: what was granted to it, and
of what is labelled or about a member only what a consent in force covers. What leaves is audited
before it does, each resource on its own, and so is what is left out. Records that may be of a
42 CFR Part 2 program go with the statement of 2.32 and with the Consent itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from adapter.fhir_client.partner_answers import decoded
from adapter.partners.here import Here
from adapter.partners.identifying import with_organizations
from adapter.partners.packaging import NotForReceiver, Package, Place, package
from adapter.partners.partner import Partner
from adapter.search.indexing import about
from adapter.security.disclosure import disclosure, labels_of
from adapter.store.records import AuditEntry

if TYPE_CHECKING:
    from adapter.store.resources import Unit

_PURPOSE = "TREAT"


class NeverSent(Exception):
    """It cannot be sent and will not be; the message says why and what to do."""


class Disclosed(Package, frozen=True, kw_only=True):
    """A referral that may leave, and what goes with it."""

    headers: Mapping[str, str]


def disclosed(here: Here, unit: Unit, partner: Partner, task: dict[str, Any]) -> Disclosed:
    """Put together what the partner may see of a referral, and audit it.

    Raises:
        NeverSent: it may not see something without which there is no referral.
    """
    stock = _Stock(here, unit, partner)
    try:
        packed = package(task, stock, here.fhir_base)
        told = [_told(unit, partner, place, stock.seen(place) or {}) for place in packed.places]
        labels = {label for one in told for label in one.labels.split()}
        along = disclosure(labels, [one.consent for one in told if one.consent])
        if along is not None:
            consents = [place for place in map(stock.place, along.consents) if place]
            stock.show(consents)
            notice = str(along.outcome["issue"][0]["diagnostics"])
            packed = package(task, stock, here.fhir_base, consents=consents, notice=notice)
            told = [_told(unit, partner, place, stock.seen(place) or {}) for place in packed.places]
    except NotForReceiver as fault:
        raise NeverSent(
            f"the partner may not see the {fault.type}: it is no covered entity, or what is "
            "labelled needs a consent that names it; record one, then `ecm referral sync --retry`"
        ) from None
    for entry in told:
        unit.audit(entry)
    for entity in packed.left_out:
        unit.audit(_left_out(unit, partner, entity))
    return Disclosed(
        bundle=packed.bundle,
        key=packed.key,
        places=packed.places,
        left_out=packed.left_out,
        headers=along.headers if along else {},
    )


class _Stock:
    """The store, as the exchange and one partner see it."""

    def __init__(self, here: Here, unit: Unit, partner: Partner) -> None:
        self._here, self._unit, self._partner = here, unit, partner
        self._viewer = partner.viewer()
        self._lookup = here.lookup(unit, partner)
        self._seen: dict[Place, dict[str, Any] | None] = {}

    def show(self, consents: Iterable[Place]) -> None:
        """Let the partner see Consents that name it, which nobody may have granted to it."""
        for place in consents:
            self._seen[place] = self.exists(place)

    def place(self, reference: str) -> Place | None:
        return self._lookup.place(reference)

    def seen(self, place: Place) -> dict[str, Any] | None:
        if place not in self._seen:
            version = self._unit.visible(self._viewer, *place)
            gone = version is None or version.deleted
            found = None if gone or version is None else decoded(version.body)
            if found is not None and place[0] in ("Task", "ServiceRequest"):
                found = with_organizations(found, self._lookup.organization_of)
            self._seen[place] = found
        return self._seen[place]

    def exists(self, place: Place) -> dict[str, Any] | None:
        return self._here.current(self._unit, self._partner, *place)

    def linked(self, place: Place) -> str | None:
        link = self._here.outbound(self._unit, self._partner).link(*place)
        return link.remote_id if link else None


def _told(unit: Unit, partner: Partner, place: Place, resource: Mapping[str, Any]) -> AuditEntry:
    labels = labels_of(dict(resource))
    patient = about(resource)
    consent = (
        unit.permitted_by(partner.tenant, patient, partner.organization, labels, unit.now)
        if patient and (labels or not partner.covered_entity)
        else None
    )
    version = unit.current(partner.tenant, *place)
    return AuditEntry(
        at=unit.now,
        tenant=partner.tenant,
        client=f"partner:{partner.id}",
        party=partner.organization,
        action="send",
        outcome="success",
        entity="/".join(place),
        version=version.version if version else 0,
        patient=patient or "",
        purpose=_PURPOSE,
        consent=consent or "",
        labels=" ".join(sorted(labels)),
    )


def _left_out(unit: Unit, partner: Partner, entity: str) -> AuditEntry:
    return AuditEntry(
        at=unit.now,
        tenant=partner.tenant,
        client=f"partner:{partner.id}",
        party=partner.organization,
        action="send",
        outcome="refused",
        entity=entity,
        purpose=_PURPOSE,
        detail="left out: not for the receiver, by its labels and the consents on file",
    )
