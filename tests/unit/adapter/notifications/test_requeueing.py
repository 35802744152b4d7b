"""Who sees which subscriptions, and that the audit names who had events sent again."""

from __future__ import annotations

import pytest

from adapter.errors import UnusableInput
from adapter.notifications.requeueing import requeue, resend, standing_seen, standings_seen
from adapter.store.records import Viewer
from tests.unit.adapter.notifications.receiver import Receiver
from tests.unit.adapter.notifications.world import (
    CLINIC,
    PLAN,
    PROVIDER,
    TENANT,
    World,
    both,
    task,
    viewer,
)

OPERATOR = viewer(PLAN, operator=True)


def seen(world: World, by: Viewer) -> set[str]:
    with world.store.reading() as unit:
        return {one.subscribed.id for one in standings_seen(unit, by)}


@both
def test_an_operator_sees_every_subscription_of_the_tenant_others_their_own(
    world: World, receiver: Receiver
) -> None:
    of_provider = world.subscribe(receiver.url)
    of_clinic = world.subscribe(receiver.url, by=CLINIC)
    assert seen(world, OPERATOR) == {of_provider, of_clinic}
    assert seen(world, viewer(PROVIDER)) == {of_provider}
    elsewhere = viewer(PLAN, operator=True, tenant="elsewhere")
    assert seen(world, elsewhere) == set()
    with world.store.reading() as unit:
        assert standing_seen(unit, viewer(CLINIC), of_provider) is None
        assert standing_seen(unit, elsewhere, of_provider) is None
        assert standing_seen(unit, OPERATOR, "none") is None
        found = standing_seen(unit, viewer(PROVIDER), of_provider)
    assert found is not None
    assert found.subscribed.tenant == TENANT


def test_who_requeues_and_sends_again_is_named_in_the_audit(
    world: World, receiver: Receiver
) -> None:
    id = world.subscribe(receiver.url)
    world.work()
    receiver.answer = lambda _: (422, {})
    world.write(task("a"), PROVIDER)
    world.work()
    receiver.answer = lambda _: (200, {})
    with world.store.unit() as unit:
        found = standing_seen(unit, OPERATOR, id)
        assert found is not None
        assert requeue(unit, found, OPERATOR) == 1
    world.work()
    with world.store.unit() as unit:
        found = standing_seen(unit, OPERATOR, id)
        assert found is not None
        assert resend(unit, found, 1, 99, OPERATOR) == (1, 1)
    with world.store.reading() as unit:
        rows = unit.connection.rows("SELECT client, party FROM audit WHERE action = 'resend'", {})
    assert rows == [("plan", PLAN)] * 2


def test_what_ended_is_not_requeued(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url)
    world.subscribe(receiver.url, id=id, status="off")
    with world.store.unit() as unit:
        found = standing_seen(unit, OPERATOR, id)
        assert found is not None
        with pytest.raises(UnusableInput, match="is off"):
            requeue(unit, found, OPERATOR)
