"""A session for URLs that others name reaches no address that was not checked."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapter.fhir_client.addresses import may_call
from adapter.fhir_client.guarded import AddressRefused, BodyTooLarge, guarded_session
from tests.fhir_stub import FhirStub, faults

FORBIDDEN = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:1::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no-address",
    "2130706433",
    "",
]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with guarded_session(allow_private=True, at_most=1_000_000) as opened:
        yield opened


@pytest.fixture
def public_session() -> Iterator[requests.Session]:
    with guarded_session(allow_private=False) as opened:
        yield opened


@pytest.fixture
def stub() -> Iterator[FhirStub]:
    with FhirStub() as server:
        yield server


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


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[list[str]]], list[str]]:
    """Answers look-ups of names one after another; numbers are what they are."""

    def install(answers: Iterator[list[str]]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
            try:
                found = [str(ipaddress.ip_address(host))]
            except ValueError:
                asked.append(host)
                found = next(answers)
            return [
                (
                    socket.AF_INET6 if ":" in one else socket.AF_INET,
                    socket.SOCK_STREAM,
                    6,
                    "",
                    (one, port),
                )
                for one in found
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_may_not_be_called(address: str):
    assert not may_call(address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"),
)
def test_a_public_address_may_be_called(address: str):
    assert may_call(address, allow_private=False)


@pytest.mark.parametrize(
    ("address", "allowed"),
    (
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("::1", True),
        ("fd00::1", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("fe80::1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
    ),
)
def test_a_private_network_can_be_allowed_but_no_metadata_service(address: str, allowed: bool):
    assert may_call(address, allow_private=True) is allowed


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


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of `ehr.example`, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ehr.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ehr.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "ehr.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls_stub(certificate: Path) -> Iterator[FhirStub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FhirStub(tls=context) as server:
        yield server


def test_the_name_is_verified_though_the_address_is_connected_to(
    tls_stub: FhirStub, certificate: Path, resolving: Any
):
    resolving(iter([["127.0.0.1"]] * 2))
    with guarded_session(allow_private=True, ca_file=certificate) as session:
        answer = session.get(f"https://ehr.example:{tls_stub.port}/fhir/Patient", timeout=2)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://other.example:{tls_stub.port}/fhir/Patient", timeout=2)
    assert len(tls_stub.seen) == 1


def test_a_certificate_of_nobody_is_refused_whatever_a_call_asks_for(
    tls_stub: FhirStub, certificate: Path, resolving: Any
):
    resolving(iter([["127.0.0.1"]] * 2))
    with guarded_session(allow_private=True) as session:
        for verify in (True, False):
            with pytest.raises(requests.exceptions.SSLError):
                session.get(
                    f"https://ehr.example:{tls_stub.port}/fhir/Patient", timeout=2, verify=verify
                )
    assert tls_stub.seen == []
