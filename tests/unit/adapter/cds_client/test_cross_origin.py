"""What a browser makes of CORS headers, by the Fetch standard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from adapter.cds_client.calling import CdsService, Reply
from adapter.cds_client.cross_origin import (
    Check,
    answer_checks,
    preflight_checks,
    read_origin,
    tried,
)
from adapter.errors import UnusableInput

ORIGIN = "https://ehr.example.org"
ALLOWED = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Vary": "Origin",
}


def reply(status: int, headers: dict[str, str]) -> Reply:
    return Reply(
        url="https://cds.example.org/cds-services",
        status=status,
        milliseconds=1.0,
        body=None,
        headers=tuple(headers.items()),
    )


def preflight(status: int = 204, **changed: str | None) -> dict[str, Check]:
    """By header, what is made of a good preflight with these headers changed; None: left out."""
    merged = ALLOWED | {f"Access-Control-Allow-{n}": v for n, v in changed.items()}
    headers = {name: value for name, value in merged.items() if value is not None}
    found = preflight_checks(
        reply(status, headers), ORIGIN, "POST", ("authorization", "content-type")
    )
    return {one.name.removeprefix("Access-Control-Allow-"): one for one in found}


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, one in checks.items() if one.said == "fail"}


def test_a_service_that_answers_as_it_should_passes():
    """204, the origin itself, and both headers of a signed call."""
    assert failed(preflight()) == set()
    assert failed(preflight(Origin="*")) == set()
    assert failed(preflight(Methods=None)) == set(), "POST needs no leave"
    assert failed(preflight(status=200)) == set()


@pytest.mark.parametrize("status", (301, 401, 403, 404, 405, 500))
def test_a_preflight_has_to_succeed(status: int):
    """Also where a service asks for a token first, which a browser does not send with it."""
    checks = preflight(status)
    assert failed(checks) == {"Status"}
    assert "token" in checks["Status"].words


@pytest.mark.parametrize(
    "origin", (None, "https://other.example.org", f"{ORIGIN}/", "http://ehr.example.org", "null")
)
def test_the_origin_is_compared_to_the_last_character(origin: str | None):
    """What is missing, another's, or written otherwise fails, and is told what to write."""
    checks = preflight(Origin=origin)
    assert failed(checks) == {"Origin"}
    assert ORIGIN in checks["Origin"].words


def test_a_star_does_not_allow_authorization():
    """It stands for every header but that one (Fetch, CORS non-wildcard request-header name)."""
    checks = preflight(Headers="*")
    assert failed(checks) == {"Headers"}
    assert "name authorization in it" in checks["Headers"].words
    assert failed(preflight(Headers="*, authorization")) == set()
    assert "content-type" in preflight(Headers="Authorization")["Headers"].words


def test_the_answer_is_read_where_it_names_the_origin_whatever_its_status():
    """An error that a page cannot read helps nobody; what leads elsewhere is not followed."""
    for status in (200, 401, 412):
        assert all(one.said != "fail" for one in answer_checks(reply(status, ALLOWED), ORIGIN))
    (first, *_) = answer_checks(reply(302, ALLOWED), ORIGIN)
    assert first.said == "fail"
    found = {one.name: one for one in answer_checks(reply(200, {}), ORIGIN)}
    assert found["Access-Control-Allow-Origin"].said == "fail"
    (_, _, vary) = answer_checks(reply(200, ALLOWED | {"Vary": "Accept"}), ORIGIN)
    assert "add Origin to it" in vary.words


@pytest.mark.parametrize(
    ("written", "origin"),
    (
        (ORIGIN, ORIGIN),
        ("https://EHR.example.org/page?x=1", ORIGIN),
        ("https://ehr.example.org:443", ORIGIN),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80/", "http://[::1]"),
    ),
)
def test_an_origin_is_written_as_a_browser_sends_it(written: str, origin: str):
    """Small letters, no usual port, nothing after."""
    assert read_origin(written) == origin


@pytest.mark.parametrize(
    "written", ("", "ehr.example.org", "null", "*", "file:///x", "https://a b", "https://u@h", "//")
)
def test_what_is_no_origin_is_told(written: str):
    """With an example of one."""
    with pytest.raises(UnusableInput, match=r"https://ehr\.example\.org"):
        read_origin(written)


@contextmanager
def answering(headers: dict[str, str]) -> Iterator[tuple[CdsService, list[tuple[str, str]]]]:
    """A service that answers everything with 200 and these headers; and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.headers.get("Origin", "")))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_OPTIONS = _answer  # noqa: N815 - http.server names them

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield CdsService(base=f"http://127.0.0.1:{server.server_address[1]}"), asked
        finally:
            server.shutdown()
            thread.join()


def test_the_request_is_sent_only_if_the_preflight_passes():
    """As a browser would."""
    with answering(ALLOWED) as (service, asked):
        found = tried(service, "x", title="Call", method="POST", origin=ORIGIN, body={})
        assert found.passed
        assert asked == [("OPTIONS", ORIGIN), ("POST", ORIGIN)]
    with answering({}) as (service, asked):
        found = tried(service, title="Discovery", method="GET", origin=ORIGIN)
        assert not found.passed
        assert asked == [("OPTIONS", ORIGIN)]
