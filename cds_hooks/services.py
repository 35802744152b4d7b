"""The services there are: what discovery says of each, and which one answers a call.

A service is a record with a function, so that a hook is added by writing one module in
`cds_hooks.hooks` and naming its service where the application is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from cds_hooks.errors import UnknownService, WrongHook
from cds_hooks.prefetch import template
from cds_hooks.protocol import Call, Card
from mappings.inbound.requirement import DataRequirement


class Service(Struct, frozen=True, kw_only=True):
    """One CDS service."""

    #: The last part of its URL; one id for each hook, as clients drop older cards by id.
    id: str
    hook: str
    title: str
    description: str
    usage_requirements: str
    #: What it wants prefetched.
    prefetch: tuple[DataRequirement, ...]
    #: Answers a checked call; raises `CdsHooksError` where it cannot.
    answer: Callable[[Call], tuple[Card, ...]]


class Services:
    """All services of one application."""

    #: The version of CDS Hooks that is served.
    VERSION = "2.0.1"

    def __init__(self, services: Iterable[Service]) -> None:
        self._by_id = {service.id: service for service in services}

    def all(self) -> tuple[Service, ...]:
        """Every service, in the order discovery lists them."""
        return tuple(self._by_id.values())

    def find(self, service_id: str) -> Service:
        """The service of that id, or `UnknownService`."""
        try:
            return self._by_id[service_id]
        except KeyError:
            raise UnknownService from None

    def answer(self, service_id: str, call: Call) -> tuple[Card, ...]:
        """The cards of one call.

        Raises:
            UnknownService, WrongHook, DataMissing: as their names say.
        """
        service = self.find(service_id)
        if call.hook != service.hook:
            raise WrongHook(service.id, service.hook)
        return service.answer(call)

    def discovery(self) -> bytes:
        """The body of `GET /cds-services`: the same bytes for the same services."""
        return msgspec.json.encode({"services": [_listed(one) for one in self.all()]})


def _listed(service: Service) -> dict[str, object]:
    return {
        "hook": service.hook,
        "title": service.title,
        "description": service.description,
        "id": service.id,
        "prefetch": template(service.prefetch),
        "usageRequirements": service.usage_requirements,
        "version": Services.VERSION,
    }
