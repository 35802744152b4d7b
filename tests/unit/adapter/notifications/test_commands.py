"""`ecm notifications` and `ecm worker`, as an operator runs them."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from adapter import settings
from adapter.assembly import assemble
from adapter.partners.registry import Partners
from adapter.security.viewers import DEVELOPMENT
from adapter.settings import Settings
from adapter.store.database import Database
from tests.unit.adapter.command import ECM, ecm
from tests.unit.adapter.notifications.asking import subscription
from tests.unit.adapter.notifications.checking import check, numbers
from tests.unit.adapter.notifications.receiver import Receiver
from tests.unit.adapter.notifications.test_worker import until
from tests.unit.adapter.notifications.world import PROVIDER, World, both, task


def printed(*arguments: str, url: str) -> str:
    ran = ecm("notifications", *arguments, "--store", url)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


def failing(world: World, receiver: Receiver) -> str:
    """A subscription with a dead letter and an event that waits."""
    id = world.subscribe(receiver.url, headers=("Authorization: Bearer canary",))
    world.work()
    receiver.answer = lambda _: (422, {})
    world.write(task("a"), PROVIDER)
    world.work()
    world.write(task("b"), PROVIDER)
    receiver.answer = lambda _: (200, {})
    receiver.received.clear()
    return id


@both
def test_an_operator_sees_what_failed_and_has_it_sent_again(
    world: World, url: str, receiver: Receiver
) -> None:
    id = failing(world, receiver)
    (line,) = printed("list", "--format", "json", url=url).splitlines()
    shown = json.loads(line)
    assert (shown["status"], shown["events"], shown["waiting"], shown["dead"]) == ("error", 2, 1, 1)
    assert shown["error"] == "the endpoint answered 422"
    words = printed("show", id, url=url)
    assert "dead    Task/a" in words
    assert "waiting Task/b" in words
    assert "canary" not in words + line
    assert printed("requeue", id, url=url) == (
        "1 dead letters are sent again. The subscription is asked for anew.\n"
    )
    assert receiver.received == []
    world.work()
    assert world.status(id) == "active"
    assert [numbers(bundle) for bundle in receiver.bundles] == [[], [1], [2]]
    receiver.received.clear()
    assert printed("resend", id, "--first", "2", url=url) == "events 2 to 2 are sent again\n"
    world.work()
    assert [numbers(bundle) for bundle in receiver.bundles] == [[2]]


def test_the_list_is_a_table_that_can_be_narrowed(
    world: World, url: str, receiver: Receiver
) -> None:
    failing(world, receiver)
    head, line = printed("list", url=url).splitlines()
    assert head.split() == [
        "tenant", "subscription", "status", "client", "events", "waiting", "dead", "error",
    ]  # fmt: skip
    assert line.startswith("valley")
    assert len(printed("list", "--status", "active", url=url).splitlines()) == 1
    assert len(printed("list", "--tenant", "other", url=url).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    (
        (("show", "none"), "there is no Subscription none"),
        (("resend", "ID", "--first", "1"), "is error, so nothing is sent"),
        (("resend", "ID", "--first", "x"), "is not the number of an event"),
    ),
)
def test_what_cannot_be_done_is_told(
    world: World, url: str, receiver: Receiver, arguments: tuple[str, ...], words: str
) -> None:
    id = failing(world, receiver)
    named = [id if one == "ID" else one for one in arguments]
    ran = ecm("notifications", *named, "--store", url)
    assert ran.returncode == 2
    assert words in ran.stderr.decode()


def test_a_worker_without_a_store_is_told_to_name_one() -> None:
    ran = ecm("worker")
    assert ran.returncode == 2
    assert "name it with --store" in ran.stderr.decode()


def test_a_worker_tells_what_the_service_wrote_until_it_is_stopped(
    tmp_path: Path, receiver: Receiver
) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    base = "http://127.0.0.1:8099"
    running = msgspec.structs.replace(settings.load(), store=url, public_base=base)
    assert isinstance(running, Settings)
    with closing(Database(url)) as database:
        exchange = assemble(running, None, database, Partners()).exchange
        with exchange.session(DEVELOPMENT) as unit:
            body = msgspec.json.encode(subscription(receiver.url))
            made = exchange.create(unit, DEVELOPMENT, "Subscription", body)
        process = subprocess.Popen(
            [ECM, "worker", "--store", url, "--public-base", base], stderr=subprocess.PIPE
        )
        try:
            until(lambda: len(receiver.received) == 1)
            check(receiver.bundles[0], "handshake", made.version.id)
            request = receiver.bundles[0]["entry"][0]["request"]
            assert request["url"] == f"{base}/fhir/Subscription/{made.version.id}/$status"
        finally:
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["start", "stop"]
