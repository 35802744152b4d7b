"""Which services the pages call for whom."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from adapter.errors import UnusableInput
from adapter.settings import Settings
from adapter.workbench.hooks.reach import is_asked_here, own_base, service_for

OWN = "https://ecm.example.org/x"
SITE: Any = SimpleNamespace(settings=Settings(public_base=OWN))
SANDBOX: Any = SimpleNamespace(sandbox=True)
SIGNED_IN: Any = SimpleNamespace(sandbox=False)

_REFUSED = "may not be called from here"


def test_without_an_address_it_is_this_service():
    """By whatever address of it."""
    for url in ("", "  ", OWN, f"{OWN}/", f"{OWN}/cds-services", f"{OWN}/cds-services/a"):
        assert service_for(SITE, SIGNED_IN, url).base == OWN == own_base(SITE)


def test_a_token_goes_along_as_it_is_and_is_shown_nowhere():
    """None where there is none."""
    service = service_for(SITE, SANDBOX, "", token=" canary \n")
    assert service.signer is not None
    assert service.signer.token("https://anything") == "canary"
    assert "canary" not in repr(service)
    assert service_for(SITE, SANDBOX, "", token=" ").signer is None
    for text in ("a\r\nX-Other: b", "ü€", "a\0b"):
        with pytest.raises(UnusableInput, match="the token holds") as told:
            service_for(SITE, SANDBOX, "", token=text)
        assert text not in str(told.value)


@pytest.mark.parametrize(
    "url",
    (
        "ecm.example.org",
        "file:///etc/passwd",
        "gopher://x",
        "https://user@host",
        "https://user:secret-1@host",
        "https://host?x=1",
        "https://host#x",
        "http://[::1",
        "http://",
    ),
)
def test_what_is_no_plain_address_is_refused_for_everybody(url: str):
    """A user, a query, another scheme."""
    for visitor in (SANDBOX, SIGNED_IN):
        with pytest.raises(UnusableInput) as told:
            service_for(SITE, visitor, url)
        assert "secret-1" not in str(told.value) or "no address" in str(told.value)


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has every name lead to an address."""

    def lead(address: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)

    return lead


@pytest.mark.parametrize(
    "address",
    (
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.1.1", "0.0.0.0"),  # noqa: S104
        *("::1", "::ffff:127.0.0.1", "fd00::1", "fe80::1", "64:ff9b::7f00:1"),
    ),
)
def test_nobody_who_signed_in_reaches_into_the_network(
    leads_to: Callable[[str], None], address: str
):
    """By whatever name; nothing is connected to."""
    leads_to(address)
    with pytest.raises(UnusableInput, match=_REFUSED):
        service_for(SITE, SIGNED_IN, "https://cds.example.org").discover()


def test_http_is_for_the_sandbox():
    """And for this service itself, which may stand behind a proxy."""
    with pytest.raises(UnusableInput, match="not https"):
        service_for(SITE, SIGNED_IN, "http://cds.example.org")
    assert service_for(SITE, SANDBOX, "http://127.0.0.1:1").base == "http://127.0.0.1:1"
    local: Any = SimpleNamespace(settings=Settings(public_base="http://127.0.0.1:8080"))
    assert service_for(local, SIGNED_IN, "http://127.0.0.1:8080/").base == "http://127.0.0.1:8080"


def test_where_clouds_keep_credentials_is_reached_by_nobody(leads_to: Callable[[str], None]):
    """Not in the sandbox either."""
    leads_to("169.254.169.254")
    with pytest.raises(UnusableInput, match=_REFUSED):
        service_for(SITE, SANDBOX, "http://169.254.169.254").discover()


@pytest.mark.parametrize(
    ("said", "here"),
    (
        ("cross-site", False),
        ("same-site", False),
        ("same-origin", True),
        ("none", True),
        (None, True),
    ),
)
def test_a_link_of_elsewhere_calls_nobody(said: str | None, here: bool):
    """A browser says where the request comes from; what is no browser is believed."""
    headers = [] if said is None else [("Sec-Fetch-Site", said)]
    asked = Request(EnvironBuilder(headers=headers).get_environ())
    assert is_asked_here(cast(Any, asked)) is here
