"""Notifications by e-mail, taken by a mail server that the test runs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import AsyncMessage

from adapter.notifications.bundles import Head, Kind, Told
from adapter.notifications.definition import Content, Definition
from adapter.notifications.email import MailServer, message
from adapter.notifications.shipments import Shipment

BASE = "https://ecm.example.org/fhir"


class Mailbox(AsyncMessage):
    """Keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []
        self.refuses = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient."""
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_message(self, message: Any) -> None:
        self.kept.append(message)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, MailServer]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, MailServer(url=f"smtp://127.0.0.1:{port}", sender="referrals@ecm.example.org")
    controller.stop()


def shipment(kind: Kind, told: tuple[Told, ...] = (), content: Content = "id-only") -> Shipment:
    return Shipment(
        definition=Definition(
            topic="https://example.org/topic",
            channel="email",
            endpoint="mailto:desk@clinic.example",
            mime="text/plain",
            content=content,
        ),
        head=Head(base=BASE, subscription="s1", topic="", status="active", events=2),
        kind=kind,
        told=told,
        id="b1",
        at=1000,
    )


TOLD = (
    Told(number=1, at=1, action="create", type="Task", id="t1", version=1, body=b'{"x":"Ada"}'),
    Told(number=2, at=2, action="update", type="Task", id="t1", version=2, body=b'{"x":"Ada"}'),
)


def test_a_mail_holds_a_link_and_nothing_about_a_person(
    mailbox: tuple[Mailbox, MailServer],
) -> None:
    box, server = mailbox
    assert server.send(shipment("event-notification", TOLD)).kind == "taken"
    (mail,) = box.kept
    assert mail["To"] == "desk@clinic.example"
    assert mail["From"] == "referrals@ecm.example.org"
    body = mail.get_payload()
    assert body.count(f"{BASE}/Task/t1") == 1
    assert "Message 1 to 2" in body
    assert "Ada" not in mail.as_string()
    assert not mail.is_multipart()


def test_where_nothing_was_asked_for_the_link_leads_to_the_list() -> None:
    mail = message(shipment("event-notification", TOLD, "empty"), "a@b.example")
    assert "Task" not in mail.as_string()
    assert f"{BASE}/Subscription/s1/$events" in mail.get_payload()


def test_an_event_that_may_not_be_told_is_not_named() -> None:
    withheld = (Told(number=3, at=1, action="update"),)
    mail = message(shipment("event-notification", withheld), "a@b.example")
    assert "Task" not in mail.as_string()
    assert "Message 3" in mail.get_payload()


def test_the_same_notification_has_the_same_message_id() -> None:
    one, other = (message(shipment("heartbeat"), "a@b.example") for _ in range(2))
    assert one["Message-ID"] == other["Message-ID"] == "<b1@b.example>"


def test_an_address_that_is_refused_is_not_tried_again(
    mailbox: tuple[Mailbox, MailServer],
) -> None:
    box, server = mailbox
    box.refuses = "550 no such user"
    assert server.send(shipment("handshake")).kind == "gone"
    box.refuses = "451 try later"
    assert server.send(shipment("handshake")).kind == "later"
    assert box.kept == []


def test_a_password_is_not_sent_in_the_clear(mailbox: tuple[Mailbox, MailServer]) -> None:
    box, server = mailbox
    asked = MailServer(url=server.url.replace("//", "//user:secret@"), sender=server.sender)
    verdict = asked.send(shipment("handshake"))
    assert verdict.kind == "later"
    assert "secret" not in verdict.words
    assert box.kept == []


def test_a_mail_server_that_is_down_is_tried_again() -> None:
    server = MailServer(url="smtp://127.0.0.1:1", sender="a@b.example")
    assert server.send(shipment("handshake")).kind == "later"
