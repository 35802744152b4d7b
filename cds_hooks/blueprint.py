"""CDS Hooks over HTTP, as a Flask blueprint that any Flask application can mount.

Routes and status codes only: what is read and answered is decided in `protocol` and `services`.
Every answer that is not a success is an OperationOutcome without patient data or stack trace.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import sha256
from traceback import extract_tb
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import (
    HTTPException,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from cds_hooks.errors import (
    CdsHooksError,
    DataMissing,
    MalformedRequest,
    UnknownService,
    WrongHook,
)
from cds_hooks.protocol import answer_body, operation_outcome, outcome_of, read_call
from cds_hooks.services import Services

_LOG = logging.getLogger(__name__)

#: More than any chart of one member needs; a longer body is refused unread.
MAX_BODY_BYTES = 20 * 1024 * 1024

STATUS: dict[type[CdsHooksError], int] = {
    MalformedRequest: 400,
    WrongHook: 400,
    UnknownService: 404,
    DataMissing: 412,
}

#: What to do about the refusals that come from HTTP itself, by status: issue type and words.
_HTTP_REFUSALS = {
    404: ("not-found", "there is nothing at this address; GET /cds-services lists the services"),
    405: ("not-supported", "this address answers other methods; the Allow header lists them"),
    413: (
        "too-long",
        f"the body is longer than {MAX_BODY_BYTES // 1024 // 1024} MB; send less prefetch",
    ),
    415: ("not-supported", "send Content-Type: application/json, in UTF-8 and not compressed"),
}


def cds_hooks_blueprint(services: Services) -> Blueprint:
    """Discovery and calls of `services`, below `/cds-services`."""
    blueprint = Blueprint("cds_hooks", __name__)
    discovery = services.discovery()
    etag = sha256(discovery).hexdigest()[:32]

    def discover() -> Response:
        response = _json(discovery, 200)
        response.set_etag(etag)
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response

    def call(service_id: str) -> Response:
        services.find(service_id)
        _require_json()
        body = request.get_data(cache=False)
        if len(body) >= MAX_BODY_BYTES:  # Werkzeug cuts a body without Content-Length there.
            raise RequestEntityTooLarge
        cards = services.answer(service_id, read_call(body))
        response = _json(answer_body(cards), 200)
        response.headers["Cache-Control"] = "no-store"
        return response

    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/cds-services", discover),
        ("POST", "/cds-services/<service_id>", call),
    )
    for method, rule, view in routes:
        blueprint.add_url_rule(
            rule, methods=[method], view_func=view, strict_slashes=False, endpoint=view.__name__
        )
    blueprint.register_error_handler(CdsHooksError, _told)
    return blueprint


def tell_errors_as_outcomes(app: Flask) -> None:
    """Make every other failure of `app`, its own bugs included, an OperationOutcome as well."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _told(fault: CdsHooksError) -> Response:
    return _outcome(outcome_of(fault), STATUS[type(fault)])


def _refused(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status == 413:
        _drain()
    issue_type, words = _HTTP_REFUSALS.get(
        status, ("processing", f"the request was refused: {fault.name}")
    )
    response = _outcome(operation_outcome(issue_type, words), status)
    if allowed := getattr(fault, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _failed(fault: Exception) -> Response:
    """A bug of ours: only its kind and place are told, since its message may quote the chart."""
    frame = extract_tb(fault.__traceback__)[-1]
    _LOG.error("%s in %s, line %s", type(fault).__name__, frame.filename, frame.lineno)
    words = f"an error of this service ({type(fault).__name__}); it is not the request's fault"
    return _outcome(operation_outcome("exception", words), 500)


def _drain() -> None:
    """Read on without keeping anything, within reason.

    Many clients send their whole body before they look at an answer; if the connection were closed
    at once they would see it break and never learn why.
    """
    source, left = request.environ["wsgi.input"], 5 * MAX_BODY_BYTES
    while left > 0 and (read := len(source.read(65536))):
        left -= read


def _require_json() -> None:
    media_type = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if not is_json or charset not in ("utf-8", "utf8") or request.headers.get("Content-Encoding"):
        raise UnsupportedMediaType


def _outcome(body: dict[str, Any], status: int) -> Response:
    response = _json(msgspec.json.encode(body), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(body: bytes, status: int) -> Response:
    response = Response(body, status=status, mimetype="application/json")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
