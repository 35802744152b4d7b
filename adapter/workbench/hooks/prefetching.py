"""How a client honors a prefetch template: in full, not at all, or as real clients do.

What is sent under a prefetch key says more than data: nothing, an error, the first page of several
(CDS Hooks 2.0, Prefetch), or Epic's way of saying that nothing was found (fhir.epic.com, CDS
Hooks). Each of them is made here from a chart, to see what a service makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from adapter.cds_client.chart import Chart
from adapter.cds_client.contexts import SOMEBODY, Moment
from adapter.cds_client.hook_calls import FhirServer, HookCall, PrefetchMode, hook_call

Mode = Literal["full", "missing", "null", "error", "paged", "epic"]

#: Each in a few words, and what a service is to make of it.
MODES: Mapping[Mode, tuple[str, str]] = {
    "full": ("Full", "Every key is answered from the chart."),
    "missing": (
        "Missing",
        "No key is sent, so nobody has looked: the service fetches, or answers 412.",
    ),
    "null": ("Null", "Every key is null: the client looked, and there is nothing."),
    "error": (
        "OperationOutcome",
        "The client's FHIR server failed: an OperationOutcome under each key.",
    ),
    "paged": ("Paged", "Of a search with several results the first page, with a next link."),
    "epic": (
        "Epic dialect",
        "fhirServer, Epic's extensions, and a warning in each Bundle of an empty search.",
    ),
}

_AS_CALLED: Mapping[Mode, PrefetchMode] = {"missing": "none", "null": "null", "error": "error"}

#: What made Epic call (`bpa-trigger-action`), where it is more than the hook says.
TRIGGERS: Mapping[str, str] = {
    "60": "open chart",
    "5": "general",
    "6": "enter problem",
    "7": "enter diagnosis",
    "18": "enter order",
    "23": "sign orders",
    "26": "inpatient admission",
    "27": "inpatient discharge",
    "29": "inpatient transfer",
}
_USUAL_TRIGGER = {"order-select": "18", "order-sign": "23"}
EPIC_HOOKS = ("patient-view", "order-select", "order-sign")

#: A server of nobody's, which no service is allowed to call.
_EPIC_SERVER = "https://epic.example.org/api/FHIR/R4"
_EPIC_TOKEN = "invented"  # noqa: S105 - opens nothing
_EPIC = "com.epic.cdshooks.request."
_PAGE = 2


class Dialect(Struct, frozen=True, kw_only=True):
    """How the client of a call writes."""

    mode: Mode = "full"
    leave_out: frozenset[str] = frozenset()
    #: Epic's trigger action; empty: the usual one of the hook.
    trigger: str = ""
    server: FhirServer | None = None


def mode_named(name: str) -> Mode:
    """The mode of that name; `full` for anything else."""
    return next((one for one in get_args(Mode) if one == name), "full")


def made_call(
    service: Mapping[str, Any], chart: Chart, moment: Moment, dialect: Dialect
) -> HookCall:
    """A call of the service as such a client would send it.

    Raises:
        UnusableInput: as `hook_call` does.
    """
    is_epic = dialect.mode == "epic"
    server = dialect.server
    if is_epic and server is None:
        server = FhirServer(url=_EPIC_SERVER, token=_EPIC_TOKEN, scope="PATIENT.READ (R4)")
    if is_epic and moment.user == SOMEBODY:
        moment = msgspec.structs.replace(moment, user="PractitionerRole/example")
    call = hook_call(
        service,
        chart,
        moment,
        prefetch=_AS_CALLED.get(dialect.mode, "full"),
        leave_out=dialect.leave_out,
        server=server,
    )
    if dialect.mode == "paged":
        return _paged(call, server.url if server else "https://ehr.example.org/r4")
    return _as_epic(call, dialect.trigger) if is_epic else call


def _paged(call: HookCall, server: str) -> HookCall:
    prefetch = dict(call.body.get("prefetch", {}))
    sent = dict(call.sent)
    for key, value in prefetch.items():
        entries = _entries(value)
        if len(entries) <= _PAGE:
            continue
        kind = entries[0]["resource"]["resourceType"]
        link = {"relation": "next", "url": f"{server.rstrip('/')}/{kind}?_page=2"}
        prefetch[key] = value | {"link": [link], "entry": entries[:_PAGE]}
        sent[key] = f"{_PAGE} of {len(entries)}, next page linked"
    notes = list(call.notes)
    if sent == call.sent:
        notes.append(f"nothing is paged: no search has more than {_PAGE} results")
    return _with(call, {"prefetch": prefetch} if prefetch else {}, sent, notes)


def _as_epic(call: HookCall, trigger: str) -> HookCall:
    hook = call.body["hook"]
    prefetch = dict(call.body.get("prefetch", {}))
    sent = dict(call.sent)
    for key, value in prefetch.items():
        if (
            isinstance(value, dict)
            and value.get("resourceType") == "Bundle"
            and not _entries(value)
        ):
            prefetch[key] = value | {
                "entry": [{"resource": _NOTHING, "search": {"mode": "outcome"}}]
            }
            sent[key] = "0, with a warning"
    extension = {
        f"{_EPIC}bpa-trigger-action": trigger or _USUAL_TRIGGER.get(hook, "60"),
        f"{_EPIC}cds-hooks-specification-version": "1.1",
        f"{_EPIC}fhir-version": "R4",
        f"{_EPIC}criteria-id": "1000",
        f"{_EPIC}epic-version": "11.3",
    }
    notes = list(call.notes)
    if hook not in EPIC_HOOKS:
        notes.append(
            f"Epic has no {hook}: it sends patient-view with the trigger action that says what "
            "happened"
        )
    more: dict[str, Any] = {"extension": extension}
    return _with(call, more | ({"prefetch": prefetch} if prefetch else {}), sent, notes)


def _with(call: HookCall, more: dict[str, Any], sent: dict[str, str], notes: list[str]) -> HookCall:
    return HookCall(body=call.body | more, sent=sent, notes=tuple(notes))


def _entries(value: Any) -> list[Any]:
    found = value.get("entry") if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


#: What Epic puts into a Bundle of a search that found nothing.
_NOTHING = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "warning",
            "code": "processing",
            "details": {
                "coding": [
                    {
                        "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369",
                        "code": "4101",
                        "display": "Resource request returns no results.",
                    }
                ],
                "text": "Resource request returns no results.",
            },
        }
    ],
}
