"""The partners of this service, and the file they are registered in.

The file is TOML, one `[[partners]]` table for each; its elements are those of `Partner`. A partner
here is whom we call; an organization that calls us is a client (`adapter.security.clients`). One
organization is often both.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from adapter.cds_client.keys import SigningKey, read_key
from adapter.errors import UnusableInput
from adapter.fhir_client.servers import on_server, read_base
from adapter.partners.partner import Partner, Signed
from adapter.partners.registration import faults, shared_faults

#: Far more than a registry of partners needs.
_MOST_BYTES = 4 * 2**20


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
    if found:
        more = f" ({len(found) - 1} more; see `ecm partners check`)" if len(found) > 1 else ""
        raise UnusableInput(found[0] + more)
    return partners


def check_partners(path: Path) -> tuple[Partners, tuple[str, ...]]:
    """The same, with every fault of the partners as a value: file, partner, remedy.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    found: list[str] = []
    partners: list[Signed] = []
    tables = _tables(path)
    if not tables:
        found.append(f"{path}: no partner is registered; add a [[partners]] table")
    for place, table in enumerate(tables, start=1):
        name = f"{path}: partner {_name(table, place)}"
        try:
            partner = msgspec.convert(table, Partner)
        except msgspec.ValidationError as fault:
            found += (f"{name}: {words}" for words in _shape_faults(table) or [_told(fault)])
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


def _tables(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
    except OSError as fault:
        raise UnusableInput(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableInput(f"{path} is not UTF-8; save it as that") from None
    if len(text) > _MOST_BYTES:
        raise UnusableInput(f"{path} is larger than 4 MB; name the file of the partners")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise UnusableInput(f"{path} is not TOML: {fault}") from None
    if unknown := sorted(document.keys() - {"partners"}):
        raise UnusableInput(
            f"{path}: {unknown[0]!r} has no meaning here; write [[partners]] tables and nothing "
            "else"
        )
    tables = document.get("partners", [])
    if not isinstance(tables, list):
        raise UnusableInput(f"{path}: `partners` is a single table; write [[partners]], doubled")
    return tables


def _name(table: Any, place: int) -> str:
    id = table.get("id") if isinstance(table, dict) else None
    return repr(id) if isinstance(id, str) else f"number {place}"


#: What an element is written like, by what the decoder expected.
_WRITTEN = {
    "str": 'a text in quotes, "…"',
    "array": 'a list in brackets, ["…"]',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}

_CHOICES = {"changes": '"subscribe" or "poll"'}


def _shape_faults(table: object) -> list[str]:
    """Elements that have no meaning and those that are missing, of which the decoder tells one."""
    if not isinstance(table, dict):
        return []
    known = Partner.__struct_fields__
    found = []
    for name in table:
        if name not in known:
            (meant,) = get_close_matches(name, known, n=1, cutoff=0.6) or ("",)
            remedy = f"did you mean `{meant}`?" if meant else f"there are {', '.join(known)}"
            found.append(f"`{name}` has no meaning; {remedy}")
    required = [field.name for field in msgspec.structs.fields(Partner) if field.required]
    return [*found, *(f"`{name}` is missing; add it" for name in required if name not in table)]


def _told(fault: msgspec.ValidationError) -> str:
    """What the decoder found, with a remedy."""
    words = str(fault)
    place = re.search(r"`\$\.([a-z_]+)", words)
    expected = re.match(r"Expected `(\w+)", words)
    if place and place[1] in _CHOICES:
        return f"`{place[1]}` is not as it should be; write {_CHOICES[place[1]]}"
    if place and expected and expected[1] in _WRITTEN:
        return f"`{place[1]}` is not as it should be; write {_WRITTEN[expected[1]]}"
    return f"{words}; see `ecm partners --help`"
