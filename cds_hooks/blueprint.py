"""CDS Hooks over HTTP, as a Flask blueprint that any Flask application can mount.

Routes, status codes and headers only: what is read and answered is decided in `services`, who calls
and what is kept by the `host`. Every answer that is not a success is an OperationOutcome without
patient data or stack trace. Browsers of allowed origins may call (CORS, cds-hooks_2.0@208).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

from cds_hooks.caller import Caller
from cds_hooks.errors import (
    CdsHooksError,
    DataMissing,
    MalformedRequest,
    NotStored,
    NotTrusted,
    UnknownService,
    WrongHook,
)
from cds_hooks.feedback import read_feedback
from cds_hooks.host import Host
from cds_hooks.protocol import answer_body, operation_outcome, outcome_of
from cds_hooks.recording import Recording
from cds_hooks.services import Services

_LOG = logging.getLogger(__name__)

#: More than any chart of one member needs; a longer body is refused unread.
MAX_BODY_BYTES = 20 * 1024 * 1024

STATUS: dict[type[CdsHooksError], int] = {
    MalformedRequest: 400,
    WrongHook: 400,
    NotTrusted: 401,
    UnknownService: 404,
    DataMissing: 412,
    NotStored: 503,
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

_CORS = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    "Access-Control-Expose-Headers": "ETag",
    "Access-Control-Max-Age": "600",
}


def cds_hooks_blueprint(services: Services, host: Host) -> Blueprint:
    """Discovery, calls and feedback of `services`, below `/cds-services`."""
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
        with _observed(services, host, service_id) as record:
            services.find(service_id)
            record.caller = caller = _identified(host)
            record.call = hook_call = services.read(service_id, _body())
            record.advice = services.answer(service_id, hook_call, caller, host)
            return _kept_private(_json(answer_body(record.advice.cards), 200))

    def feedback(service_id: str) -> Response:
        with _observed(services, host, service_id) as record:
            services.find(service_id)
            record.caller = caller = _identified(host)
            taken, record.deviations = read_feedback(_body())
            host.take_feedback(caller, service_id, taken)
            return _kept_private(_json(msgspec.json.encode({"received": len(taken)}), 200))

    def preflight(service_id: str = "") -> Response:
        """A browser asks first; the answer says what to change where it may not call."""
        del service_id
        origin = request.headers.get("Origin", "")
        if not host.allows_origin(origin):
            return _outcome(
                operation_outcome(
                    "forbidden",
                    "pages of this origin may not call; add it to the origins of this service or "
                    "of the client",
                ),
                403,
            )
        response = Response(status=204)
        if request.headers.get("Access-Control-Request-Private-Network") == "true":
            response.headers["Access-Control-Allow-Private-Network"] = "true"
        return response

    def let_browsers_read(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin and host.allows_origin(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers.update(_CORS)
        return response

    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/cds-services", discover),
        ("POST", "/cds-services/<service_id>", call),
        ("POST", "/cds-services/<service_id>/feedback", feedback),
    )
    for method, rule, view in routes:
        options = {"strict_slashes": False, "provide_automatic_options": False}
        name = view.__name__
        blueprint.add_url_rule(rule, methods=[method], view_func=view, endpoint=name, **options)
        blueprint.add_url_rule(
            rule, methods=["OPTIONS"], view_func=preflight, endpoint=f"{name}_preflight", **options
        )
    blueprint.after_request(let_browsers_read)
    blueprint.register_error_handler(CdsHooksError, _told)
    return blueprint


def tell_errors_as_outcomes(app: Flask) -> None:
    """Make every other failure of `app`, its own bugs included, an OperationOutcome as well."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


@contextmanager
def _observed(services: Services, host: Host, service_id: str) -> Iterator[Recording]:
    """Let the host know of the call, whatever becomes of it."""
    known = any(one.id == service_id for one in services.all())
    # An id that is not ours could be anything.
    record = Recording(service_id if known else "")
    try:
        yield record
        host.observe(record.finished(200))
    except CdsHooksError as fault:
        if isinstance(fault, DataMissing):
            record.fetched, record.not_had = fault.fetched, fault.not_had
        host.observe(record.finished(STATUS[type(fault)], type(fault).__name__))
        raise
    except HTTPException as fault:
        host.observe(record.finished(fault.code or 500, type(fault).__name__))
        raise
    except Exception as fault:
        host.observe(record.finished(500, type(fault).__name__))
        raise


def _identified(host: Host) -> Caller:
    return host.identify(request.headers.get("Authorization"), request.path, request.host)


def _body() -> bytes:
    _require_json()
    body = request.get_data(cache=False)
    if len(body) >= MAX_BODY_BYTES:  # Werkzeug cuts a body without Content-Length there.
        raise RequestEntityTooLarge
    return body


def _told(fault: CdsHooksError) -> Response:
    if isinstance(fault, NotTrusted | UnknownService):
        _drain(MAX_BODY_BYTES)
    response = _outcome(outcome_of(fault), STATUS[type(fault)])
    if isinstance(fault, NotTrusted):
        response.headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(fault, NotStored):
        response.headers["Retry-After"] = "5"
    return response


def _refused(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status in (413, 415):
        _drain(5 * MAX_BODY_BYTES)
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


def _drain(at_most: int) -> None:
    """Read the body on without keeping anything, within reason.

    Many clients send their whole body before they look at an answer; if the connection were closed
    at once they would see it break and never learn why.
    """
    source, left = request.environ["wsgi.input"], at_most
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
    return _kept_private(_json(msgspec.json.encode(body), status))


def _kept_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(body: bytes, status: int) -> Response:
    harmless = {"X-Content-Type-Options": "nosniff"}
    return Response(body, status=status, mimetype="application/json", headers=harmless)
