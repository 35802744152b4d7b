"""The way from a command to the exchange: a running service over HTTP, or its store directly.

Both speak FHIR and go by the same rules. The store is opened as the organization that runs the
tenant.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Struct

from adapter import settings
from adapter.deployment import url_of
from adapter.errors import UnusableInput
from adapter.fhir_client.backend_token import BackendToken, Identity
from adapter.fhir_client.guarded import guarded_session
from adapter.fhir_client.partner import FhirServer, PartnerServer
from adapter.fhir_client.partner_answers import ENCODER, Answer, decoded, version_of
from adapter.fhir_client.partner_faults import PartnerFault, fault_of
from adapter.fhir_client.servers import Base, on_server, read_base
from adapter.setting_values import is_loopback

if TYPE_CHECKING:
    from adapter.assembly import Assembly
    from adapter.fhir_api.service import FhirService
    from adapter.settings import Settings
    from adapter.store.records import Viewer

_SECONDS = 30.0


class Access(Struct, frozen=True, kw_only=True):
    """An exchange that commands work on."""

    server: FhirServer
    #: Canonical base of the codes.
    canonical: str
    #: Where the store is open here; None: it is a service elsewhere.
    assembly: Assembly | None = None
    viewer: Viewer | None = None


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
    from adapter.fhir_api.service import FhirService
    from adapter.store.database import Database

    names = ("store", "clients", "partners", "public_base")
    given = {name: getattr(options, name) for name in names}
    running = _settled(settings.load(given, options.settings))
    clients = Registered(running.clients).clients
    with closing(Database(running.store, create=create)) as database:
        assembly = assemble(running, clients, database, registered_partners(running))
        register_organizations(assembly.exchange, assembly.parties)
        viewer = _operator(assembly, options.tenant)
        bases = assembly.here.around.own_bases
        service = FhirService(assembly.exchange, lambda *_: viewer, bases=bases)
        yield Access(
            server=_Opened(service, assembly.fhir_base),
            canonical=running.canonical_base,
            assembly=assembly,
            viewer=viewer,
        )


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


class _Opened(FhirServer):
    """An exchange in this process."""

    def __init__(self, service: FhirService, base: str) -> None:
        self._service = service
        found = read_base(base)
        assert found is not None
        self.base: Base = found

    def _call(
        self,
        method: str,
        path: str,
        said: str,
        sent: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        from adapter.fhir_api.call import Call

        url = on_server(self.base, path) if path else self.base.url
        if url is None:
            raise UnusableInput(f"{said}: the address is not on this exchange")
        place, _, query = url.removeprefix(self.base.url).partition("?")
        kind = "application/fhir+json"
        wanted = {"accept": kind, "content-type": kind}
        rendered = self._service.answer(
            Call(
                method=method,
                path=tuple(unquote(part) for part in place.split("/") if part),
                query=tuple(parse_qsl(query, keep_blank_values=True)),
                headers=wanted | {name.lower(): value for name, value in (headers or {}).items()},
                body=b"" if sent is None else ENCODER.encode(sent),
                base=self.base.url,
            )
        )
        body = decoded(rendered.body) if rendered.body else None
        if rendered.status >= 300:
            raise fault_of(said, rendered.status, body, None)
        return Answer(
            status=rendered.status,
            resource=body,
            version=version_of(body or {}),
            location=rendered.headers.get("Location", ""),
            date="",
        )
