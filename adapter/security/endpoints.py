"""The token endpoint and its announcement over HTTP, answered in front of the application.

`/auth/token` and `/fhir/.well-known/smart-configuration`, below the path of the public base. Plain
WSGI: neither needs more than a body and four headers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus
from traceback import extract_tb
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from adapter.security.assertions import ENDPOINT
from adapter.security.smart import (
    CONFIGURATION,
    MOST_BYTES,
    TokenAnswer,
    TokenEndpoint,
    smart_configuration,
)
from cds_hooks.errors import NotStored

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)

#: What is read of a body that is too long, so that the answer is heard.
_DRAINED_BYTES = 1024 * 1024


class SmartEndpoints:
    """The two addresses.

    Args:
        tokens: gives out tokens.
        public_base: URL of this service as clients see it, without a slash at the end.
        fhir_path: of the FHIR endpoint, below that.
    """

    def __init__(self, tokens: TokenEndpoint, public_base: str, fhir_path: str) -> None:
        self._tokens = tokens
        self._prefix = urlsplit(public_base).path.rstrip("/")
        self._announced = fhir_path + CONFIGURATION
        self._configuration = msgspec.json.encode(smart_configuration(public_base))

    def in_front_of(self, application: WSGIApplication) -> WSGIApplication:
        """The application, with these addresses answered before it is asked."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            # A proxy may take the prefix off, or not.
            path = environ.get("PATH_INFO", "")
            if self._prefix and path.startswith(f"{self._prefix}/"):
                path = path[len(self._prefix) :]
            if path == ENDPOINT:
                answered = self._token(environ)
            elif path == self._announced:
                answered = self._announcement(environ)
            else:
                return application(environ, start_response)
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(answered.body))),
                ("X-Content-Type-Options", "nosniff"),
                *answered.headers.items(),
            ]
            status = HTTPStatus(answered.status)
            start_response(f"{status.value} {status.phrase}", headers)
            return [answered.body if environ["REQUEST_METHOD"] != "HEAD" else b""]

        return answer

    def _token(self, environ: WSGIEnvironment) -> TokenAnswer:
        if environ["REQUEST_METHOD"] != "POST":
            return _told(405, "invalid_request", {"Allow": "POST"})
        try:
            body = _body(environ)
            return self._tokens.answer(environ.get("CONTENT_TYPE"), body)
        except NotStored:
            return _told(503, "temporarily_unavailable", {"Retry-After": "5"})
        except Exception as fault:  # noqa: BLE001 - its message may quote what was sent
            frame = extract_tb(fault.__traceback__)[-1]
            _LOG.error("%s in %s, line %s", type(fault).__name__, frame.filename, frame.lineno)
            return _told(500, "server_error", {})

    def _announcement(self, environ: WSGIEnvironment) -> TokenAnswer:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _told(405, "invalid_request", {"Allow": "GET, HEAD"})
        # Everybody may read it, from a browser too.
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=300"}
        return TokenAnswer(status=200, headers=headers, body=self._configuration)


def _told(status: int, error: str, headers: dict[str, str]) -> TokenAnswer:
    body = msgspec.json.encode({"error": error})
    return TokenAnswer(status=status, headers={"Cache-Control": "no-store"} | headers, body=body)


def _body(environ: WSGIEnvironment) -> bytes:
    """The body, of one that is too long a little more than is allowed."""
    length = environ.get("CONTENT_LENGTH", "")
    most = int(length) if length.isascii() and length.isdecimal() else _DRAINED_BYTES
    source, kept, left = environ["wsgi.input"], b"", min(most, _DRAINED_BYTES)
    while left > 0 and (read := source.read(min(left, 65536))):
        left -= len(read)
        if len(kept) <= MOST_BYTES:
            kept += read
    return kept
