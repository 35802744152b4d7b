"""From method and path to an interaction (https://hl7.org/fhir/R4/http.html), by the table."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from adapter.fhir_api.call import Call
from adapter.fhir_api.document import check_id
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.table import TABLE, Definition, level_of


class Route(Struct, frozen=True, kw_only=True):
    """What a request asks for."""

    #: An interaction of the table, one of the system (`capabilities`, `batch`, `search-system`,
    #: `history-system`), or `operation`.
    interaction: str
    type: str = ""
    #: Empty where the resource is named by a condition.
    id: str = ""
    #: Of a vread.
    version: str = ""
    #: Type and id, as in `Patient/1/Task`.
    compartment: tuple[str, str] | None = None
    operation: Definition | None = None

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        if self.operation is not None:
            return self.operation.writes
        return self.interaction in ("create", "update", "patch", "delete", "batch")


#: Method → interaction: on a type, and on one resource.
_ON_TYPE = {
    "GET": "search-type",
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_ON_INSTANCE = {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_ON_SYSTEM = {"GET": "search-system", "POST": "batch"}


def route(call: Call, operations: Mapping[str, Definition]) -> Route:
    """What a request asks for.

    Raises:
        Refused: 404 where there is nothing at the address, 405 where other methods are.
    """
    path = call.path
    if path and path[-1].startswith("$"):
        return _operation(call, operations)
    if not path:
        return Route(interaction=_by_method(call, _ON_SYSTEM))
    if path == ("metadata",):
        return Route(interaction=_by_method(call, {"GET": "capabilities"}))
    if path == ("_history",):
        return Route(interaction=_by_method(call, {"GET": "history-system"}))
    if path == ("_search",):
        return Route(interaction=_by_method(call, {"POST": "search-system"}))
    return _below_type(call, _known(path[0]), path[1:])


def allowed(call: Call, operations: Mapping[str, Definition]) -> str:
    """The methods that an address answers, for `Allow`.

    Raises:
        Refused: 404.
    """
    try:
        route(msgspec.structs.replace(call, method="OPTIONS"), operations)
    except Refused as fault:
        if fault.status != 405:
            raise
        return fault.headers["Allow"]
    raise AssertionError("no address has an interaction for OPTIONS")


def _below_type(call: Call, type: str, rest: tuple[str, ...]) -> Route:
    if rest == ("_history",):
        return _in_table(call, Route(interaction="history-type", type=type), "GET")
    if rest == ("_search",):
        return _in_table(call, Route(interaction="search-type", type=type), "POST")
    if not rest:
        methods = {m: i for m, i in _ON_TYPE.items() if i in TABLE[type].interactions}
        return Route(interaction=_by_method(call, methods), type=type)
    id = rest[0]
    check_id(id)
    if len(rest) == 1:
        methods = {m: i for m, i in _ON_INSTANCE.items() if i in TABLE[type].interactions}
        return Route(interaction=_by_method(call, methods), type=type, id=id)
    if rest[1] == "_history" and len(rest) <= 3:
        if len(rest) == 2:
            return _in_table(call, Route(interaction="history-instance", type=type, id=id), "GET")
        found = Route(interaction="vread", type=type, id=id, version=rest[2])
        return _in_table(call, found, "GET")
    if rest[1] in TABLE or rest[1] == "*":
        found = Route(
            interaction="search-type" if rest[1] in TABLE else "search-system",
            type=rest[1] if rest[1] in TABLE else "",
            compartment=(type, id),
        )
        if len(rest) == 2:
            return _in_table(call, found, "GET")
        if rest[2:] == ("_search",):
            return _in_table(call, found, "POST")
    raise _nothing()


def _in_table(call: Call, found: Route, method: str) -> Route:
    if found.type and found.interaction not in TABLE[found.type].interactions:
        raise refused(404, "not-supported", f"{found.type} has no {found.interaction} here")
    _by_method(call, {method: found.interaction})
    return found


def _operation(call: Call, operations: Mapping[str, Definition]) -> Route:
    *place, name = call.path
    type = _known(place[0]) if place else ""
    id = place[1] if len(place) > 1 else ""
    if id:
        check_id(id)
    found = operations.get(name[1:])
    if found is None or len(place) > 2 or not level_of(found, type, id):
        raise refused(
            404,
            "not-supported",
            "there is no such operation at this address; the CapabilityStatement lists those "
            "there are",
        )
    methods = {"POST": name} if found.writes else {"GET": name, "POST": name}
    _by_method(call, methods)
    return Route(interaction="operation", type=type, id=id, operation=found)


def _known(type: str) -> str:
    if type not in TABLE:
        raise refused(
            404,
            "not-supported",
            "there are no resources of such a type here; GET metadata lists the types there are",
        )
    return type


def _by_method(call: Call, methods: Mapping[str, str]) -> str:
    method = "GET" if call.method == "HEAD" else call.method
    if method not in methods:
        if not methods:
            raise _nothing()
        allow = sorted({*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS"})
        raise Refused(
            405,
            *refused(
                405,
                "not-supported",
                "this address answers other methods; the Allow header lists them",
            ).issues,
            headers={"Allow": ", ".join(allow)},
        )
    return methods[method]


def _nothing() -> Refused:
    return refused(
        404, "not-found", "there is nothing at this address; GET metadata lists what there is"
    )
