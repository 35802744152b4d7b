"""Where a subscription may send to, as it is written."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from adapter.notifications.endpoints import Reach, fault, origin

PUBLIC = Reach()
PRIVATE = Reach(allow_private=True)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to a public address, but for those that say otherwise."""
    known = {"inside.example.org": "10.0.0.5", "localhost": "127.0.0.1"}

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        address = known.get(host.rstrip("."), host if host[-1].isdigit() else "93.184.216.34")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "endpoint",
    (
        "https://hook.example.org",
        "https://hook.example.org/in?key=1&x=%20y",
        "https://hook.example.org:8443/fhir/$notify",
    ),
)
def test_a_public_https_url_is_taken(endpoint: str) -> None:
    assert fault("rest-hook", endpoint, PUBLIC) == ""


@pytest.mark.parametrize(
    "endpoint",
    (
        "http://hook.example.org/in",
        "https://127.0.0.1/in",
        "https://127.1/in",
        "https://2130706433/in",
        "https://0x7f000001/in",
        "https://[::1]/in",
        "https://[::ffff:127.0.0.1]/in",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/in",
        "https://100.64.0.1/in",
        "https://0.0.0.0/in",
        "https://localhost/in",
        "https://localhost./in",
        "https://inside.example.org/in",
        "https://user@hook.example.org/in",
        "https://hook.example.org@127.0.0.1/in",
        "https://hook.example.org\\@127.0.0.1/in",
        "https://hook.example.org/in#x",
        "https://hook.example.org/a b",
        "https://höok.example.org/in",
        "https://hook.example.org/in\r\nX: y",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/",
        "ftp://hook.example.org",
        "//hook.example.org/in",
        "https:///in",
        "https://",
        "",
        "https://hook.example.org/" + "x" * 3000,
    ),
)
def test_any_other_is_refused(endpoint: str) -> None:
    assert fault("rest-hook", endpoint, PUBLIC) != ""


def test_a_registration_may_allow_private_addresses_and_http_but_no_cloud_secrets() -> None:
    assert fault("rest-hook", "http://127.0.0.1:8080/in", PRIVATE) == ""
    assert fault("rest-hook", "https://inside.example.org/in", PRIVATE) == ""
    assert fault("rest-hook", "http://169.254.169.254/latest", PRIVATE) != ""


def test_registered_hosts_are_the_only_ones_compared_whole() -> None:
    reach = Reach(hosts=frozenset({"hook.example.org", "other.example.org:8443"}))
    assert fault("rest-hook", "https://hook.example.org/in", reach) == ""
    assert fault("rest-hook", "https://hook.example.org:9000/in", reach) == ""
    assert fault("rest-hook", "https://other.example.org:8443/in", reach) == ""
    assert fault("rest-hook", "https://other.example.org/in", reach) != ""
    assert fault("rest-hook", "https://hook.example.org.evil/in", reach) != ""


def test_email_goes_to_registered_addresses_and_domains_alone() -> None:
    reach = Reach(mail_to=frozenset({"desk@example.org", "@clinic.example"}))
    assert fault("email", "mailto:desk@example.org", reach) == ""
    assert fault("email", "mailto:Desk@Example.org", reach) == ""
    assert fault("email", "mailto:anybody@clinic.example", reach) == ""
    for endpoint in (
        "mailto:other@example.org",
        "mailto:desk@example.org?bcc=x@evil.example",
        "mailto:desk@example.org,x@evil.example",
        "mailto:x@evil.example%0a",
        "desk@example.org",
        "mailto:desk@sub.clinic.example",
    ):
        assert fault("email", endpoint, reach) != "", endpoint
    assert fault("email", "mailto:desk@example.org", PUBLIC) != ""


def test_what_fails_as_one_is_told_by_host_and_port() -> None:
    assert origin("rest-hook", "https://Hook.example.org/a") == "https://hook.example.org:443"
    assert origin("rest-hook", "https://hook.example.org:443/b") == "https://hook.example.org:443"
    assert origin("email", "mailto:a@Example.org") == "mailto:example.org"


def test_no_fault_repeats_the_endpoint() -> None:
    for endpoint in ("https://u:secret@h/", "https://10.9.8.7/secret", "http://h/secret"):
        words = fault("rest-hook", endpoint, PUBLIC)
        assert "secret" not in words
        assert "10.9.8.7" not in words
