"""The web application, put together from finished parts: CDS Hooks and a few pages to try it on.

The pages show the synthetic patients and the card each gets. They load nothing from elsewhere and
run no script; their policy (Content-Security-Policy) would not let them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec
from flask import Flask, Response, abort, render_template
from markdown_it import MarkdownIt
from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.samples import Sample, all_samples, hook_request, sample
from cds_hooks.blueprint import MAX_BODY_BYTES, cds_hooks_blueprint, tell_errors_as_outcomes
from cds_hooks.prefetch import template
from cds_hooks.protocol import Card, read_call
from cds_hooks.services import Services

_PAGES = Path(__file__).parent / "pages"

_SAMPLE_CALLS = UUID("0b7c9a3e-52c8-5d0e-8a51-5d8f3f0c9b11")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

#: The GFM a careful client shows: tables and strikethrough, no raw HTML.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class Shown(Struct, frozen=True, kw_only=True):
    """A sample with the cards it gets."""

    sample: Sample
    call: dict[str, Any]
    cards: tuple[Card, ...]


def create_app(*, services: Services, today: Callable[[], date], sample_service: str) -> Flask:
    """The application.

    Args:
        services: the CDS services to serve.
        today: the member's local day, as of which the samples are shown.
        sample_service: id of the service the sample pages call.
    """
    app = Flask(
        __name__,
        template_folder=str(_PAGES / "templates"),
        static_folder=str(_PAGES / "static"),
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_blueprint(cds_hooks_blueprint(services))
    tell_errors_as_outcomes(app)

    def find(name: str) -> Sample:
        try:
            return sample(name, today())
        except UnusableInput:
            abort(404)

    def show(one: Sample) -> Shown:
        service = services.find(sample_service)
        instance = str(uuid5(_SAMPLE_CALLS, one.id))
        call = hook_request(one, template(service.prefetch), hook_instance=instance)
        return Shown(
            sample=one, call=call, cards=service.answer(read_call(msgspec.json.encode(call)))
        )

    @app.get("/")
    def index() -> str:
        shown = [show(one) for one in all_samples(today())]
        return render_template("index.html", services=services.all(), shown=shown)

    @app.get("/samples/<name>")
    def sample_bundle(name: str) -> Response:
        body = msgspec.json.format(msgspec.json.encode(find(name).bundle), indent=1)
        return Response(body, mimetype="application/fhir+json")

    @app.get("/samples/<name>/card")
    def sample_card(name: str) -> str:
        shown = show(find(name))
        return render_template(
            "card.html", shown=shown, service=sample_service, render=_MARKDOWN.render, text=_pretty
        )

    @app.get("/healthz")
    def health() -> Response:
        return Response(b'{"status":"ok"}', mimetype="application/json")

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
