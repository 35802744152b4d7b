"""Operations (`$name`): how they are called, and what they are given.

https://hl7.org/fhir/R4/operations.html. Each stands in a `Definition` of the table and answers a
resource. Parameters come in the query of a GET, or in a Parameters resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from adapter.fhir_api.call import Call
from adapter.fhir_api.document import Document, read_document
from adapter.fhir_api.faults import refused
from adapter.fhir_api.interactions import OF_THE_ANSWER, Request
from adapter.fhir_api.routing import Route
from adapter.fhir_api.table import Definition
from adapter.store.records import AuditEntry, Viewer

if TYPE_CHECKING:
    from adapter.store.resources import Unit


class Asked(Struct, frozen=True, kw_only=True):
    """A call of an operation."""

    unit: Unit
    viewer: Viewer
    call: Call
    route: Route
    #: Name → values of simple parameters, as text.
    params: Mapping[str, tuple[str, ...]]
    #: The body; None: there is none.
    document: Document | None

    def one(self, name: str) -> str | None:
        """The value of a parameter that stands once; None: it is not given.

        Raises:
            Refused: 400, it is given more than once.
        """
        values = self.params.get(name, ())
        if len(values) > 1:
            raise refused(400, "value", f"parameter {name} is given more than once")
        return values[0] if values else None

    def resources(self, name: str) -> list[dict[str, Any]]:
        """The resources that a parameter gives, in order."""
        given = self.document.data.get("parameter") if self.document else None
        return [
            one["resource"]
            for one in (given if isinstance(given, list) else ())
            if isinstance(one, dict)
            and one.get("name") == name
            and isinstance(one.get("resource"), dict)
        ]


class Operation(Struct, frozen=True, kw_only=True):
    """An operation that this server has."""

    definition: Definition
    #: Gives the resource that is answered; raises `Refused`.
    answer: Callable[[Asked], dict[str, Any]]


def asked(request: Request) -> Asked:
    """What an operation is given, and an entry of the audit for it.

    Raises:
        Refused: 400, the body cannot be read.
    """
    call, route = request.call, request.route
    values: dict[str, list[str]] = {}
    for name, value in call.query:
        if name not in OF_THE_ANSWER:
            values.setdefault(name, []).append(value)
    document = read_document(call.body, exact=True) if call.body.strip() else None
    if document is not None and document.type == "Parameters":
        for one in _list(document.data.get("parameter")):
            simple = _simple(one)
            if simple is not None:
                values.setdefault(simple[0], []).append(simple[1])
    viewer = request.viewer
    operation = route.operation.name if route.operation else ""
    request.unit.audit(
        AuditEntry(
            at=request.unit.now,
            tenant=viewer.tenant,
            client=viewer.client,
            party=viewer.party,
            action=f"${operation}",
            outcome="success",
            entity="/".join(one for one in (route.type, route.id) if one),
            purpose=viewer.purpose,
        )
    )
    return Asked(
        unit=request.unit,
        viewer=viewer,
        call=call,
        route=route,
        params={name: tuple(each) for name, each in values.items()},
        document=document,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _simple(parameter: Any) -> tuple[str, str] | None:
    """Name and value of a parameter with a primitive value."""
    if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
        return None
    for key, value in parameter.items():
        if key.startswith("value") and not isinstance(value, dict | list):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            return parameter["name"], text
    return None
