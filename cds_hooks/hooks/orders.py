"""order-select, order-sign and order-dispatch: services are ordered that ECM should go along with.

Hook definitions: order-select 1.0, order-sign 1.0, order-dispatch 1.1. An order for a service is a
ServiceRequest: a referral, home health, a stay, a study. Orders of medicines and devices alone get
no card; their moment is too frequent for it. Where one of the drafts is a referral to ECM already,
the card weighs it and suggests no second one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cds_hooks.answering import View
from cds_hooks.cards.moment import Moment
from cds_hooks.hooks.drafts import drafts
from cds_hooks.reading import Call
from cds_hooks.services import Service
from profiles.canonicals import HCPCS, SNOMED_CT, standard_system

#: What says that an order is a referral to ECM: case management (SNOMED CT), coordinated care
#: (HCPCS, the codes Medi-Cal pays ECM by).
_ECM_CODES = frozenset({(SNOMED_CT, "386230005"), (HCPCS, "G9008"), (HCPCS, "G9012")})

_REFERENCES = msgspec.json.Decoder(list[str])

_SERVICES = "ServiceRequest"


def _service_orders(call: Call) -> list[dict[str, Any]]:
    """The ServiceRequests among the drafts, but for those entered in error: they order nothing."""
    return [
        one
        for one in drafts(call.context["draftOrders"])
        if one.get("resourceType") == _SERVICES and one.get("status") != "entered-in-error"
    ]


def _refers_to_ecm(order: dict[str, Any]) -> bool:
    code = order.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    return isinstance(codings, list) and any(
        isinstance(one, dict)
        and (standard_system(str(one.get("system"))), str(one.get("code"))) in _ECM_CODES
        for one in codings
    )


def _order(orders: list[dict[str, Any]]) -> View:
    referring = any(map(_refers_to_ecm, orders))
    return View(moment=Moment(kind="order", already_referring=referring))


def _has_service(references: list[str]) -> bool:
    return any(one.startswith(f"{_SERVICES}/") for one in references)


def _select(call: Call) -> View | None:
    if not _has_service(_REFERENCES.decode(call.context["selections"])):
        return None
    return _order(_service_orders(call))


def _sign(call: Call) -> View | None:
    orders = _service_orders(call)
    return _order(orders) if orders else None


def _dispatch(call: Call) -> View | None:
    if not _has_service(_REFERENCES.decode(call.context["dispatchedOrders"])):
        return None
    return View(moment=Moment(kind="dispatch"))


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
