"""order-select, order-sign and order-dispatch: services are ordered that ECM should go along with.

Hook definitions: order-select 1.0, order-sign 1.0, order-dispatch 1.1 (and 1.0, whose `order` is
read). An order for a service is a ServiceRequest: a referral, home health, a stay, a study. Orders
of medicines and devices alone get no card; their moment is too frequent for it. Where one of the
drafts is a referral to ECM already, the card weighs it and suggests no second one.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from msgspec import Raw, Struct

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.reading import Call
from cds_hooks.services import Service
from profiles.canonicals import HCPCS, SNOMED_CT

#: What says that an order is a referral to ECM: case management (SNOMED CT), coordinated care
#: (HCPCS, the codes Medi-Cal pays ECM by).
_ECM_CODES = frozenset({(SNOMED_CT, "386230005"), (HCPCS, "G9008"), (HCPCS, "G9012")})


class _Coding(Struct):
    system: str | None = None
    code: str | None = None


class _Concept(Struct):
    coding: list[_Coding] | None = None


class _Order(Struct, rename="camel"):
    resource_type: str = ""
    id: str = ""
    status: str = ""
    code: Raw = Raw(b"null")


class _Entry(Struct):
    resource: Raw = Raw(b"null")


class _Bundle(Struct):
    entry: list[_Entry] | None = None


_CONCEPT = msgspec.json.Decoder(_Concept | None)
_ORDER = msgspec.json.Decoder(_Order | None)
_DRAFTS = msgspec.json.Decoder(_Bundle)
_REFERENCES = msgspec.json.Decoder(list[str])


def _service_orders(call: Call) -> list[_Order]:
    """The ServiceRequests among the drafts; what cannot be read is none."""
    try:
        entries = _DRAFTS.decode(call.context["draftOrders"]).entry or []
    except msgspec.DecodeError:
        return []
    orders = []
    for entry in entries:
        try:
            order = _ORDER.decode(entry.resource)
        except msgspec.DecodeError:
            continue
        if order is not None and order.resource_type == "ServiceRequest":
            orders.append(order)
    return orders


def _refers_to_ecm(order: _Order) -> bool:
    try:
        concept = _CONCEPT.decode(order.code)
    except msgspec.DecodeError:
        return False
    codings = (concept.coding if concept is not None else None) or []
    return any((one.system, one.code) in _ECM_CODES for one in codings)


def _view(orders: Collection[_Order], drafts: Collection[_Order]) -> View | None:
    if not orders:
        return None
    referring = any(_refers_to_ecm(draft) for draft in drafts)
    return View(moment=Moment(kind="order", already_referring=referring))


def _select(call: Call) -> View | None:
    selected = set(_REFERENCES.decode(call.context["selections"]))
    drafts = _service_orders(call)
    chosen = [one for one in drafts if f"{one.resource_type}/{one.id}" in selected]
    return _view(chosen, drafts)


def _sign(call: Call) -> View | None:
    drafts = _service_orders(call)
    return _view([one for one in drafts if one.status != "entered-in-error"], drafts)


def _dispatch(call: Call) -> View | None:
    orders = call.context.get("dispatchedOrders")
    dispatched = _REFERENCES.decode(orders) if orders is not None else [_order_of_1_0(call)]
    if not any(one.startswith("ServiceRequest/") for one in dispatched):
        return None
    return View(moment=Moment(kind="dispatch"))


def _order_of_1_0(call: Call) -> str:
    return msgspec.json.decode(call.context["order"], type=str)


_SILENT = " Orders of medicines and devices alone get no card."

SELECT = Service(
    id="ecm-order-select",
    hook="order-select",
    title="Enhanced Care Management (ECM) with an order",
    description=(
        "When a service or referral is chosen: says whether the member may qualify for Enhanced "
        "Care Management beside it." + _SILENT
    ),
    look=_select,
)

SIGN = Service(
    id="ecm-order-sign",
    hook="order-sign",
    title="Enhanced Care Management (ECM) with signed orders",
    description=(
        "When services or referrals are signed: says whether the member may qualify for Enhanced "
        "Care Management beside them, and weighs a referral to it that is among them." + _SILENT
    ),
    look=_sign,
)

DISPATCH = Service(
    id="ecm-order-dispatch",
    hook="order-dispatch",
    title="Enhanced Care Management (ECM) with a dispatched order",
    description=(
        "When an order for a service is given to a performer: says whether the member may qualify "
        "for Enhanced Care Management beside it." + _SILENT
    ),
    look=_dispatch,
)
