"""What a client tells of the moment: the `context` of a hook call (CDS Hooks library).

The fields of each hook come from its definition (`cds_hooks.catalogue`). What a hook is about, an
order or a visit being booked, is taken from the chart where that holds a draft; otherwise one is
made up, and said to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from adapter.cds_client.chart import Chart, Resource
from adapter.errors import UnusableInput
from cds_hooks.catalogue import HOOKS

#: Where nobody is named: any service takes it, no service knows it.
SOMEBODY = "Practitioner/example"

_ORDERS = ("ServiceRequest", "MedicationRequest", "DeviceRequest", "NutritionOrder")


class Moment(Struct, frozen=True, kw_only=True):
    """What the caller says of the moment; the chart says the rest."""

    user: str = SOMEBODY
    #: Id of the encounter; None: the chart's latest where the hook requires one.
    encounter: str | None = None
    #: Fields that stand in place of those made here, and for hooks not known here.
    fields: dict[str, Any] = {}


class Told(Struct, frozen=True, kw_only=True):
    """A context, and what of it was made up."""

    context: dict[str, Any]
    made_up: tuple[str, ...] = ()


def context_of(hook: str, chart: Chart, moment: Moment) -> Told:
    """The context of a call of `hook` for the chart's patient.

    A hook that is not known here gets its user, patient and encounter, and `moment.fields`.

    Raises:
        UnusableInput: the hook requires an encounter, and there is none.
    """
    context: dict[str, Any] = {"userId": moment.user, "patientId": chart.patient_id}
    if moment.encounter:
        context["encounterId"] = moment.encounter
    made_up = []
    if (known := HOOKS.get(hook)) is not None:
        names = {field.name for field in known.fields}
        required = {field.name for field in known.fields if field.required}
        if "userId" not in names:
            del context["userId"]
        for name in sorted(required - context.keys() - moment.fields.keys()):
            context[name], invented = _FIELDS[name](chart)
            if invented:
                made_up.append(f"context.{name}")
        if "selections" in context and "draftOrders" in context:
            context["selections"] = _selected(context["draftOrders"])
    return Told(context=context | moment.fields, made_up=tuple(made_up))


def _encounter(chart: Chart) -> tuple[Any, bool]:
    found = [one for one in chart.of_type("Encounter") if isinstance(one.get("id"), str)]
    if not found:
        raise UnusableInput(
            "this hook is about an encounter, and the file holds none; name one with --encounter ID"
        )
    return max(found, key=_begins)["id"], False


def _begins(encounter: Resource) -> str:
    period = encounter.get("period")
    return str(period.get("start", "")) if isinstance(period, dict) else ""


def _drafts(
    *types: str, statuses: tuple[str, ...], invented: Callable[[Chart], Resource]
) -> Callable[[Chart], tuple[Any, bool]]:
    """A Bundle of the chart's drafts of these types, or of one that is made up."""

    def bundle(chart: Chart) -> tuple[Any, bool]:
        found = [
            one
            for t in types
            for one in chart.of_type(t)
            if not statuses or _status(one) in statuses
        ]
        drafts = found or [invented(chart)]
        entries = [{"resource": one} for one in drafts]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}, not found

    return bundle


def _status(resource: Resource) -> str:
    return str(resource.get("status", ""))


def _order(chart: Chart) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": "draft-order",
        "status": "draft",
        "intent": "order",
        "code": {"text": "Referral to a social worker"},
        "subject": {"reference": f"Patient/{chart.patient_id}"},
    }


def _appointment(chart: Chart) -> Resource:
    return {
        "resourceType": "Appointment",
        "id": "draft-appointment",
        "status": "proposed",
        "description": "Primary care visit",
        "participant": [
            {
                "actor": {"reference": f"Patient/{chart.patient_id}"},
                "status": "needs-action",
            }
        ],
    }


def _condition(chart: Chart) -> Resource:
    return {
        "resourceType": "Condition",
        "id": "draft-condition",
        "clinicalStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
                    "code": "active",
                }
            ]
        },
        "code": {
            "coding": [
                {
                    "system": "http://hl7.org/fhir/sid/icd-10-cm",
                    "code": "Z59.01",
                    "display": "Sheltered homelessness",
                }
            ]
        },
        "subject": {"reference": f"Patient/{chart.patient_id}"},
    }


def _selected(drafts: dict[str, Any]) -> list[str]:
    resources = [entry["resource"] for entry in drafts["entry"]]
    return [f"{one['resourceType']}/{one['id']}" for one in resources if one.get("id")]


def _dispatched(chart: Chart) -> tuple[Any, bool]:
    orders = [one for t in _ORDERS for one in chart.of_type(t) if one.get("id")]
    if not orders:
        return ["ServiceRequest/example"], True
    return [f"{one['resourceType']}/{one['id']}" for one in orders], False


_orders = _drafts(*_ORDERS, statuses=("draft",), invented=_order)

#: How each required field is made: its value, and whether it was made up.
_FIELDS: dict[str, Callable[[Chart], tuple[Any, bool]]] = {
    "encounterId": _encounter,
    "draftOrders": _orders,
    "selections": lambda chart: (_selected(_orders(chart)[0]), False),
    "dispatchedOrders": _dispatched,
    "performer": lambda _: ("Organization/example", True),
    "appointments": _drafts("Appointment", statuses=("proposed",), invented=_appointment),
    "conditions": _drafts("Condition", statuses=("draft",), invented=_condition),
}
