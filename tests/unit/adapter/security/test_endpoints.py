"""The token endpoint as bytes over WSGI: addresses, methods, bodies, faults of ours."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from adapter.security.endpoints import SmartEndpoints
from cds_hooks.errors import NotStored
from tests.unit.adapter.security.backend_services import FORM, Service, request
from tests.unit.adapter.security.signing import BASE


def behind(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """The application: it says what it was asked."""
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


def ask(
    endpoints: SmartEndpoints,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    length: str | None = None,
    content_type: str = FORM,
) -> tuple[str, dict[str, str], bytes]:
    started: list[Any] = []
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "wsgi.input": io.BytesIO(body),
    }
    start = lambda status, headers: started.append((status, dict(headers)))
    answered = b"".join(endpoints.in_front_of(behind)(environ, start))  # type: ignore[arg-type]
    return (*started[0], answered)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


@pytest.fixture
def endpoints(service: Service) -> SmartEndpoints:
    return SmartEndpoints(service.endpoint, BASE, "/fhir")


def test_a_token_is_given_at_the_address_that_is_announced(endpoints: SmartEndpoints):
    """Below the FHIR base, for everybody to read."""
    status, headers, body = ask(endpoints, "GET", "/fhir/.well-known/smart-configuration")
    assert status == "200 OK"
    assert headers["Content-Type"] == "application/json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    path = json.loads(body)["token_endpoint"].removeprefix(BASE)
    status, headers, body = ask(endpoints, "POST", path, request())
    assert status == "200 OK"
    assert headers["Cache-Control"] == "no-store"
    assert json.loads(body)["token_type"] == "bearer"


@pytest.mark.parametrize("taken_off", (False, True))
def test_below_a_path_the_addresses_stand_below_it(service: Service, taken_off: bool):
    """Whether the proxy in front takes the path off or not."""
    endpoints = SmartEndpoints(service.endpoint, f"{BASE}/ecm", "/fhir")
    prefix = "" if taken_off else "/ecm"
    _, _, body = ask(endpoints, "GET", f"{prefix}/fhir/.well-known/smart-configuration")
    assert json.loads(body)["token_endpoint"] == f"{BASE}/ecm/auth/token"
    assert ask(endpoints, "POST", f"{prefix}/auth/token")[0] == "400 Bad Request"


@pytest.mark.parametrize(
    "path", ("/", "/auth", "/auth/token/", "/auth//token", "/AUTH/TOKEN", "/fhir/auth/token")
)
def test_every_other_address_is_the_applications(endpoints: SmartEndpoints, path: str):
    """As it was asked."""
    assert ask(endpoints, "POST", path) == ("200 OK", {}, path.encode())


@pytest.mark.parametrize("method", ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"))
def test_a_token_is_asked_for_by_post(endpoints: SmartEndpoints, method: str):
    """An assertion in an address would end in logs."""
    status, headers, body = ask(endpoints, method, "/auth/token")
    assert status == "405 Method Not Allowed"
    assert headers["Allow"] == "POST"
    assert body == (b"" if method == "HEAD" else b'{"error":"invalid_request"}')


@pytest.mark.parametrize("length", ("", "99999999", "-1", "x"))
def test_a_body_of_any_size_is_read_no_further_than_needed(endpoints: SmartEndpoints, length: str):
    """What is too long is refused, whatever it announces."""
    body = request() + b"&a=" + b"x" * 5_000_000
    assert ask(endpoints, "POST", "/auth/token", body, length=length)[0] == "400 Bad Request"


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    (
        (NotStored(), "503 Service Unavailable", "temporarily_unavailable"),
        (ValueError("secret"), "500 Internal Server Error", "server_error"),
    ),
)
def test_a_fault_of_ours_tells_nothing(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    status: str,
    error: str,
):
    """But that it is ours."""

    def broken(*_: object) -> None:
        raise fault

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(service.endpoint, "answer", broken)
    endpoints = SmartEndpoints(service.endpoint, BASE, "/fhir")
    told, _, body = ask(endpoints, "POST", "/auth/token", request())
    assert (told, json.loads(body)) == (status, {"error": error})
    assert "secret" not in caplog.text
