"""The Task that asks the plan to fulfil a referral, for clients that take several actions at once.

A FHIR R4 Task by the profile `ecm-referral-task`, which follows SDOH Clinical Care 3.0.0
(SDOHCC-TaskForReferralManagement). It is a draft like its order, and becomes `requested` when the
order is signed; from then on its status tells how far the referral is.
"""

from __future__ import annotations

from typing import Any

from eligibility.determination import Determination
from eligibility.packs import texts
from mappings.outbound.elements import concept, meta, placer, reference, thread, without_empty
from mappings.outbound.service_request import Order
from profiles.canonicals import SDOH_REFERRAL_TASK, TASK_CODE, canonicals

#: SDOH Clinical Care takes no Practitioner as requester of this Task, as an organization answers.
_REQUESTERS = ("PractitionerRole", "Organization")


def referral_task(
    determination: Determination, order: Order, referral: dict[str, Any]
) -> dict[str, Any]:
    """The Task, ready for JSON.

    Args:
        determination: names the plan, which is asked to act.
        order: as given for the referral; its `id` is the provisional one that the Task points at.
        referral: the ServiceRequest of that order. A Task that belongs to a guarded order is
            guarded like it.

    Raises:
        ValueError: the referral has no id to point at.
    """
    if order.id is None or referral.get("id") != order.id:
        raise ValueError("a Task points at its order by id; give Order.id and its own referral")
    canonical = canonicals(order.base)
    plan = texts(determination.plan).plan
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "meta": meta(canonical.structure("ecm-referral-task"), SDOH_REFERRAL_TASK, populations=())
        | {name: value for name, value in referral["meta"].items() if name == "security"},
        "identifier": [placer(canonical, "referral-task", order.identifier)],
        "groupIdentifier": thread(canonical, order.identifier),
        "status": "draft",
        "intent": "order",
        "priority": referral["priority"],
        "code": concept(TASK_CODE, "fulfill", "Fulfill the focal request"),
        "focus": {"reference": f"ServiceRequest/{order.id}"},
        "for": referral["subject"],
        "encounter": referral.get("encounter"),
        "authoredOn": referral["authoredOn"],
        "requester": reference(order.requester, _REQUESTERS)
        or {
            "type": "Organization",
            "identifier": {"system": canonical.identifier_system("client"), "value": order.client},
        },
        "owner": {
            "type": "Organization",
            "identifier": {"system": canonical.identifier_system("plan"), "value": plan.id},
            "display": plan.title,
        },
    }
    return without_empty(resource)
