"""A notification over HTTP: what is sent, what an answer means, where it never goes."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from adapter.notifications.bundles import Head
from adapter.notifications.definition import Definition
from adapter.notifications.delivery import RestHook, retry_after
from adapter.notifications.retrying import DAY
from adapter.notifications.shipments import Shipment
from tests.unit.adapter.notifications.checking import check
from tests.unit.adapter.notifications.receiver import Receiver, receiving

SECRET = "canary-7f3a"


@pytest.fixture(scope="module")
def hook() -> RestHook:
    return RestHook()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def shipment(endpoint: str, *, allow_private: bool = True, **changes: Any) -> Shipment:
    definition = Definition(
        topic="https://example.org/topic",
        channel="rest-hook",
        endpoint=endpoint,
        mime="application/fhir+json",
        content="id-only",
    )
    return Shipment(
        definition=replace(definition, **changes),
        head=Head(
            base="https://ecm.example.org/fhir",
            subscription="s1",
            topic=definition.topic,
            status="requested",
            events=0,
        ),
        kind="handshake",
        id="b1",
        at=1_780_000_000_000,
        headers=(f"Authorization: Bearer {SECRET}", "X-Api-Key:k"),
        allow_private=allow_private,
    )


def test_the_payloads_type_and_every_header_are_sent(hook: RestHook, receiver: Receiver) -> None:
    mime = "application/fhir+json; fhirVersion=4.0"
    assert hook.send(shipment(receiver.url, mime=mime)).kind == "taken"
    (request,) = receiver.received
    assert request.headers["Content-Type"] == mime
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert request.headers["X-Api-Key"] == "k"
    check(request.json, "handshake", "s1")


def test_xml_is_sent_where_it_was_asked_for(hook: RestHook, receiver: Receiver) -> None:
    assert hook.send(shipment(receiver.url, mime="application/fhir+xml")).kind == "taken"
    (request,) = receiver.received
    assert request.headers["Content-Type"] == "application/fhir+xml"
    assert request.body.lstrip().startswith((b"<Bundle", b"<?xml"))


@pytest.mark.parametrize(
    ("status", "kind"),
    ((200, "taken"), (204, "taken"), (400, "refused"), (410, "gone"), (500, "later")),
)
def test_the_answer_says_how_to_go_on(
    hook: RestHook, receiver: Receiver, status: int, kind: str
) -> None:
    receiver.answer = lambda _: (status, {})
    assert hook.send(shipment(receiver.url)).kind == kind


def test_retry_after_is_read_in_seconds_and_as_a_date(hook: RestHook, receiver: Receiver) -> None:
    receiver.answer = lambda _: (503, {"Retry-After": "120"})
    assert hook.send(shipment(receiver.url)).wait == 120_000
    now = 1_780_000_000_000  # 2026-05-28T20:26:40Z
    assert retry_after("Thu, 28 May 2026 20:27:40 GMT", now) == 60_000
    assert retry_after("Thu, 28 May 2026 20:00:00 GMT", now) == 0
    assert retry_after("9" * 40, now) == DAY
    for odd in (None, "", "soon", "-5", "1e3", "Thu, 99 May"):
        assert retry_after(odd, now) == 0


def test_a_redirect_is_not_followed(hook: RestHook, receiver: Receiver) -> None:
    with receiving() as other:
        receiver.answer = lambda _: (307, {"Location": other.url})
        assert hook.send(shipment(receiver.url)).kind == "gone"
        assert other.received == []


def test_an_endpoint_that_does_not_answer_is_given_up_after_its_time(
    hook: RestHook, receiver: Receiver
) -> None:
    answered = Event()

    def never(_: object) -> tuple[int, dict[str, str]]:
        answered.wait(5)
        return 200, {}

    receiver.answer = never
    verdict = hook.send(shipment(receiver.url, timeout_seconds=0.2))
    answered.set()
    assert (verdict.kind, verdict.words) == ("later", "the endpoint did not answer in time")


def test_a_closed_port_is_tried_again(hook: RestHook) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/in"
        assert hook.send(shipment(url)).kind == "later"


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses somebody connects to; none of them is reached."""
    tried: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


def resolves(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Answers each look-up with the next address, the last one for good."""
    left = list(answers)

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "address",
    ("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
)
def test_a_name_that_leads_to_a_forbidden_address_is_never_connected_to(
    hook: RestHook, monkeypatch: pytest.MonkeyPatch, connected: list[Any], address: str
) -> None:
    resolves(monkeypatch, address)
    verdict = hook.send(shipment("https://rebound.example.org/in", allow_private=False))
    assert verdict.kind == "gone"
    assert connected == []


def test_a_name_that_changes_between_check_and_send_is_caught_at_the_connection(
    hook: RestHook, monkeypatch: pytest.MonkeyPatch, connected: list[Any]
) -> None:
    from adapter.notifications.endpoints import Reach, fault

    resolves(monkeypatch, "93.184.216.34", "127.0.0.1")
    assert fault("rest-hook", "https://rebinding.example.org/in", Reach()) == ""
    verdict = hook.send(shipment("https://rebinding.example.org/in", allow_private=False))
    assert verdict.kind == "gone"
    assert connected == []


def test_the_clouds_secrets_are_out_of_reach_for_everybody(
    hook: RestHook, monkeypatch: pytest.MonkeyPatch, connected: list[Any]
) -> None:
    resolves(monkeypatch, "169.254.169.254")
    assert hook.send(shipment("http://169.254.169.254/latest")).kind == "gone"
    assert connected == []


def test_neither_words_nor_log_hold_a_secret_or_an_address(
    hook: RestHook, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for status in (400, 410, 500, 301):
        receiver.answer = lambda _, status=status: (status, {"X": SECRET})  # type: ignore[misc]
        said.append(hook.send(shipment(f"{receiver.url}?key={SECRET}")).words)
    said.append(hook.send(shipment("http://127.0.0.1:1/" + SECRET)).words)
    assert all(said)
    assert not any(SECRET in words or "127.0.0.1" in words for words in said)
    assert SECRET not in caplog.text
