"""A transaction: all of its entries, or none (https://hl7.org/fhir/R4/http.html#transaction).

First every condition is resolved and every new resource gets its id, so that entries may refer to
each other, in circles too. Then come deletions, then writes, each after what it refers to, then
reads. The answers stand in the order of the entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from adapter import ids
from adapter.fhir_api.call import Answer, Call, parameters
from adapter.fhir_api.entries import Entry
from adapter.fhir_api.exchange import Exchange, Outcome
from adapter.fhir_api.faults import refused
from adapter.fhir_api.interactions import Interactions, Request, written
from adapter.fhir_api.references import references, replaced
from adapter.fhir_api.routing import Route
from adapter.fhir_api.transaction_plan import Planned, at, check_identities, in_order
from adapter.referrals.lifecycle import ENDED
from adapter.search.parsing import parse
from adapter.store.records import Version

_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]{1,63})\?(.+)", re.DOTALL)
_URN = ("urn:uuid:", "urn:oid:")


class Transactions:
    """Carries out transactions, each in one unit of work."""

    def __init__(
        self,
        exchange: Exchange,
        interactions: Interactions,
        route: Callable[[Call], Route],
        read: Callable[[Request], Answer],
    ) -> None:
        """Put it together.

        Args:
            exchange: carries the entries out.
            interactions: of single resources.
            route: from a call to an interaction.
            read: carries out what writes nothing.
        """
        self._exchange, self._interactions = exchange, interactions
        self._route, self._read = route, read

    def run(self, request: Request, entries: Sequence[Entry]) -> list[Answer]:
        """The answers, in the order of the entries.

        Raises:
            Refused: an entry cannot be carried out, so that none is.
        """
        planned = [self._plan(request, entry) for entry in entries]
        self._resolve(request, planned)
        check_identities(planned)
        self._refer(request, planned)
        request.unit.promised = frozenset(
            (one.route.type, one.id) for one in planned if one.creates and one.existing is None
        )
        answers: dict[int, Answer] = {}
        for one in in_order(planned):
            with at(one.entry):
                answers[one.entry.place] = self._carry_out(request, one)
        return [answers[entry.place] for entry in entries]

    def _plan(self, request: Request, entry: Entry) -> Planned:
        with at(entry):
            route = self._route(entry.call)
            if route.interaction in ("batch", "capabilities") or route.operation is not None:
                raise refused(
                    400, "not-supported", "this cannot be part of a transaction; ask for it alone"
                )
            planned = Planned(entry=entry, route=route, id=route.id)
            if not route.writes or route.id:
                return planned
            header = entry.call.header("if-none-exist") if planned.creates else None
            inner = self._inner(request, planned)
            planned.condition = self._interactions.condition(inner, header)
            if planned.condition is None and not planned.creates:
                raise refused(400, "required", "the url names no resource and no condition")
            return planned

    def _resolve(self, request: Request, planned: Sequence[Planned]) -> None:
        """Look up what conditions find, and give ids to what is new."""
        found: dict[str, Version | None] = {}
        # In one order, so that two transactions never wait for each other.
        for one in sorted((one for one in planned if one.condition), key=lambda one: one.text):
            if one.text not in found and one.condition is not None:
                with at(one.entry):
                    found[one.text] = self._exchange.only(
                        request.unit, request.viewer, one.condition
                    )
        new: dict[str, str] = {}
        for one in planned:
            one.existing = found.get(one.text)
            if one.existing is not None:
                one.id = one.existing.id
            elif one.creates:
                one.is_repeated = one.text in new
                one.id = new.get(one.text) or ids.new_uuid()
                if one.text:
                    new[one.text] = one.id
            elif one.condition is not None and one.route.interaction == "update":
                given = (one.entry.resource or {}).get("id")
                one.id = given if isinstance(given, str) else ids.new_uuid()
            elif one.condition is not None and one.route.interaction == "patch":
                with at(one.entry):
                    raise refused(404, "not-found", "the condition of the patch finds nothing")
            one.ends_order = self._ends_order(request, one)

    def _ends_order(self, request: Request, one: Planned) -> bool:
        """Whether it takes an order that is there to its end."""
        if one.route.type != "ServiceRequest" or one.route.interaction != "update":
            return False
        status = (one.entry.resource or {}).get("status")
        if status not in ENDED["ServiceRequest"] or not one.id:
            return False
        return request.unit.current(request.viewer.tenant, "ServiceRequest", one.id) is not None

    def _refer(self, request: Request, planned: Sequence[Planned]) -> None:
        """Put references to what other entries and conditions name into what is written."""
        names = {
            one.entry.full_url: one.target for one in planned if one.entry.full_url and one.target
        }
        conditions = {
            f"{one.route.type}?{header}": one.target
            for one in planned
            if (header := one.entry.call.header("if-none-exist"))
        }
        for one in planned:
            if one.entry.resource is None or one.is_done:
                continue
            by = dict(names)
            if base := one.base:
                by |= {
                    url[len(base) :]: target
                    for url, target in names.items()
                    if url.startswith(base)
                }
            referred = list(references(one.entry.resource))
            with at(one.entry):
                for reference in referred:
                    if reference in by:
                        continue
                    if _CONDITIONAL.fullmatch(reference):
                        if reference not in conditions:
                            conditions[reference] = self._only(request, reference)
                        by[reference] = conditions[reference]
                    elif reference.startswith(_URN):
                        raise refused(
                            400,
                            "not-found",
                            "a reference names no entry of this Bundle; make it the fullUrl of one",
                        )
                body = replaced(one.entry.call.body, by)
            call = msgspec.structs.replace(one.entry.call, body=body)
            one.entry = msgspec.structs.replace(one.entry, call=call)
            one.refers = tuple(by.get(each, each) for each in referred)

    def _only(self, request: Request, reference: str) -> str:
        """What a conditional reference means."""
        match = _CONDITIONAL.fullmatch(reference)
        assert match is not None
        bases = self._interactions.bases(request.call)
        query = parse(match[1], parameters(match[2]), strict=True, bases=bases)
        found: list[Version] = []
        if query.clauses:
            page = msgspec.structs.replace(query, count=2)
            found = self._exchange.search(request.unit, request.viewer, page).matches
        if len(found) == 1:
            return f"{match[1]}/{found[0].id}"
        raise refused(
            412,
            "multiple-matches" if found else "not-found",
            "a conditional reference has to find exactly one resource; make it do so",
        )

    def _carry_out(self, request: Request, one: Planned) -> Answer:
        inner = self._inner(request, one)
        interaction = one.route.interaction
        if one.is_done:
            return self._as_found(inner, one)
        if interaction == "create":
            return self._interactions.create(inner, id=one.id)
        if interaction == "update":
            given = (one.entry.resource or {}).get("id")
            if one.condition is not None and one.existing is None and given is None:
                return self._interactions.create(inner, id=one.id)
            return self._interactions.update(inner, id=one.id)
        if interaction == "patch":
            return self._interactions.patch(inner)
        if interaction == "delete":
            return self._interactions.delete(inner) if one.id else Answer(status=204)
        return self._read(inner)

    def _as_found(self, request: Request, one: Planned) -> Answer:
        """The answer to a conditional create that makes nothing."""
        version = one.existing
        if version is None:
            version = self._exchange.read(request.unit, request.viewer, one.route.type, one.id)
        return written(Outcome(status=200, version=version), request)

    def _inner(self, request: Request, one: Planned) -> Request:
        route = one.route if one.creates else msgspec.structs.replace(one.route, id=one.id)
        return msgspec.structs.replace(request, call=one.entry.call, route=route)
