"""Referrals for the cards of tests: real ones, and one of two small resources."""

from __future__ import annotations

from cds_hooks.cards.referral import Refer, Referral
from eligibility.determination import Determination
from mappings.outbound.service_request import Order, referral
from mappings.outbound.task import referral_task


def refer(determination: Determination) -> Refer:
    """Makes the referral of a determination, as the service does."""

    def make(suggestion: str) -> Referral | None:
        order = Order(
            id=suggestion,
            patient=determination.member,
            authored=determination.as_of,
            identifier=suggestion,
            client="test",
            requester="PractitionerRole/r1",
        )
        request = referral(determination, order)
        if request is None:
            return None
        return Referral(service_request=request, task=referral_task(determination, order, request))

    return make


def small(suggestion: str) -> Referral:
    """The least resources there can be, for what is about the card alone."""
    return Referral(
        service_request={"resourceType": "ServiceRequest", "id": suggestion},
        task={"resourceType": "Task", "id": suggestion},
    )
