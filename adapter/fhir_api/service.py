"""The FHIR endpoint, whatever carries it: a call goes in, an answer as bytes comes out.

In this order: the form of the answer, who asks, what is asked for, the form of the body, then one
unit of work. Every refusal is an OperationOutcome in the form that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

import msgspec
from msgspec import Struct

from adapter.fhir_api.answers import as_asked, refusal
from adapter.fhir_api.batches import Batches
from adapter.fhir_api.call import XML_TYPES, Answer, Call
from adapter.fhir_api.capability import Described, capability_statement
from adapter.fhir_api.carrying import Carrier, Other
from adapter.fhir_api.exchange import Exchange
from adapter.fhir_api.faults import Issue, Refused, refused
from adapter.fhir_api.interactions import Request
from adapter.fhir_api.negotiation import Wanted, sent_format, wanted
from adapter.fhir_api.operations import Operation
from adapter.fhir_api.preferences import preferences
from adapter.fhir_api.repeats import key_of
from adapter.fhir_api.routing import Route, allowed
from adapter.security.telling import notice
from adapter.store.records import Viewer
from cds_hooks.errors import NotStored


class Rendered(Struct, frozen=True, kw_only=True):
    """An answer as it is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Served(Struct, kw_only=True):
    """What is counted of a call; nothing of it is about a person."""

    #: Of the table, or the name of an operation; empty: it was refused before that was known.
    interaction: str = ""
    type: str = ""
    client: str = ""
    status: int = 0
    milliseconds: float = 0.0


class FhirService:
    """Answers calls; any number of threads may use it."""

    def __init__(  # noqa: PLR0913 - its parts
        self,
        exchange: Exchange,
        identify: Callable[[str | None, str], Viewer],
        *,
        described: Described | None = None,
        operations: Sequence[Operation] = (),
        others: Mapping[str, Other] | None = None,
        bases: tuple[str, ...] = (),
        observe: Callable[[Served], None] = lambda _: None,
    ) -> None:
        """Put it together.

        Args:
            exchange: carries everything out.
            identify: headers `Authorization` and `Host` → whose eyes; raises `Refused`.
            described: what the CapabilityStatement says beside the tables.
            operations: the `$operations` there are.
            others: type → what answers for resources that are not in the store as they are shown.
            bases: FHIR base URLs under which this server is known, without a slash at the end.
            observe: told of every call; must not raise.
        """
        self._identify, self._observe = identify, observe
        self._described = described or Described()
        self._carrier = Carrier(exchange, operations=operations, others=others, bases=bases)
        self._batches = Batches(self._carrier)

    def answer(self, call: Call) -> Rendered:
        """The answer to a call.

        What is refused, and what the database does not take, is an answer too.
        """
        form, served, began = Wanted(), Served(), perf_counter()
        try:
            form = wanted(call)
            answer = self._answered(call, served)
        except Refused as fault:
            answer = refusal(fault)
        except NotStored:
            answer = refusal(_not_stored())
        rendered = _rendered(answer, form)
        served.status, served.milliseconds = (
            rendered.status,
            round((perf_counter() - began) * 1000, 1),
        )
        self._observe(served)
        return rendered

    def refused(self, call: Call, fault: Refused) -> Rendered:
        """The answer to what is refused before it becomes a call, as a body that is too long."""
        try:
            form = wanted(call)
        except Refused:
            form = Wanted()
        return _rendered(refusal(fault), form)

    def allowed(self, call: Call) -> Rendered:
        """The answer to OPTIONS."""
        try:
            headers = {"Allow": allowed(call, self._carrier.definitions)}
            return Rendered(status=204, headers=headers, body=b"")
        except Refused as fault:
            return self.refused(call, fault)

    def _answered(self, call: Call, served: Served) -> Answer:
        carrier = self._carrier
        if call.path == ("metadata",):
            served.interaction = carrier.route(call).interaction
            definitions = list(carrier.definitions.values())
            statement = capability_statement(call.base, self._described, definitions)
            return Answer(status=200, headers={"Cache-Control": "no-cache"}, body=statement)
        viewer = self._identify(call.header("authorization"), call.headers.get("host", ""))
        served.client = viewer.client
        try:
            found = carrier.route(call)
            operation = found.operation
            served.type = found.type
            served.interaction = f"${operation.name}" if operation else found.interaction
            call = _in_json(call, found)
            key = key_of(call) if found.writes else None
        except Refused as fault:
            carrier.exchange.tell_refusal(viewer, fault)
            raise
        if found.interaction == "batch":
            return self._batches.answer(viewer, call, key)
        with carrier.exchange.session(viewer, writing=found.writes) as unit:
            request = Request(
                unit=unit, viewer=viewer, call=call, route=found, preferences=preferences(call)
            )
            answer = carrier.once(request, key, lambda: carrier.carry_out(request))
            along = notice(unit.audited)
            if along is not None:
                answer.headers |= along.headers
            return answer


def _in_json(call: Call, found: Route) -> Call:
    """The call with its body in JSON, if that is a resource."""
    if found.interaction == "patch":
        is_xml = call.media_type in XML_TYPES
    elif found.interaction in ("create", "update", "batch") or (
        found.operation is not None and call.method == "POST" and call.body.strip()
    ):
        is_xml = sent_format(call) == "xml"
    else:
        return call
    if not is_xml:
        return call
    from profiles.xml import NotFhirXml, to_json

    try:
        body = to_json(call.body)
    except NotFhirXml as fault:
        status, code = (413, "too-long") if fault.too_large else (400, "structure")
        words = f"the body cannot be read: {fault}; send one FHIR resource"
        raise refused(status, code, words) from None
    headers = {**call.headers, "content-type": "application/fhir+json"}
    return msgspec.structs.replace(call, body=body, headers=headers)


def _rendered(answer: Answer, form: Wanted) -> Rendered:
    headers = {"Cache-Control": "no-store", **answer.headers}
    body = as_asked(answer.body, form)
    if body:
        headers["Content-Type"] = form.media_type
    return Rendered(status=answer.status, headers=headers, body=body)


def _not_stored() -> Refused:
    return Refused(
        503,
        Issue(
            code="transient",
            diagnostics="the database did not keep it or could not be asked; nothing was changed, "
            "try again",
        ),
        headers={"Retry-After": "5"},
    )
