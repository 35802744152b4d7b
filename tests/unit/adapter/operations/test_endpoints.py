"""`/healthz`, `/readyz`, `/metrics`: what each says, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from adapter.operations.endpoints import Endpoints
from adapter.operations.metrics import Metrics


def ask(
    path: str,
    *,
    method: str = "GET",
    authorization: str | None = None,
    token: str = "",
    is_open: bool = False,
    checks: dict[str, Callable[[], bool]] | None = None,
) -> tuple[str, dict[str, str], bytes]:
    """The answer of a service of these settings, whose application answers `application`."""
    started: list[Any] = []

    def start(*answer: Any) -> Callable[[bytes], object]:
        started.extend(answer)
        return lambda _: None

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    endpoints = Endpoints(metrics=Metrics(), token=token, is_open=is_open, checks=checks or {})
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method}
    if authorization is not None:
        environ["HTTP_AUTHORIZATION"] = authorization
    body = b"".join(endpoints.in_front_of(application)(environ, start))
    return started[0], dict(started[1]), body


def test_alive_is_told_to_everybody():
    """And nothing else."""
    status, headers, body = ask("/healthz")
    assert (status, body) == ("200 OK", b'{"status":"ok"}')
    assert headers["Cache-Control"] == "no-store"


def test_ready_while_every_check_holds():
    """Each is named."""
    status, _, body = ask("/readyz", checks={"store": lambda: True, "policies": lambda: True})
    assert status == "200 OK"
    assert msgspec.json.decode(body) == {
        "status": "ready",
        "checks": {"store": "ok", "policies": "ok"},
    }


def broken() -> bool:
    """A check that breaks with words that must not be told."""
    raise RuntimeError("postgresql://ecm:s3cret@db")


@pytest.mark.parametrize("check", (lambda: False, broken))
def test_not_ready_once_one_check_fails(check: Callable[[], bool]):
    """503, which one, and not why."""
    status, _, body = ask("/readyz", checks={"store": check, "policies": lambda: True})
    assert status == "503 Service Unavailable"
    assert msgspec.json.decode(body) == {
        "status": "not ready",
        "checks": {"store": "failed", "policies": "ok"},
    }


def test_metrics_are_open_in_development_mode_only():
    """Without a token to ask for, registered deployments keep them closed and say what to set."""
    status, headers, body = ask("/metrics", is_open=True)
    assert status == "200 OK"
    assert headers["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE ecm_cds_calls_total counter" in body
    status, _, body = ask("/metrics")
    assert status == "403 Forbidden"
    assert b"ECM_METRICS_TOKEN" in body


@pytest.mark.parametrize("sent", (None, "", "Bearer", "Bearer other", "t0ken", "Bearer t0ken "))
def test_metrics_ask_for_their_token(sent: str | None):
    """Even in development mode; nothing but that very token will do."""
    status, headers, body = ask("/metrics", token="t0ken", is_open=True, authorization=sent)
    assert (status, headers["WWW-Authenticate"]) == ("401 Unauthorized", "Bearer")
    assert b"ecm_cds" not in body
    assert b"t0ken" not in body


def test_metrics_are_given_for_their_token():
    """As Prometheus sends it."""
    status, _, body = ask("/metrics", token="t0ken", authorization="Bearer t0ken")
    assert status == "200 OK"
    assert b"ecm_log_lines_total" in body


@pytest.mark.parametrize("path", ("/healthz", "/readyz", "/metrics"))
def test_they_are_read_only(path: str):
    """HEAD has no body; other methods are refused."""
    status, headers, body = ask(path, method="HEAD", is_open=True)
    assert (status, body) == ("200 OK", b"")
    assert int(headers["Content-Length"]) > 0
    status, headers, _ = ask(path, method="POST", is_open=True)
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")


@pytest.mark.parametrize("path", ("/", "/cds-services", "/healthz/", "/metrics/x"))
def test_everything_else_goes_to_the_application(path: str):
    """Unchanged."""
    assert ask(path) == ("200 OK", {}, path.encode())


def test_a_crowd_that_asks_looks_once():
    """Anybody may ask whether the service is ready, and looking writes to the store."""
    looked: list[bool] = []

    def check() -> bool:
        looked.append(True)
        return True

    endpoints = Endpoints(metrics=Metrics(), token="", is_open=False, checks={"store": check})
    assert {endpoints.readyz().status for _ in range(50)} == {"200 OK"}
    assert len(looked) == 1
