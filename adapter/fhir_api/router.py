"""The FHIR endpoint over HTTP, as a Flask blueprint that any Flask application can mount.

Everything below its prefix becomes a `Call` and an answer of `service.FhirService`; which addresses
there are is the table's to say, not Flask's. Here are bytes and headers only: limits of bodies,
compression, and who may call from a browser (CORS).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from traceback import extract_tb
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapter.deployment import FHIR_PATH
from adapter.fhir_api.call import Call, parameters
from adapter.fhir_api.compression import MAX_BODY_BYTES, packed, too_long, unpacked
from adapter.fhir_api.faults import Refused, refused
from adapter.fhir_api.service import FhirService, Rendered

_LOG = logging.getLogger(__name__)

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_CORS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Idempotency-Key, "
    "If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer",
    "Access-Control-Expose-Headers": "Content-Location, ETag, Last-Modified, Location, "
    "Preference-Applied, Retry-After, X-Part-2-Consent, X-Part-2-Notice",
    "Access-Control-Max-Age": "600",
}


def fhir_blueprint(
    service: FhirService, *, public_base: str, allows_origin: Callable[[str], bool]
) -> Blueprint:
    """The endpoint, below `/fhir`.

    Args:
        service: answers calls.
        public_base: URL by which clients know this service, without a slash at the end; empty: the
            address listened on. Links are on the base that the client used; where it came by the
            host of this URL, its scheme is this URL's, whatever stands between.
        allows_origin: whether pages of an origin may call.
    """
    blueprint = Blueprint("fhir", __name__, url_prefix=FHIR_PATH)
    endpoint = _Endpoint(service, public_base, allows_origin)
    options = {"strict_slashes": False, "merge_slashes": False, "provide_automatic_options": False}
    for rule in ("/", "/<path:path>"):
        blueprint.add_url_rule(
            rule,
            endpoint="root" if rule == "/" else "below",
            methods=list(_METHODS),
            view_func=endpoint.answer,
            **options,
        )
    blueprint.before_request(endpoint.preflight)
    blueprint.after_request(endpoint.let_browsers_read)
    blueprint.register_error_handler(HTTPException, endpoint.told)
    blueprint.register_error_handler(Exception, endpoint.failed)
    return blueprint


class _Endpoint:
    def __init__(
        self, service: FhirService, public_base: str, allows_origin: Callable[[str], bool]
    ) -> None:
        self._service, self._allows_origin = service, allows_origin
        self._public_base, self._public_host = public_base, urlsplit(public_base).netloc

    def answer(self, path: str = "") -> Response:
        """Any request that is no browser's question."""
        asked = self._bare()
        try:
            asked = self._call(path)
            if request.method == "OPTIONS":
                return _sent(self._service.allowed(asked))
            body = unpacked(_body(), request.headers.get("Content-Encoding", ""))
            return _sent(self._service.answer(msgspec.structs.replace(asked, body=body)))
        except Refused as fault:
            if fault.status in (413, 415):
                _drain(5 * MAX_BODY_BYTES)
            return _sent(self._service.refused(asked, fault))

    def preflight(self) -> Response | None:
        """A browser asks first whether it may call."""
        asks = "Access-Control-Request-Method" in request.headers
        if request.method != "OPTIONS" or not asks:
            return None
        if not self._allows_origin(request.headers.get("Origin", "")):
            fault = refused(
                403,
                "forbidden",
                "pages of this origin may not call; add it to the origins of this service or of "
                "the client",
            )
            return _sent(self._service.refused(self._bare(), fault))
        response = Response(status=204)
        if request.headers.get("Access-Control-Request-Private-Network") == "true":
            response.headers["Access-Control-Allow-Private-Network"] = "true"
        return response

    def let_browsers_read(self, response: Response) -> Response:
        """What every answer says, whoever asks."""
        response.vary.update(("Accept", "Accept-Encoding", "Origin"))
        response.headers["X-Content-Type-Options"] = "nosniff"
        origin = request.headers.get("Origin")
        if origin and self._allows_origin(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.update(_CORS)
        return response

    def told(self, fault: HTTPException) -> Response:
        """What HTTP itself refuses."""
        status = fault.code or 500
        words = f"the request was refused: {fault.name}"
        found = too_long() if status == 413 else refused(status, "processing", words)
        if status == 413:
            _drain(5 * MAX_BODY_BYTES)
        return _sent(self._service.refused(self._bare(), found))

    def failed(self, fault: Exception) -> Response:
        """A bug of ours: only its kind and place are told, since its message may quote a record."""
        frame = extract_tb(fault.__traceback__)[-1]
        _LOG.error("%s in %s, line %s", type(fault).__name__, frame.filename, frame.lineno)
        words = f"an error of this service ({type(fault).__name__}); it is not the request's fault"
        return _sent(self._service.refused(self._bare(), refused(500, "exception", words)))

    def _call(self, path: str) -> Call:
        return Call(
            method=request.method,
            path=_segments(path),
            query=parameters(request.query_string.decode("latin-1")),
            headers={name.lower(): value for name, value in request.headers.items()},
            base=self._base(),
        )

    @staticmethod
    def _bare() -> Call:
        """What is known of a request that cannot be read: how its answer should look."""
        headers = {"accept": request.headers.get("Accept", "")}
        return Call(method=request.method, path=(), headers=headers)

    def _base(self) -> str:
        if request.host == self._public_host:
            return f"{self._public_base}{FHIR_PATH}"
        return f"{request.scheme}://{request.host}{request.root_path.rstrip('/')}{FHIR_PATH}"


def _segments(path: str) -> tuple[str, ...]:
    """The path's parts; one slash at the end is let pass."""
    return tuple(path.removesuffix("/").split("/")) if path else ()


def _body() -> bytes:
    if request.method in ("GET", "HEAD", "DELETE"):
        return b""
    body = request.get_data(cache=False)
    if len(body) >= MAX_BODY_BYTES:  # Werkzeug cuts a body without Content-Length there.
        raise RequestEntityTooLarge
    return body


def _sent(rendered: Rendered) -> Response:
    response = Response(rendered.body, status=rendered.status)
    response.headers.clear()
    response.headers.update(rendered.headers)
    if rendered.body:
        compressed = packed(rendered.body, request.headers.get("Accept-Encoding", ""))
        if compressed is not None:
            response.set_data(compressed)
            response.headers["Content-Encoding"] = "gzip"
    if rendered.status not in (204, 304):
        response.headers["Content-Length"] = str(len(response.get_data()))
    return response


def _drain(at_most: int) -> None:
    """Read the body on without keeping anything, within reason; see `cds_hooks.blueprint`."""
    source, left = request.environ["wsgi.input"], at_most
    while left > 0 and (read := len(source.read(65536))):
        left -= read
