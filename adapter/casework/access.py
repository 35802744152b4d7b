"""The way to an exchange: its FHIR endpoint in this process, or another service over HTTP.

Both speak FHIR and go by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.fhir_client.partner import FhirServer
from adapter.fhir_client.partner_answers import ENCODER, Answer, decoded, version_of
from adapter.fhir_client.partner_faults import fault_of
from adapter.fhir_client.servers import Base, on_server, read_base

if TYPE_CHECKING:
    from adapter.assembly import Assembly
    from adapter.fhir_api.service import FhirService
    from adapter.store.records import Viewer


class Access(Struct, frozen=True, kw_only=True):
    """An exchange, and whose eyes look at it."""

    server: FhirServer
    #: Canonical base of the codes.
    canonical: str
    #: Where the store is open here; None: it is a service elsewhere.
    assembly: Assembly | None = None
    viewer: Viewer | None = None


def access_as(assembly: Assembly, viewer: Viewer) -> Access:
    """The exchange of this process, as that viewer; what it refuses is a `PartnerFault`."""
    from adapter.fhir_api.service import FhirService

    bases = assembly.here.around.own_bases
    service = FhirService(assembly.exchange, lambda *_: viewer, bases=bases)
    return Access(
        server=ServerHere(service, assembly.fhir_base),
        canonical=assembly.settings.canonical_base,
        assembly=assembly,
        viewer=viewer,
    )


class ServerHere(FhirServer):
    """The FHIR endpoint of this process, asked as a server elsewhere would be."""

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
