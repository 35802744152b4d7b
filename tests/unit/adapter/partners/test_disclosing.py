"""What of a referral leaves for a partner, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapter.security.disclosure import STATEMENT
from tests.unit.adapter.partners.world import (
    PLAN,
    World,
    condition,
    consent,
    sqlite,
    world,
)

Resource = dict[str, Any]

LABELLED = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "ETH"}]
}


@pytest.fixture
def community(tmp_path: Path) -> Iterator[World]:
    """The same where the partner is no covered entity."""
    with world(sqlite(tmp_path), covered_entity=False) as made:
        yield made


def sent_conditions(world: World) -> list[Resource]:
    return world.stub.all("Condition")


def refer_with(world: World, problem: Resource) -> str:
    """A referral whose order also refers to a problem."""
    task = world.refer(status="draft")
    reference = world.write(problem | {"subject": {"reference": world.patient}})
    order = world.read("Task", task)["focus"]["reference"].partition("/")[2]
    with world.exchange.session(world.viewer) as unit:
        world.exchange.patch(
            unit,
            world.viewer,
            "ServiceRequest",
            order,
            lambda it: {
                **it,
                "reasonReference": [*it["reasonReference"], {"reference": reference}],
            },
        )
        world.exchange.patch(
            unit, world.viewer, "Task", task, lambda it: {**it, "status": "requested"}
        )
    return task


def audited(world: World, outcome: str) -> list[str]:
    """Types of what was sent, or was not, by the audit."""
    rows = world.rows("audit", "action, outcome, entity")
    return sorted(
        entity.partition("/")[0]
        for action, was, entity in rows
        if (action, was) == ("send", outcome)
    )


def test_what_is_labelled_stays_here_without_a_consent(hospital: World) -> None:
    """The order goes without it and without a reference to it, and the audit says what is kept."""
    refer_with(hospital, condition("", meta=LABELLED))
    hospital.attend_all()
    assert len(sent_conditions(hospital)) == 1
    (order,) = hospital.stub.all("ServiceRequest")
    assert len(order["reasonReference"]) == 1
    assert audited(hospital, "refused") == ["Condition"]


def test_with_a_consent_it_goes_with_the_notice_and_the_consent(hospital: World) -> None:
    task = refer_with(hospital, condition("", meta=LABELLED))
    hospital.write(consent(hospital.patient, PLAN, "ETH"))
    hospital.attend_all()
    assert len(sent_conditions(hospital)) == 2
    assert hospital.stub.the("Consent")["status"] == "active"
    (order,) = hospital.stub.all("ServiceRequest")
    assert order["note"][0]["text"].startswith(STATEMENT)
    headers = next(headers for method, path, headers, _ in hospital.stub.calls if method == "POST")
    assert headers["x-part-2-notice"] == STATEMENT
    assert hospital.read("Task", task)["status"] == "requested"


def test_a_consent_that_was_revoked_before_it_left_permits_nothing(hospital: World) -> None:
    refer_with(hospital, condition("", meta=LABELLED))
    made = hospital.write(consent(hospital.patient, PLAN, "ETH"))
    with hospital.exchange.session(hospital.viewer) as unit:
        hospital.exchange.patch(
            unit,
            hospital.viewer,
            "Consent",
            made.partition("/")[2],
            lambda it: {**it, "status": "inactive"},
        )
    hospital.attend_all()
    assert len(sent_conditions(hospital)) == 1
    assert not hospital.stub.all("Consent")


def test_who_is_no_covered_entity_gets_nothing_without_a_consent(community: World) -> None:
    """Nothing leaves, and the dead letter says what to do; with a consent it is sent."""
    task = community.refer()
    community.attend_all()
    assert not community.stub.calls
    ((state, fault),) = community.rows("outbound", "state, fault")
    assert state == "dead"
    assert "consent" in fault
    community.write(consent(community.patient, PLAN))
    with community.store.unit() as unit:
        assert community.here.outbound(unit, community.partner).requeue(task, unit.now) == 1
    community.attend_all()
    assert community.stub.the("Task")["status"] == "requested"


def test_every_resource_that_leaves_is_audited(hospital: World) -> None:
    hospital.refer()
    hospital.attend_all()
    assert audited(hospital, "success") == [
        "Condition",
        "Organization",
        "Organization",
        "Patient",
        "ServiceRequest",
        "Task",
    ]
