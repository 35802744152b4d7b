"""The web application, put together from finished parts: CDS Hooks, the exchange, the workbench."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response

from adapter.settings import Settings
from adapter.workbench.static_files import add_static_files
from adapter.workbench.visiting import keep_role
from cds_hooks.answering import Adviser
from cds_hooks.blueprint import MAX_BODY_BYTES, cds_hooks_blueprint, tell_errors_as_outcomes
from cds_hooks.hooks.every import SERVICES
from cds_hooks.host import Host
from cds_hooks.services import Services

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PAGES = Path(__file__).parent / "workbench"

#: Where an answer does not say otherwise: it is no page.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def cds_services(settings: Settings, today: Callable[[], date]) -> Services:
    """The CDS services of a deployment.

    Args:
        settings: bases of URLs.
        today: the member's local day.
    """
    return Services(
        SERVICES,
        Adviser(
            today=today,
            canonical_base=settings.canonical_base,
            public_base=settings.public_base or None,
        ),
    )


def create_app(
    *,
    settings: Settings,
    services: Services,
    host: Host,
    blueprints: Iterable[Blueprint] = (),
) -> Flask:
    """The application.

    Args:
        settings: bases of URLs.
        services: the CDS services.
        host: who may call them, and what is kept.
        blueprints: further parts: the exchange, the workbench.
    """
    app = Flask(__name__, template_folder=str(_PAGES / "templates"), static_folder=None)
    add_static_files(app, _PAGES / "static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # A chart is pasted into a form, too.
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.register_blueprint(cds_hooks_blueprint(services, host))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.url_defaults(keep_role)
    tell_errors_as_outcomes(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    prefix = urlsplit(settings.public_base).path.rstrip("/")
    if prefix:
        app.wsgi_app = _below(prefix, app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _below(prefix: str, application: WSGIApplication) -> WSGIApplication:
    """Serve below a path, whether the proxy in front takes it off or not."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :]
        environ["SCRIPT_NAME"] = prefix
        return application(environ, start_response)

    return answer
