"""Carrying out one call within a unit of work: which interaction it is, and done at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from adapter.fhir_api.call import Answer, Call
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.histories import history
from adapter.fhir_api.interactions import Interactions, Request
from adapter.fhir_api.operations import Operation, asked
from adapter.fhir_api.repeats import once
from adapter.fhir_api.routing import Route, route
from adapter.fhir_api.searches import Searches
from adapter.store.records import Version

if TYPE_CHECKING:
    pass

#: Answers every request for resources of one type.
Other = Callable[[Request], Answer]


class Carrier:
    """Carries out calls that are not Bundles."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        operations: Sequence[Operation] = (),
        others: Mapping[str, Other] | None = None,
        bases: tuple[str, ...] = (),
    ) -> None:
        """Put it together; the arguments are those of `service.FhirService`."""
        self.exchange = exchange
        self.interactions = Interactions(exchange, bases)
        self._operations = {one.definition.name: one for one in operations}
        #: Operations by name.
        self.definitions = {name: one.definition for name, one in self._operations.items()}
        self._others = others or {}
        searches = Searches(exchange, bases)
        self._by_name: dict[str, Callable[[Request], Answer]] = {
            "read": self.interactions.read,
            "vread": self.interactions.vread,
            "create": self.interactions.create,
            "update": self.interactions.update,
            "patch": self.interactions.patch,
            "delete": self.interactions.delete,
            "search-type": searches.search,
            "search-system": searches.search,
            **dict.fromkeys(
                ("history-instance", "history-type", "history-system"),
                lambda request: history(exchange, request),
            ),
        }

    def route(self, call: Call) -> Route:
        """What a call asks for.

        Raises:
            Refused: 404, 405.
        """
        return route(call, self.definitions)

    def once(self, request: Request, key: str | None, do: Callable[[], Answer]) -> Answer:
        """Do it; with an Idempotency-Key, answer as when it was done if it was done before."""
        if key is None:
            return do()

        def reread(type: str, id: str, version: str) -> Version | None:
            try:
                return self.exchange.vread(request.unit, request.viewer, type, id, version)
            except Refused:
                return None

        return once(request, key, do, reread)

    def carry_out(self, request: Request) -> Answer:
        """Carry out one interaction.

        Raises:
            Refused: the unit of work is to be given up.
        """
        found = request.route
        if found.operation is not None:
            answer = self._operations[found.operation.name].answer(asked(request))
            return Answer(status=200, body=msgspec.json.encode(answer))
        if found.type in self._others and found.compartment is None:
            return self._others[found.type](request)
        return self._by_name[found.interaction](request)
