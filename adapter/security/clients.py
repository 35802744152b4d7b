"""The clients of this service, and the file they are registered in.

The file is TOML, one `[[clients]]` table for each; its elements are those of `Client`. Who calls is
found by the issuer of the token, and among several clients of one issuer by `tenant` and `sub`
(CDS Hooks 2.0, "Trusting CDS Clients": an allow-list of `iss` and `jku`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapter.errors import UnusableInput
from adapter.registry_file import named, read_tables, refuse_faults, shape_faults
from adapter.security.client import Client
from adapter.security.exchange_registration import shared_organization_faults
from adapter.security.registration import faults, shared_issuer_faults
from adapter.security.rules import Rule


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
    refuse_faults(found, "clients")
    return clients


def check_clients(path: Path) -> tuple[Clients, tuple[str, ...]]:
    """The same, with every fault of the clients as a value: file, client, remedy.

    Raises:
        UnusableInput: the file is not there, or is no TOML.
    """
    found: list[str] = []
    clients: list[Client] = []
    tables = read_tables(path, "clients")
    if not tables:
        found.append(f"{path}: no client is registered; add a [[clients]] table")
    for place, table in enumerate(tables, start=1):
        name = f"{path}: client {named(table, place)}"
        try:
            client = _with_keys(msgspec.convert(table, Client), path)
        except msgspec.ValidationError as fault:
            said = shape_faults(table, Client, fault, "clients")
            found += (f"{name}: {words}" for words in said)
        except UnusableInput as fault:
            found.append(f"{name}: {fault}")
        else:
            clients.append(client)
            found += (f"{name}: {fault}" for fault in faults(client))
    pairs = tuple(clients)
    for client, words in (*shared_issuer_faults(pairs), *shared_organization_faults(pairs)):
        found.append(f"{path}: client {client.id!r}: {words}")
    return Clients(clients), tuple(found)


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
