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
from adapter.settings import Settings
from cds_hooks.answering import Adviser
from cds_hooks.blueprint import MAX_BODY_BYTES, cds_hooks_blueprint, tell_errors_as_outcomes
from cds_hooks.caller import Caller
from cds_hooks.hooks.every import SERVICES
from cds_hooks.hooks.patient_view import SERVICE as SAMPLE_SERVICE
from cds_hooks.host import Host, OpenHost
from cds_hooks.prefetch import template
from cds_hooks.protocol import Card
from cds_hooks.services import Services
from mappings.requirements import all_requirements

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


#: Who the sample pages ask for: they show what staff sees.
_VISITOR = Caller(client="samples", tenant="samples")


def create_app(*, settings: Settings, host: Host, today: Callable[[], date]) -> Flask:
    """The application.

    Args:
        settings: bases of URLs.
        host: who may call the CDS services, and what is kept.
        today: the member's local day.
    """
    services = Services(
        SERVICES,
        Adviser(
            today=today,
            canonical_base=settings.canonical_base,
            public_base=settings.public_base or None,
        ),
    )
    app = Flask(
        __name__,
        template_folder=str(_PAGES / "templates"),
        static_folder=str(_PAGES / "static"),
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.register_blueprint(cds_hooks_blueprint(services, host))
    tell_errors_as_outcomes(app)

    def find(name: str) -> Sample:
        try:
            return sample(name, today())
        except UnusableInput:
            abort(404)

    def show(one: Sample) -> Shown:
        instance = str(uuid5(_SAMPLE_CALLS, one.id))
        call = hook_request(one, template(all_requirements()), hook_instance=instance)
        read = services.read(SAMPLE_SERVICE.id, msgspec.json.encode(call))
        advice = services.answer(SAMPLE_SERVICE.id, read, _VISITOR, OpenHost())
        return Shown(sample=one, call=call, cards=advice.cards)

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
            "card.html",
            shown=shown,
            service=SAMPLE_SERVICE.id,
            render=_MARKDOWN.render,
            text=_pretty,
        )

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
