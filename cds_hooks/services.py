"""The services there are: what discovery says of each, and which one answers a call.

A service is a record, so that a hook is added by writing one module in `cds_hooks.hooks`. What
they have in common, from data to cards, is in `answering`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from cds_hooks.answering import Advice, Adviser, View
from cds_hooks.caller import Caller
from cds_hooks.catalogue import HOOKS
from cds_hooks.clearance import visible
from cds_hooks.errors import UnknownService
from cds_hooks.host import Host
from cds_hooks.prefetch import template
from cds_hooks.reading import Call, read_call
from mappings.requirements import all_requirements

USAGE = (
    "Every prefetch key is optional: what is left out is fetched from fhirServer where the call "
    "allows it, else treated as unknown, never as absent, and the card says so. Only without the "
    "Patient, from one or the other, there is no answer (412)."
)


class Service(Struct, frozen=True, kw_only=True):
    """One CDS service."""

    #: The last part of its URL; one id for each hook, as clients drop older cards by id.
    id: str
    #: Name of a hook in the catalogue.
    hook: str
    title: str
    description: str
    #: What the call is about; None: nothing ECM has to say anything to.
    look: Callable[[Call], View | None]


class Services:
    """All services of one application."""

    #: The version of CDS Hooks that is served.
    VERSION = "2.0.1"

    def __init__(self, services: Iterable[Service], adviser: Adviser) -> None:
        self._by_id = {service.id: service for service in services}
        self._adviser = adviser

    def all(self) -> tuple[Service, ...]:
        """Every service, in the order discovery lists them."""
        return tuple(self._by_id.values())

    def find(self, service_id: str) -> Service:
        """The service of that id, or `UnknownService`."""
        try:
            return self._by_id[service_id]
        except KeyError:
            raise UnknownService from None

    def read(self, service_id: str, body: bytes) -> Call:
        """Read a call of the service; raises as `reading.read_call` does."""
        service = self.find(service_id)
        return read_call(body, service.hook, service=service.id)

    def answer(self, service_id: str, call: Call, caller: Caller, host: Host) -> Advice:
        """The advice on one call.

        Raises:
            UnknownService, MalformedRequest, DataMissing: as their names say.
        """
        service = self.find(service_id)
        seen = visible(call, caller.clearance)
        view = service.look(seen)
        if view is None:
            return Advice()
        return self._adviser.advise(seen, view, caller, host, service.id)

    def discovery(self) -> bytes:
        """The body of `GET /cds-services`: the same bytes for the same services."""
        return msgspec.json.encode({"services": [_listed(one) for one in self.all()]})


def _listed(service: Service) -> dict[str, object]:
    return {
        "hook": service.hook,
        "hookVersion": HOOKS[service.hook].version,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "prefetch": template(all_requirements()),
        "usageRequirements": USAGE,
        "version": Services.VERSION,
    }
