"""What every page says to a browser, and what every route refuses that did not come from a page.

The routes are those of the application itself, so that one added later is asked too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlsplit

import msgspec
import pytest
from msgspec import Struct

from tests.contract.conftest import Answer, Service

#: Prints the routes of the sandbox. In a process of its own, as an application changes its process.
_LIST = """
import sys, tempfile
from pathlib import Path
import msgspec
import adapter.app
from adapter.background import Background
from adapter.deployment import Registered, settled
from adapter.settings import Settings
from adapter.worker import application

create = adapter.app.create_app

def create_and_tell(**parts):
    app = create(**parts)
    routes = [(one.rule, sorted(one.methods), one.endpoint) for one in app.url_map.iter_rules()]
    sys.stdout.buffer.write(msgspec.json.encode(routes))
    return app

adapter.app.create_app = create_and_tell
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    settings = settled(Settings(port=0, background=False, log="off"), folder)
    application(settings, folder, Registered(None), Background())
"""

#: What stands in an address where a route leaves it open, so that there is something there.
_VALUES = {"name": "five-emergency-visits", "vendor": "epic", "filename": "workbench.css"}

#: Names that are not this machine's, however they look; and none at all.
_FOREIGN_HOSTS = ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil:80")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Route(Struct, frozen=True, array_like=True):
    """A rule of the application."""

    rule: str
    methods: tuple[str, ...]
    endpoint: str

    @property
    def path(self) -> str:
        """An address of it."""
        return re.sub(
            r"<(?:\w+:)?(\w+)>", lambda part: _VALUES.get(part[1], "nothing-there"), self.rule
        )

    @property
    def is_page(self) -> bool:
        """Whether it is of the workbench."""
        return self.endpoint.startswith("workbench.")


@pytest.fixture(scope="module")
def routes() -> tuple[Route, ...]:
    """Every route there is."""
    told = subprocess.run(
        (sys.executable, "-c", _LIST), capture_output=True, check=True, timeout=60
    )
    found = msgspec.json.decode(told.stdout, type=tuple[Route, ...])
    assert sum(one.is_page for one in found) > 30
    return found


def get(service: Service, path: str, **headers: str) -> Answer:
    """A GET of which only a page is read: a stream of events has no end."""
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        is_page = told.get("content-type", "").startswith("text/html")
        return Answer(response.status, told, response.read() if is_page else b"")
    finally:
        connection.close()


def assert_kept_in(path: str, answer: Answer) -> None:
    """A page runs only scripts of ours, is framed by nobody, and tells nobody where one was."""
    headers = answer.headers
    policy = {
        name: set(values)
        for name, *values in (
            one.split() for one in headers["content-security-policy"].split(";") if one.strip()
        )
    }
    assert policy["default-src"] == {"'none'"}, path
    assert policy["frame-ancestors"] == {"'none'"}, path
    assert policy["base-uri"] == {"'none'"}, path
    assert policy["form-action"] <= {"'self'", "'none'"}, path
    for name, values in policy.items():
        allowed = {"'self'", "'none'"} | ({"data:"} if name == "img-src" else set())
        assert values <= allowed, (path, name)
    assert headers["x-content-type-options"] == "nosniff", path
    assert headers["referrer-policy"] in ("no-referrer", "same-origin"), path
    # The way from a sample to its card is the same for everybody.
    if not 300 <= answer.status < 400 or path.startswith("/workbench/"):
        assert headers["cache-control"] == "no-store", path


def links(page: Answer, at: str) -> Iterator[str]:
    """The addresses of this service that a page leads to, without their fragments."""
    for found in re.findall(rb'href="([^"]+)"', page.body):
        href = unescape(found.decode()).partition("#")[0]
        if href.startswith("?"):
            href = urlsplit(at).path + href
        if href.startswith("/") and not href.startswith("/static/"):
            yield href


def kind_of(address: str) -> tuple[str, frozenset[str]]:
    """Addresses of one kind differ in values of their queries alone."""
    parts = urlsplit(address)
    return parts.path, frozenset(one.partition("=")[0] for one in parts.query.split("&"))


def test_every_page_is_kept_in(service: Service, routes: tuple[Route, ...]):
    """Every GET route, and every kind of page that a link leads to from the first page on."""
    queue = ["/", *(one.path for one in routes if "GET" in one.methods)]
    seen, pages = set(), 0
    while queue:
        address = queue.pop(0)
        if kind_of(address) in seen:
            continue
        seen.add(kind_of(address))
        answer = get(service, address)
        assert answer.status < 500, address
        if answer.headers.get("content-type", "").startswith("text/html"):
            pages += 1
            assert_kept_in(address, answer)
            queue += links(answer, address)
        elif answer.status < 300 and address.startswith("/workbench/"):
            assert answer.headers["x-content-type-options"] == "nosniff", address
            assert answer.headers["cache-control"] == "no-store", address
    assert pages > 30


def test_refusals_are_kept_in_as_well(service: Service):
    """What is not there, not for this role, not of this site; as a page and as a part of one."""
    for headers in ({}, {"X-Fragment": "1"}):
        for path in ("/workbench/nothing", "/workbench/operations/?as=referrer"):
            answer = get(service, path, **headers)
            assert answer.status in (403, 404)
            assert_kept_in(path, answer)
        sent = service.request(
            "POST", "/workbench/evaluate/", b"", _FORM | headers | {"Origin": "http://evil.example"}
        )
        assert sent.status == 403
        assert_kept_in("a foreign form", sent)


@pytest.mark.parametrize(
    "headers",
    (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        *({"Host": name} for name in _FOREIGN_HOSTS),
    ),
    ids=str,
)
def test_nothing_is_taken_from_a_page_of_elsewhere(
    service: Service, routes: tuple[Route, ...], headers: dict[str, str]
):
    """Every POST of the workbench; what is beside it takes no form of anybody at all."""
    posts = [one for one in routes if {"POST", "PUT", "PATCH", "DELETE"} & set(one.methods)]
    assert len(posts) > 20
    for one in posts:
        answer = service.request("POST", one.path, b"a=b", _FORM | headers)
        if one.is_page:
            assert answer.status in (403, 421), (one.rule, answer.status)
        else:
            assert 400 <= answer.status < 500, (one.rule, answer.status)
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("host", _FOREIGN_HOSTS)
def test_under_a_name_of_elsewhere_nothing_is_shown(
    service: Service, routes: tuple[Route, ...], host: str
):
    """A page that had its own name lead here (DNS rebinding) reads no page of the workbench."""
    for one in routes:
        if one.is_page and "GET" in one.methods:
            answer = get(service, one.path, Host=host)
            assert answer.status == 421, one.rule
            assert b"<nav" not in answer.body
            assert_kept_in(one.rule, answer)
    assert b"Playing" not in get(service, "/", Host=host).body


def test_pages_do_not_repeat_what_an_address_says(service: Service, routes: tuple[Route, ...]):
    """Script in a path or a parameter is shown as text, or not at all."""
    evil = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22onload=%22"
    names = ("as", "sample", "plan", "asOf", "url", "q", "patient", "hook", "next", "state")
    query = "&".join(f"{name}={evil}" for name in names)
    for one in routes:
        if "GET" not in one.methods or not (one.is_page or one.endpoint.startswith("front.")):
            continue
        path = re.sub(r"<[^>]+>", evil, one.rule)
        for address in (f"{one.path}?{query}", path):
            answer = get(service, address)
            assert answer.status < 500, address
            assert b"<script>alert" not in answer.body, address
            assert b'"onload="' not in answer.body, address
