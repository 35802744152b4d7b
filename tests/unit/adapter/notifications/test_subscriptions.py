"""The life of a Subscription: who sets its status, and who gets to know its secrets."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from adapter.notifications.endpoints import Reach
from adapter.store.subscribing import subscribed
from tests.unit.adapter.notifications.asking import subscription
from tests.unit.adapter.notifications.receiver import Receiver
from tests.unit.adapter.notifications.world import PLAN, PROVIDER, TENANT, World, task, viewer

SECRET = "Authorization: Bearer canary-7f3a"


def refusal(world: World, by: str = PROVIDER, **asked: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        world.subscribe(**{"endpoint": "http://127.0.0.1:1/in", **asked}, by=by)
    return caught.value


def test_a_handshake_makes_it_active(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url)
    assert world.status(id) == "requested"
    world.work()
    assert world.status(id) == "active"
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", (400, 404, 500, 307))
def test_any_error_in_the_handshake_makes_it_an_error(
    world: World, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda _: (status, {})
    id = world.subscribe(receiver.url)
    world.work()
    stored = world.resource("Subscription", id)
    assert stored["status"] == "error"
    assert str(status) in stored["error"]
    world.work()
    assert len(receiver.received) == 1


def test_a_client_that_says_active_is_asked_by_a_handshake_all_the_same(
    world: World, receiver: Receiver
) -> None:
    id = world.subscribe(receiver.url, status="active")
    assert world.status(id) == "requested"


def test_error_is_not_a_clients_to_set(world: World) -> None:
    assert refusal(world, status="error").status == 422


@pytest.mark.parametrize("asked", ("requested", "active"))
def test_a_client_comes_back_from_error_by_asking_anew_and_nobody_else_does(
    world: World, receiver: Receiver, asked: str
) -> None:
    receiver.answer = lambda _: (410, {})
    id = world.subscribe(receiver.url)
    world.work()
    receiver.answer = lambda _: (200, {})
    world.clock += 30 * 24 * 3600 * 1000
    world.work()
    assert world.status(id) == "error"
    world.subscribe(receiver.url, id=id, status="error")
    world.work()
    assert world.status(id) == "error"
    world.subscribe(receiver.url, id=id, status=asked)
    world.work()
    stored = world.resource("Subscription", id)
    assert stored["status"] == "active"
    assert "error" not in stored


def test_an_update_that_changes_nothing_needs_no_handshake(
    world: World, receiver: Receiver
) -> None:
    id = world.subscribe(receiver.url)
    world.work()
    world.subscribe(receiver.url, id=id, status="active", contact=[{"name": "x"}])
    assert world.status(id) == "active"
    world.work()
    assert len(receiver.received) == 1


def test_another_endpoint_is_asked_by_a_handshake(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url)
    world.work()
    world.subscribe(receiver.url + "/other", id=id, status="active")
    assert world.status(id) == "requested"
    world.work()
    assert [one.path for one in receiver.received] == ["/in", "/in/other"]


@pytest.mark.parametrize("how", ("off", "deleted"))
def test_a_subscription_that_ended_is_told_nothing(
    world: World, receiver: Receiver, how: str
) -> None:
    id = world.subscribe(receiver.url)
    world.work()
    world.write(task(), PROVIDER)
    if how == "off":
        world.subscribe(receiver.url, id=id, status="off")
    else:
        world.end(id)
    world.write(task(status="accepted"), PROVIDER)
    world.work()
    assert len(receiver.received) == 1


def test_it_ends_at_its_end(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url, end="2026-05-28T21:00:00Z")
    world.work()
    world.clock += 3_600_000
    world.work()
    assert world.status(id) == "off"


def test_the_numbers_of_an_id_that_is_used_again_go_on(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url)
    world.work()
    world.write(task(), PROVIDER)
    world.end(id)
    world.subscribe(receiver.url, id=id)
    world.work()
    world.write(task(status="accepted"), PROVIDER)
    with world.store.reading() as unit:
        bundle = world.operations.events(unit, viewer(PROVIDER), id, {})
    assert [part["valueString"] for part in _numbers(bundle)] == ["1", "2"]


def _numbers(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = bundle["entry"][0]["resource"]["parameter"]
    return [one["part"][0] for one in parameters if one["name"] == "notification-event"]


def test_a_header_is_sent_and_shown_to_nobody(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url, headers=(SECRET, "X-Key: other"))
    stored = world.resource("Subscription", id)
    assert stored["channel"]["header"] == ["Authorization: ***", "X-Key: ***"]
    with world.store.reading() as unit:
        history = unit.history(viewer(PLAN, operator=True), None, None, count=50)
    assert not any(b"canary" in one.body for one in history)
    world.work()
    assert receiver.received[0].headers["Authorization"] == "Bearer canary-7f3a"


def test_a_header_that_comes_back_hidden_is_kept(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url, headers=(SECRET,))
    world.subscribe(receiver.url, id=id, headers=("authorization: ***",))
    world.work()
    assert receiver.received[-1].headers["Authorization"] == "Bearer canary-7f3a"


def test_a_hidden_header_does_not_go_to_another_endpoint(world: World) -> None:
    id = world.subscribe("http://127.0.0.1:1/in", headers=(SECRET,))
    refused = refusal(
        world, endpoint="http://127.0.0.1:2/in", id=id, headers=("Authorization: ***",)
    )
    assert refused.issues[0].expression == "Subscription.channel.header[0]"


@pytest.mark.parametrize(
    "header",
    ("no colon", "Host: evil.example", "X: a\r\nY: b", "Content-Type: text/html", "é: x", ": x"),
)
def test_a_header_that_could_change_the_call_is_refused(world: World, header: str) -> None:
    refused = refusal(world, headers=(header,))
    assert refused.status == 422
    assert header not in str(refused)


def test_an_operators_change_leaves_it_the_clients(world: World, receiver: Receiver) -> None:
    id = world.subscribe(receiver.url)
    world.subscribe(receiver.url, id=id, by=PLAN)
    with world.store.reading() as unit:
        kept = subscribed(unit.connection, TENANT, id)
    assert kept is not None
    assert kept.client == "provider"


def test_a_topic_the_clients_scopes_do_not_reach_is_forbidden(world: World) -> None:
    world.register(viewer(PROVIDER, scopes=("system/Subscription.cruds", "system/Patient.r")))
    assert refusal(world).status == 403


def test_an_endpoint_the_registration_does_not_allow_is_refused(world: World) -> None:
    world.register(viewer(PROVIDER), Reach())
    assert refusal(world, endpoint="https://127.0.0.1/in").status == 422
    assert refusal(world, endpoint="http://169.254.169.254/in").status == 422
    mail = {"channel": "email", "endpoint": "mailto:x@evil.example", "mime": "text/plain"}
    assert refusal(world, **mail).issues[0].expression == "Subscription.channel.endpoint"


def test_a_refusal_writes_nothing(world: World) -> None:
    refusal(world, topic="https://example.org/none")
    with world.store.reading() as unit:
        assert unit.connection.rows("SELECT 1 FROM subscription", {}) == []


def test_an_unknown_client_cannot_subscribe(world: World) -> None:
    del world.clients["provider"]
    assert refusal(world).status == 403


def test_email_is_refused_where_no_mail_server_is_set_up(world: World) -> None:
    from msgspec.structs import replace

    world.register(viewer(PROVIDER), Reach(mail_to=frozenset({"desk@clinic.example"})))
    mail = {"channel": "email", "endpoint": "mailto:desk@clinic.example", "mime": "text/plain"}
    world.subscribe(**mail)
    world.subscriptions = replace(world.subscriptions, has_mail=False)
    assert refusal(world, **mail).issues[0].expression == "Subscription.channel.type"


def test_the_resource_is_what_the_client_sent_but_for_status_and_secrets(world: World) -> None:
    asked = subscription("http://127.0.0.1:1/in", filters=("status=accepted",), max_count=5)
    world.write_subscription("s1", asked)
    stored = world.resource("Subscription", "s1")
    for name, value in asked.items():
        assert stored[name] == value, name
