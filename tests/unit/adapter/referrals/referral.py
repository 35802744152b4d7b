"""A referral to test with: the hospital has asked the plan, which may ask a provider."""

from __future__ import annotations

from typing import Any

from adapter.referrals.choices import Choices
from adapter.store.records import Viewer
from tests.unit.adapter.referrals.world import (
    BASE,
    HOSPITAL,
    OTHER,
    PLAN,
    PROVIDER,
    STRANGER,
    TASK_CODE,
    World,
    org,
    viewer,
)

SOURCE, PLANS, PROVIDERS = viewer(HOSPITAL), viewer(PLAN), viewer(PROVIDER)
OTHERS, STRANGERS = viewer(OTHER), viewer(STRANGER)
CLAIMER = viewer(OTHER, claims=True)


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{BASE}/CodeSystem/ecm-referral-business-status", "code": code}]}


def because(text: str, code: str = "") -> dict[str, Any]:
    system = f"{BASE}/CodeSystem/ecm-referral-status-reason"
    return {"text": text, **({"coding": [{"system": system, "code": code}]} if code else {})}


OUTPUT = [
    {
        "type": {"text": "resulting-activity"},
        "valueCodeableConcept": {"text": "Enhanced Care Management"},
    }
]


def order(subject: str, requester: str, **elements: Any) -> dict[str, Any]:
    return {
        "status": "active",
        "intent": "order",
        "code": {"text": "ECM"},
        "subject": {"reference": subject},
        "authoredOn": "2026-01-05",
        "requester": org(requester),
        **elements,
    }


def task(focus: str, subject: str, requester: str, owner: str | None, **elements: Any) -> Any:
    return {
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": TASK_CODE, "code": "fulfill"}]},
        "focus": {"reference": focus},
        "for": {"reference": subject},
        "authoredOn": "2026-01-05",
        "requester": org(requester),
        **({"owner": org(owner)} if owner else {}),
        **elements,
    }


class Referral:
    """The hospital has asked the plan, as far as a test wants it."""

    def __init__(self, choices: Choices | None = None, owner: str | None = PLAN) -> None:
        self.world = World(choices)
        self.patient = "Patient/p"
        self.world.put("Patient", "p", {}, HOSPITAL)
        self.world.put("Condition", "c", {"subject": {"reference": "Patient/p"}}, HOSPITAL)
        reasons = [{"reference": "Condition/c"}]
        self.order = self.world.create(
            SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL, reasonReference=reasons)
        )
        self.task = self.world.create(
            SOURCE, "Task", task(self.order, "Patient/p", HOSPITAL, owner)
        )

    def accepted(self) -> Referral:
        self.world.update(PLANS, self.task, status="accepted")
        return self

    def handed_on(self, to: str = PROVIDER, who: Viewer = PLANS) -> str:
        """The plan asks a provider; gives the provider's Task."""
        made = self.world.create(
            who,
            "ServiceRequest",
            order(
                "Patient/p",
                PLAN,
                intent="filler-order",
                basedOn=[{"reference": self.order}],
                reasonReference=[{"reference": "Condition/c"}],
            ),
        )
        return self.world.create(
            who,
            "Task",
            task(made, "Patient/p", PLAN, to, partOf=[{"reference": self.task}]),
        )
