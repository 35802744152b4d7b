"""The way from a command to the exchange: a running service over HTTP, or its store directly.

Both speak FHIR and go by the same rules. The store is opened as the organization that runs the
tenant.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec

from adapter import settings
from adapter.casework.access import Access, access_as
from adapter.deployment import url_of
from adapter.errors import UnusableInput
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import PartnerServer
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.fhir_client.servers import read_base
from adapter.setting_values import is_loopback

if TYPE_CHECKING:
    from adapter.assembly import Assembly
    from adapter.settings import Settings
    from adapter.store.records import Viewer

_SECONDS = 30.0


@contextmanager
def opened(options: argparse.Namespace, *, create: bool = False) -> Iterator[Access]:
    """The exchange that the options name; what it refuses is told as it says it.

    Args:
        options: of the command.
        create: whether a store that is not there is made.

    Raises:
        UnusableInput: it cannot be reached or opened, or refuses what is asked.
    """
    try:
        if options.service:
            yield _service(options)
        else:
            with opened_store(options, create=create) as access:
                yield access
    except PartnerFault as fault:
        raise UnusableInput("; ".join(fault.diagnostics) or str(fault)) from None


@contextmanager
def opened_store(options: argparse.Namespace, *, create: bool = False) -> Iterator[Access]:
    """The store of the service, opened here; `create` as for `opened`.

    Raises:
        UnusableInput: it cannot be opened.
    """
    from adapter.assembly import assemble, registered_partners
    from adapter.deployment import Registered
    from adapter.fhir_api.organizations import register_organizations
    from adapter.store.database import Database

    names = ("store", "clients", "partners", "public_base")
    given = {name: getattr(options, name) for name in names}
    running = _settled(settings.load(given, options.settings))
    clients = Registered(running.clients).clients
    with closing(Database(running.store, create=create)) as database:
        assembly = assemble(running, clients, database, registered_partners(running))
        register_organizations(assembly.exchange, assembly.parties)
        yield access_as(assembly, _operator(assembly, options.tenant))


def _settled(wanted: Settings) -> Settings:
    if not wanted.store:
        raise UnusableInput(
            "neither a service nor a store is named; give --service, or --store (or ECM_STORE) as "
            "for the service"
        )
    if wanted.partners and not wanted.public_base:
        raise UnusableInput(
            "partners are told the URL of this service, which is not known here; name it with "
            "--public-base, or in the settings"
        )
    base = wanted.public_base or url_of(wanted.host, wanted.port)
    return msgspec.structs.replace(wanted, public_base=base)


def _operator(assembly: Assembly, tenant: str | None) -> Viewer:
    from adapter.store.records import Viewer

    found = [one for one in assembly.parties if one.operator and tenant in (None, one.tenant)]
    if len(found) != 1:
        known = ", ".join(sorted(assembly.parties.tenants))
        what = "no organization runs" if not found else "several organizations run"
        whose = f"tenant {tenant}" if tenant else "a tenant here"
        raise UnusableInput(
            f"{what} {whose}; name one with --tenant (there are {known or 'none'}), and the file "
            "of clients with --clients"
        )
    (party,) = found
    return Viewer(
        tenant=party.tenant,
        client="ecm-referral",
        party=party.id,
        operator=True,
        clearance=frozenset({"*"}),
        claims=party.claims,
    )


def _service(options: argparse.Namespace) -> Access:
    from profiles.canonicals import DEFAULT_BASE

    address = options.service.rstrip("/")
    base = read_base(address if address.endswith("/fhir") else f"{address}/fhir")
    if base is None:
        raise UnusableInput(
            f"--service {options.service} is no plain address; write https://host[/path]"
        )
    if base.scheme == "http" and not is_loopback(base.host.strip("[]")):
        raise UnusableInput("--service is not https, and what is sent there names patients")
    running = settings.load({}, options.settings)
    session = guarded_session(allow_private=True, ca_file=running.ca_file)
    if bool(options.client_id) != bool(options.key):
        raise UnusableInput("--client-id and --key go together: the key signs for the client")
    token = None
    if options.client_id:
        from adapter.cds_client.keys import read_key

        identity = Identity(
            client_id=options.client_id,
            key=read_key(options.key, kid=options.kid),
            scope="system/*.cruds",
        )
        token = BackendToken(base, identity, session, seconds=_SECONDS)
    canonical = running.canonical_base or DEFAULT_BASE
    server = PartnerServer(base, session, token, seconds=_SECONDS)
    return Access(server=server, canonical=canonical)
