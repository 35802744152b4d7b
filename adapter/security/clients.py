"""The clients of this service, and the file they are registered in.

The file is TOML, one `[[clients]]` table for each; its elements are those of `Client`. Who calls is
found by the issuer of the token, and among several clients of one issuer by `tenant` and `sub`
(CDS Hooks 2.0, "Trusting CDS Clients": an allow-list of `iss` and `jku`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from adapter.errors import UnusableInput
from adapter.security.client import Client
from adapter.security.exchange_registration import shared_organization_faults
from adapter.security.registration import faults, shared_issuer_faults
from adapter.security.rules import Rule

#: Far more than a registry of clients needs.
_MOST_BYTES = 4 * 2**20


class Clients:
    """Registered clients, which have no faults."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._clients = tuple(clients)
        self._by_issuer: dict[str, list[Client]] = {}
        for client in self._clients:
            self._by_issuer.setdefault(client.issuer, []).append(client)
        self._by_id = {client.id: client for client in self._clients}
        self._origins = frozenset(origin for one in self._clients for origin in one.origins)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._clients)

    def __len__(self) -> int:
        return len(self._clients)

    def find(self, id: str) -> Client | None:
        """The client of that id."""
        return self._by_id.get(id)

    def allows_origin(self, origin: str) -> bool:
        """Whether some client's pages have this origin."""
        return origin in self._origins

    def of_token(self, issuer: str, tenant: object, subject: object) -> Client | Rule:
        """The one client a token can be of, by its claims `iss`, `tenant` and `sub`.

        A single client of an issuer is found whatever the other two say: they are checked against
        it later. Of several, exactly one must fit.
        """
        known = self._by_issuer.get(issuer, [])
        if not known:
            return Rule.ISSUER
        if len(known) > 1:
            known = [
                one
                for one in known
                if tenant in (None, one.tenant) and one.subject in ("", subject)
            ]
        return known[0] if len(known) == 1 else Rule.WHICH_CLIENT


def read_clients(path: Path) -> Clients:
    """The clients registered in a file.

    Raises:
        UnusableInput: it cannot be read, or has a fault: the first, with client and remedy, and
            how many more there are.
    """
    clients, found = check_clients(path)
    if found:
        more = f" ({len(found) - 1} more; see `ecm clients check`)" if len(found) > 1 else ""
        raise UnusableInput(found[0] + more)
    return clients


def check_clients(path: Path) -> tuple[Clients, tuple[str, ...]]:
    """The same, with every fault of the clients as a value: file, client, remedy.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    found: list[str] = []
    clients: list[Client] = []
    tables = _tables(path)
    if not tables:
        found.append(f"{path}: no client is registered; add a [[clients]] table")
    for place, table in enumerate(tables, start=1):
        name = f"{path}: client {_name(table, place)}"
        try:
            client = _with_keys(msgspec.convert(table, Client), path)
        except msgspec.ValidationError as fault:
            found += (f"{name}: {words}" for words in _shape_faults(table) or [_told(fault)])
        except UnusableInput as fault:
            found.append(f"{name}: {fault}")
        else:
            clients.append(client)
            found += (f"{name}: {fault}" for fault in faults(client))
    pairs = tuple(clients)
    for client, words in (*shared_issuer_faults(pairs), *shared_organization_faults(pairs)):
        found.append(f"{path}: client {client.id!r}: {words}")
    return Clients(clients), tuple(found)


def _tables(path: Path) -> list[Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
    except OSError as fault:
        raise UnusableInput(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableInput(f"{path} is not UTF-8; save it as that") from None
    if len(text) > _MOST_BYTES:
        raise UnusableInput(f"{path} is larger than 4 MB; name the file of the clients")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise UnusableInput(f"{path} is not TOML: {fault}") from None
    if unknown := sorted(document.keys() - {"clients"}):
        raise UnusableInput(
            f"{path}: {unknown[0]!r} has no meaning here; write [[clients]] tables and nothing else"
        )
    tables = document.get("clients", [])
    if not isinstance(tables, list):
        raise UnusableInput(f"{path}: `clients` is a single table; write [[clients]], doubled")
    return tables


def _name(table: Any, place: int) -> str:
    id = table.get("id") if isinstance(table, dict) else None
    return repr(id) if isinstance(id, str) else f"number {place}"


def _with_keys(client: Client, path: Path) -> Client:
    """The client with the keys of its file, if it names one, in `jwks`."""
    if not client.jwks_file:
        return client
    if client.jwks is not None:
        raise UnusableInput("it has both `jwks_file` and `jwks`; leave one of them out")
    file = path.parent / client.jwks_file
    try:
        keys = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as fault:
        raise UnusableInput(f"`jwks_file` {file} cannot be read: {fault.strerror}") from None
    except (ValueError, RecursionError):
        raise UnusableInput(
            f"`jwks_file` {file} is no JSON object; save the public key set there"
        ) from None
    return msgspec.structs.replace(client, jwks=keys)


#: What an element is written like, by what the decoder expected.
_WRITTEN = {
    "str": 'a text in quotes, "…"',
    "array": 'a list in brackets, ["…"]',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
}


def _shape_faults(table: object) -> list[str]:
    """Elements that have no meaning and those that are missing, of which the decoder tells one."""
    if not isinstance(table, dict):
        return []
    known = Client.__struct_fields__
    found = []
    for name in table:
        if name not in known:
            (meant,) = get_close_matches(name, known, n=1, cutoff=0.6) or ("",)
            remedy = f"did you mean `{meant}`?" if meant else f"there are {', '.join(known)}"
            found.append(f"`{name}` has no meaning; {remedy}")
    required = [field.name for field in msgspec.structs.fields(Client) if field.required]
    return [*found, *(f"`{name}` is missing; add it" for name in required if name not in table)]


def _told(fault: msgspec.ValidationError) -> str:
    """What the decoder found, with a remedy."""
    words = str(fault)
    place = re.search(r"`\$\.([a-z_]+)", words)
    expected = re.match(r"Expected `(\w+)", words)
    if place and expected and expected[1] in _WRITTEN:
        return f"`{place[1]}` is not as it should be; write {_WRITTEN[expected[1]]}"
    return f"{words}; see `ecm clients --help`"
