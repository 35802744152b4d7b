"""Reading and writing one resource over FHIR, each as one function of a unit of work.

https://hl7.org/fhir/R4/http.html: read, vread, create, update, patch, delete, and the same on a
condition. What is allowed is decided by the exchange; here requests become calls of it, and what
comes back becomes answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw, Struct

from adapter.fhir_api.answers import of_version, outcome_body
from adapter.fhir_api.call import Answer, Call, parameters
from adapter.fhir_api.document import Document, read_document
from adapter.fhir_api.exchange import Exchange, Outcome
from adapter.fhir_api.faults import Issue, not_found, refused
from adapter.fhir_api.patching import Change, read_patch
from adapter.fhir_api.preferences import (
    Preferences,
    if_match,
    is_unchanged,
    version_headers,
)
from adapter.fhir_api.routing import Route
from adapter.fhir_api.views import view_of
from adapter.search.parsing import parse
from adapter.search.query import Query
from adapter.store.records import Version, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Parameters of any request that say how the answer looks.
OF_THE_ANSWER = frozenset({"_format", "_pretty", "_summary", "_elements"})


class Request(Struct, frozen=True, kw_only=True):
    """A call, with what is known of it when it is carried out."""

    unit: Unit
    viewer: Viewer
    call: Call
    route: Route
    preferences: Preferences


class Interactions:
    """Reads and writes of single resources."""

    def __init__(self, exchange: Exchange, bases: tuple[str, ...] = ()) -> None:
        """Put it together.

        Args:
            exchange: carries them out.
            bases: under which this server is known, besides the one of the call.
        """
        self._exchange, self._bases = exchange, bases

    def read(self, request: Request) -> Answer:
        """The present version, or 304 where the client has it."""
        route = request.route
        found = self._exchange.read(request.unit, request.viewer, route.type, route.id)
        if is_unchanged(request.call, found):
            return Answer(status=304, headers=version_headers(found))
        return _shown(found, request)

    def vread(self, request: Request) -> Answer:
        """One version, which never changes."""
        route = request.route
        found = self._exchange.vread(
            request.unit, request.viewer, route.type, route.id, route.version
        )
        if is_unchanged(request.call, found):
            return Answer(status=304, headers=version_headers(found))
        return _shown(found, request)

    def create(self, request: Request, *, id: str = "") -> Answer:
        """A new resource, or the one that If-None-Exist finds.

        Parameters of the address are such a condition too, as fhirpy's `get_or_create` sends them:
        passing them over would make a second resource.
        """
        condition = None
        if not id:
            condition = self.condition(request, request.call.header("if-none-exist"))
        outcome = self._exchange.create(
            request.unit,
            request.viewer,
            request.route.type,
            request.call.body,
            if_none_exist=condition,
            id=id,
        )
        return written(outcome, request)

    def update(self, request: Request, *, id: str = "") -> Answer:
        """The next version of a resource named by its id or found by a condition.

        Args:
            request: to carry out.
            id: what its condition has found already, in a transaction.
        """
        route, body = request.route, request.call.body
        if route.id and not id:
            return self._update(request, route.id, body)
        document = read_document(body)
        sent = document.data.get("id")
        if not id:
            found = self._found(request)
            if found is None and sent is None:
                outcome = self._exchange.create(request.unit, request.viewer, route.type, document)
                return written(outcome, request)
            id = found.id if found is not None else str(sent)
        if sent not in (None, id):
            raise refused(
                400, "value", "the resource has another id than the one it is to replace", "id"
            )
        return self._update(request, id, _with_id(document, id))

    def _update(self, request: Request, id: str, body: bytes | Document) -> Answer:
        outcome = self._exchange.update(
            request.unit,
            request.viewer,
            request.route.type,
            id,
            body,
            if_match=if_match(request.call),
        )
        return written(outcome, request)

    def patch(self, request: Request, *, change: Change | None = None) -> Answer:
        """The next version, changed from the present one."""
        route = request.route
        change = change or read_patch(request.call)
        id = route.id
        if not id:
            found = self._found(request)
            if found is None:
                raise not_found(route.type, "")
            id = found.id
        outcome = self._exchange.patch(
            request.unit,
            request.viewer,
            route.type,
            id,
            change,
            if_match=if_match(request.call),
        )
        return written(outcome, request)

    def delete(self, request: Request) -> Answer:
        """Gone, as far as it may be; what a condition does not find is gone already."""
        id = request.route.id
        if not id:
            found = self._found(request)
            if found is None:
                return Answer(status=204)
            id = found.id
        outcome = self._exchange.delete(
            request.unit,
            request.viewer,
            request.route.type,
            id,
            if_match=if_match(request.call),
        )
        return Answer(status=204, headers={"ETag": version_headers(outcome.version)["ETag"]})

    def condition(self, request: Request, header: str | None = None) -> Query | None:
        """The search that a header or the address states; None: neither does.

        Raises:
            Refused: 400, it cannot be understood as a whole. Half a condition would find too much.
        """
        pairs = [
            pair for pair in request.call.query if pair[0] not in OF_THE_ANSWER and pair != ("", "")
        ]
        if header is not None:
            pairs = [*parameters(header.partition("?")[2] or header), *pairs]
        if not pairs:
            return None
        query = parse(request.route.type, pairs, strict=True, bases=self.bases(request.call))
        if not query.clauses:
            raise _no_condition()
        return query

    def bases(self, call: Call) -> tuple[str, ...]:
        """Under which this server is known."""
        return tuple(dict.fromkeys((call.base, *self._bases))) if call.base else self._bases

    def _found(self, request: Request) -> Version | None:
        """What the condition of the address finds."""
        query = self.condition(request)
        if query is None:
            raise _no_condition()
        return self._exchange.only(request.unit, request.viewer, query)


def _shown(version: Version, request: Request) -> Answer:
    answer = of_version(version)
    answer.body = view_of(request.call.query).of(version.body)
    return answer


def written(outcome: Outcome, request: Request) -> Answer:
    """The answer to a write."""
    version = outcome.version
    answer = Answer(status=outcome.status, headers=version_headers(version))
    place = f"{version.type}/{version.id}"
    if request.route.interaction == "create" or outcome.status == 201:
        answer.headers["Location"] = f"{request.call.base}/{place}/_history/{version.version}"
    if applied := request.preferences.applied:
        answer.headers["Preference-Applied"] = ", ".join(applied)
    if request.preferences.answer == "OperationOutcome":
        done = {200: "is stored", 201: "was created"}[outcome.status]
        words = f"{place} {done} as version {version.version}"
        issue = Issue(severity="information", code="informational", diagnostics=words)
        answer.body = outcome_body([issue])
    elif request.preferences.answer == "representation" and not outcome.hidden:
        answer.body, answer.version = version.body, version
    return answer


def _with_id(document: Document, id: str) -> Document:
    return Document(
        {**document.raw, "id": Raw(msgspec.json.encode(id))}, {**document.data, "id": id}
    )


def _no_condition() -> Exception:
    return refused(
        400,
        "required",
        "the address names no resource and no condition; add an id, or search parameters",
    )
