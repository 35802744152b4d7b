"""The body of a hook call, made from a service's entry in discovery and a chart.

Source: CDS Hooks 2.0, HTTP Request. A client may keep to the rules or break them on purpose, to see
what a service makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from adapter import ids
from adapter.cds_client.chart import Chart
from adapter.cds_client.contexts import Moment, context_of
from adapter.errors import UnusableInput
from cds_hooks.queries import resolve

#: `full`: every key answered. `none`: no prefetch. `null`: the client looked, there is nothing.
#: `error`: the client's own server failed, an OperationOutcome for each key.
PrefetchMode = Literal["full", "none", "null", "error"]

_FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "error",
            "code": "exception",
            "diagnostics": "the FHIR server is not available",
        }
    ],
}


class FhirServer(Struct, frozen=True, kw_only=True):
    """The client's FHIR server, and a token for it."""

    url: str
    #: Empty: the service is given none.
    token: str = ""
    scope: str = "patient/*.rs"

    def __repr__(self) -> str:
        """Tells neither server nor token."""
        return "FhirServer(…)"


class HookCall(Struct, frozen=True, kw_only=True):
    """A call ready to be sent."""

    body: dict[str, Any]
    #: By prefetch key, what is sent for it, in words.
    sent: dict[str, str]
    #: What a reader should know of how it was made.
    notes: tuple[str, ...] = ()


def hook_call(
    service: Mapping[str, Any],
    chart: Chart,
    moment: Moment,
    *,
    prefetch: PrefetchMode = "full",
    leave_out: frozenset[str] = frozenset(),
    server: FhirServer | None = None,
) -> HookCall:
    """The call of a service, as its entry in discovery asks for it.

    Args:
        service: the entry: `id`, `hook`, `prefetch`.
        chart: the patient.
        moment: what the caller says of the moment.
        prefetch: how the template is honored.
        leave_out: prefetch keys that are not sent.
        server: sent as `fhirServer` and `fhirAuthorization`.

    Raises:
        UnusableInput: a key to leave out is not in the template, or the hook's context lacks
            something.
    """
    hook = str(service["hook"])
    told = context_of(hook, chart, moment)
    body: dict[str, Any] = {"hook": hook, "hookInstance": ids.new_uuid()}
    if server is not None:
        body |= _access(server, chart)
    body["context"] = told.context
    template = {str(key): str(query) for key, query in (service.get("prefetch") or {}).items()}
    if unknown := leave_out - template.keys():
        raise UnusableInput(
            f"the service asks for no prefetch key {', '.join(sorted(unknown))}; it asks for "
            f"{', '.join(template) or 'none'}"
        )
    notes = [f"{name} is made up" for name in told.made_up]
    values, sent = {}, {}
    for key, query in template.items():
        filled = resolve(query, _tokens(told.context))
        if key in leave_out or prefetch == "none" or filled is None:
            sent[key] = "not sent" if filled is not None else f"not sent: no value for {query}"
            continue
        values[key], sent[key], ignored = _value(prefetch, chart, filled)
        notes += [f"prefetch {key}: {name!r} was not evaluated" for name in ignored]
    if values:
        body["prefetch"] = values
    return HookCall(body=body, sent=sent, notes=tuple(notes))


def _value(
    mode: PrefetchMode, chart: Chart, query: str
) -> tuple[dict[str, Any] | None, str, tuple[str, ...]]:
    if mode == "null":
        return None, "null", ()
    if mode == "error":
        return _FAILED, "an OperationOutcome", ()
    answered = chart.answer(query)
    if answered.value is None:
        return None, "null", ()
    count = answered.value["total"] if answered.value["resourceType"] == "Bundle" else 1
    return answered.value, str(count), answered.ignored


def _tokens(context: Mapping[str, Any]) -> dict[str, str]:
    """What prefetch tokens may stand for: root fields that are texts (cds-hooks_2.0@57)."""
    return {f"context.{name}": v for name, v in context.items() if isinstance(v, str)}


def _access(server: FhirServer, chart: Chart) -> dict[str, Any]:
    sent: dict[str, Any] = {"fhirServer": server.url}
    if server.token:
        sent["fhirAuthorization"] = {
            "access_token": server.token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": server.scope,
            # The service's client id at the FHIR server.
            "subject": "ecm",
            "patient": chart.patient_id,
        }
    return sent
