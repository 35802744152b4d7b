"""A session for URLs that others name reaches no address that was not checked."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from adapter.fhir_client.guarded import AddressRefused, BodyTooLarge, guarded_session
from tests.fhir_stub import FhirStub, faults


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with guarded_session(allow_private=True, at_most=1_000_000) as opened:
        yield opened


@pytest.fixture
def public_session() -> Iterator[requests.Session]:
    with guarded_session(allow_private=False) as opened:
        yield opened


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses somebody connects to; none of them is reached."""
    tried: list[Any] = []

    def connect(sock: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return tried


@pytest.mark.parametrize(
    "host",
    (
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "127.1",
        "localhost",
        "localhost.",
        "0.0.0.0",  # noqa: S104
        "0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "ehr.example@127.0.0.1",
    ),
)
def test_no_spelling_of_a_private_address_is_connected_to(
    public_session: requests.Session, monkeypatch: pytest.MonkeyPatch, host: str
):
    monkeypatch.undo()  # such as `0x7f.1`, which the system understands
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: tried.append(address))
    with pytest.raises(requests.RequestException):
        public_session.get(f"http://{host}:8080/fhir", timeout=1)
    assert tried == []


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    public_session: requests.Session, connected: list[Any], resolving: Any
):
    resolving(iter([["10.0.0.5"]]))
    with pytest.raises(AddressRefused):
        public_session.get("https://ehr.example/fhir", timeout=1)
    assert connected == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    public_session: requests.Session, connected: list[Any], resolving: Any
):
    resolving(iter([["93.184.216.34", "127.0.0.1"]]))
    with pytest.raises(AddressRefused):
        public_session.get("https://ehr.example/fhir", timeout=1)
    assert connected == []


def test_a_name_that_changes_after_the_check_is_not_asked_again(
    public_session: requests.Session, connected: list[Any], resolving: Any
):
    """DNS rebinding: the address that was checked is the one connected to."""
    asked = resolving(iter([["93.184.216.34"], ["127.0.0.1"]]))
    with pytest.raises(requests.ConnectionError):
        public_session.get("https://ehr.example/fhir", timeout=1)
    assert asked == ["ehr.example"]
    assert [address[0] for address in connected] == ["93.184.216.34"]


def test_a_new_connection_to_a_name_is_checked_again(
    public_session: requests.Session, connected: list[Any], resolving: Any
):
    resolving(iter([["93.184.216.34"], ["127.0.0.1"]]))
    with pytest.raises(requests.ConnectionError):
        public_session.get("https://ehr.example/fhir", timeout=1)
    with pytest.raises(AddressRefused):
        public_session.get("https://ehr.example/fhir", timeout=1)
    assert len(connected) == 1


def test_the_next_address_of_a_name_is_tried_when_the_first_takes_no_calls(
    session: requests.Session, stub: FhirStub, resolving: Any
):
    resolving(iter([["127.0.0.2", "127.0.0.1"]]))
    stub.hold({"resourceType": "Patient", "id": "p1"})
    answer = session.get(f"http://ehr.example:{stub.port}/fhir/Patient/p1", timeout=2)
    assert answer.json()["id"] == "p1"


@pytest.mark.parametrize(
    "url", ("file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "data:,x")
)
def test_only_http_is_spoken(session: requests.Session, url: str):
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get(url, timeout=1)


@pytest.mark.parametrize("code", (301, 302, 303, 307, 308))
def test_a_redirect_is_not_followed(session: requests.Session, stub: FhirStub, code: int):
    stub.misbehave("/away", faults.redirect(stub.base + "/Patient/p1", code))
    answer = session.get(stub.base + "/away", timeout=2)
    assert answer.status_code == code
    assert len(stub.seen) == 1


def test_no_proxy_and_no_password_file_of_the_environment_is_used(
    session: requests.Session, stub: FhirStub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    session.get(stub.base + "/Patient", timeout=2)
    assert "authorization" not in stub.seen[0].headers


def test_a_cookie_of_one_call_is_not_sent_with_the_next(session: requests.Session, stub: FhirStub):
    stub.misbehave("/cookie", lambda handler: handler.reply(200, b"{}", Set_Cookie="a=b; Path=/"))
    session.get(stub.base + "/cookie", timeout=2)
    session.get(stub.base + "/cookie", timeout=2)
    assert "cookie" not in stub.seen[1].headers


@pytest.mark.parametrize("fault", (faults.stall, faults.trickle, faults.trickle_headers))
def test_the_timeout_bounds_the_whole_answer_however_it_comes(
    session: requests.Session, stub: FhirStub, fault: Any
):
    stub.misbehave("/", fault)
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        session.get(stub.base + "/Patient", timeout=0.3)
    assert 0.25 < time.monotonic() - started < 0.8


@pytest.mark.parametrize("fault", (faults.endless, faults.bomb))
def test_a_body_is_read_up_to_its_limit(session: requests.Session, stub: FhirStub, fault: Any):
    """Also one that is small only as long as it is compressed."""
    stub.misbehave("/", fault)
    with pytest.raises(BodyTooLarge):
        session.get(stub.base + "/Patient", timeout=5)


def test_a_body_of_exactly_the_limit_is_taken(session: requests.Session, stub: FhirStub):
    stub.misbehave("/fits", faults.body(b" " * 1_000_000))
    stub.misbehave("/over", faults.body(b" " * 1_000_001))
    assert len(session.get(stub.base + "/fits", timeout=5).content) == 1_000_000
    with pytest.raises(BodyTooLarge):
        session.get(stub.base + "/over", timeout=5)


def test_no_url_is_logged(
    session: requests.Session, stub: FhirStub, caplog: pytest.LogCaptureFixture
):
    """A query names a patient, so urllib3 keeps still even where everything else is logged."""
    caplog.set_level(logging.DEBUG)
    session.get(stub.base + "/Observation?patient=canary", timeout=2)
    with pytest.raises(requests.ConnectionError):
        session.get("http://127.0.0.1:1/Observation?patient=canary", timeout=2)
    assert "canary" not in caplog.text
