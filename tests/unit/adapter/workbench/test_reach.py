"""Which services the pages call for whom."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "url",
    (
        "https://127.0.0.1",
        "https://localhost:1",
        "https://10.1.2.3",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://169.254.169.254",
        "https://2130706433",
        "https://0x7f.1",
        "https://100.64.1.1",
        "https://0.0.0.0",
    ),
)
def test_nobody_who_signed_in_reaches_into_the_network(url: str):
    """Whatever the address is written like; nothing is connected to."""
    with pytest.raises(UnusableInput, match="may not be called from here|cannot be reached"):
        service_for(SITE, SIGNED_IN, url).discover()


def test_http_is_for_the_sandbox():
    """And for this service itself, which may stand behind a proxy."""
    with pytest.raises(UnusableInput, match="not https"):
        service_for(SITE, SIGNED_IN, "http://cds.example.org")
    assert service_for(SITE, SANDBOX, "http://127.0.0.1:1").base == "http://127.0.0.1:1"
    local: Any = SimpleNamespace(settings=Settings(public_base="http://127.0.0.1:8080"))
    assert service_for(local, SIGNED_IN, "http://127.0.0.1:8080/").base == "http://127.0.0.1:8080"


def test_where_clouds_keep_credentials_is_reached_by_nobody():
    """Not in the sandbox either."""
    with pytest.raises(UnusableInput, match="may not be called from here"):
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
    headers = {} if said is None else {"Sec-Fetch-Site": said}
    asked = Request(EnvironBuilder(headers=headers).get_environ())
    assert is_asked_here(cast(Any, asked)) is here
