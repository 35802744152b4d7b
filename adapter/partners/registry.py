"""The partners of this service, and the file they are registered in.

The file is TOML, one `[[partners]]` table for each; its elements are those of `Partner`. A partner
here is whom we call; an organization that calls us is a client (`adapter.security.clients`). One
organization is often both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from adapter.cds_client.keys import SigningKey, read_key
from adapter.errors import UnusableInput
from adapter.fhir_client.servers import on_server, read_base
from adapter.partners.partner import Partner, Signed
from adapter.partners.registration import faults, shared_faults
from adapter.registry_file import named, read_tables, refuse_faults, shape_faults

#: What elements of a few values are written like.
_WRITTEN = {"changes": '"subscribe" or "poll"'}


class Partners:
    """Registered partners, which have no faults."""

    def __init__(self, partners: Iterable[Signed] = ()) -> None:
        self._signed = tuple(partners)
        self._by_id = {one.partner.id: one for one in self._signed}
        self._by_party = {
            (one.partner.tenant, one.partner.organization): one.partner for one in self._signed
        }

    def __iter__(self) -> Iterator[Partner]:
        return (one.partner for one in self._signed)

    def __len__(self) -> int:
        return len(self._signed)

    def get(self, id: str) -> Partner | None:
        """The partner of an id."""
        found = self._by_id.get(id)
        return found.partner if found else None

    def key(self, partner: Partner) -> SigningKey | None:
        """The key that signs for a partner; None: it asks for no token."""
        return self._by_id[partner.id].key

    def of_party(self, tenant: str, party: str) -> Partner | None:
        """The partner that is this organization; None: it has no server that we call."""
        return self._by_party.get((tenant, party))

    def of_url(self, tenant: str, url: str) -> Partner | None:
        """The partner on whose server an absolute reference lies, compared part by part."""
        for partner in self:
            base = read_base(partner.fhir_base)
            # A relative reference would lie on any server.
            if partner.tenant == tenant and base and "://" in url and on_server(base, url):
                return partner
        return None


def read_partners(path: Path) -> Partners:
    """The partners registered in a file.

    Raises:
        UnusableInput: it cannot be read, or has a fault: the first, with partner and remedy, and
            how many more there are.
    """
    partners, found = check_partners(path)
    refuse_faults(found, "partners")
    return partners


def check_partners(path: Path) -> tuple[Partners, tuple[str, ...]]:
    """The same, with every fault of the partners as a value: file, partner, remedy.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    found: list[str] = []
    partners: list[Signed] = []
    tables = read_tables(path, "partners")
    if not tables:
        found.append(f"{path}: no partner is registered; add a [[partners]] table")
    for place, table in enumerate(tables, start=1):
        name = f"{path}: partner {named(table, place)}"
        try:
            partner = msgspec.convert(table, Partner)
        except msgspec.ValidationError as fault:
            said = shape_faults(table, Partner, fault, "partners", _WRITTEN)
            found += (f"{name}: {words}" for words in said)
            continue
        key: SigningKey | None = None
        try:
            key = _key(partner, path)
        except UnusableInput as fault:
            found.append(f"{name}: `key_file` {fault}")
        else:
            found += (f"{name}: {fault}" for fault in faults(partner, key))
        partners.append(Signed(partner=partner, key=key))
    for partner, words in shared_faults(tuple(one.partner for one in partners)):
        found.append(f"{path}: partner {partner.id!r}: {words}")
    return Partners(partners), tuple(found)


def _key(partner: Partner, path: Path) -> SigningKey | None:
    if not partner.key_file:
        return None
    return read_key(path.parent / partner.key_file, kid=partner.key_id or None)
