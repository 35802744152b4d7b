"""`/healthz`, `/readyz` and `/metrics`, answered in front of the application.

An orchestrator asks the first whether to restart the process and the second whether to send it
calls. Both tell everybody, and tell nothing but that. `/metrics` names clients, so it asks for a
token; Prometheus sends one with `authorization: credentials_file`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from adapter.operations.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: For how long a look at the parts is believed.
_LOOK_SECONDS = 1.0

_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"


class Answer(Struct, frozen=True):
    """What one of the three addresses answers."""

    status: str
    media_type: str
    body: bytes
    #: Beside those every answer has.
    headers: tuple[tuple[str, str], ...] = ()


class Endpoints:
    """The three addresses.

    Args:
        metrics: what `/metrics` shows.
        token: the Bearer token it asks for; empty: none.
        is_open: whether it is answered without a token, where there is none to ask for.
        checks: what has to hold for calls to be answered, by name; one that raises does not hold.
    """

    def __init__(
        self,
        *,
        metrics: Metrics,
        token: str,
        is_open: bool,
        checks: Mapping[str, Callable[[], bool]],
    ) -> None:
        self._metrics, self._token, self._is_open = metrics, token, is_open
        self._checks = checks
        self._ready: Answer | None = None
        self._looked_at = 0.0

    def in_front_of(self, application: WSGIApplication) -> WSGIApplication:
        """The application, with these addresses answered before it is asked."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            page: Callable[[], Answer]
            match environ["PATH_INFO"]:
                case "/healthz":
                    page = self.healthz
                case "/readyz":
                    page = self.readyz
                case "/metrics":
                    page = partial(self.metrics, environ.get("HTTP_AUTHORIZATION", ""))
                case _:
                    return application(environ, start_response)
            method = environ["REQUEST_METHOD"]
            if method in ("GET", "HEAD"):
                answered = page()
            else:
                answered = Answer(
                    "405 Method Not Allowed", _TEXT, b"use GET\n", (("Allow", "GET, HEAD"),)
                )
            headers = [
                ("Content-Type", answered.media_type),
                ("Content-Length", str(len(answered.body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                *answered.headers,
            ]
            start_response(answered.status, headers)
            return [answered.body if method != "HEAD" else b""]

        return answer

    def healthz(self) -> Answer:
        """The process is alive: it answers."""
        return Answer("200 OK", _JSON, b'{"status":"ok"}')

    def readyz(self) -> Answer:
        """Whether calls can be answered now, and if not, which part is missing.

        Looked at once a second at most: everybody may ask, and looking writes to the store.
        """
        now = monotonic()
        if self._ready is None or now - self._looked_at >= _LOOK_SECONDS:
            self._ready, self._looked_at = self._look(), now
        return self._ready

    def _look(self) -> Answer:
        held = {name: _holds(check) for name, check in self._checks.items()}
        ready = all(held.values())
        body = {
            "status": "ready" if ready else "not ready",
            "checks": {name: "ok" if one else "failed" for name, one in held.items()},
        }
        return Answer(
            "200 OK" if ready else "503 Service Unavailable", _JSON, msgspec.json.encode(body)
        )

    def metrics(self, authorization: str) -> Answer:
        """The metrics, for who may see them."""
        if self._token:
            expected, sent = f"Bearer {self._token}".encode(), authorization.encode()
            if not hmac.compare_digest(sent, expected):
                words = b"send Authorization: Bearer with the metrics_token of this service\n"
                return Answer("401 Unauthorized", _TEXT, words, (("WWW-Authenticate", "Bearer"),))
        elif not self._is_open:
            words = b"closed: no metrics_token is set for this service (ECM_METRICS_TOKEN)\n"
            return Answer("403 Forbidden", _TEXT, words)
        return Answer("200 OK", CONTENT_TYPE, self._metrics.exposition())


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever it is, calls could not be answered
        return False
