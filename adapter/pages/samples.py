"""The first page and the sample pages: the services, and the card each invented patient gets.

The cards are made as for a clinician at the screen, by the service itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

import msgspec
from flask import Blueprint, Response, abort, render_template
from markdown_it import MarkdownIt
from msgspec import Struct

from adapter.errors import UnusableInput
from adapter.samples import Sample, all_samples, hook_request, sample
from cds_hooks.caller import Caller
from cds_hooks.hooks.patient_view import SERVICE
from cds_hooks.host import OpenHost
from cds_hooks.prefetch import template
from cds_hooks.protocol import Card
from cds_hooks.services import Services
from mappings.requirements import all_requirements

_CALLS = UUID("0b7c9a3e-52c8-5d0e-8a51-5d8f3f0c9b11")

#: Who the pages ask for: they show what staff sees.
_VISITOR = Caller(client="samples", tenant="samples")

#: The GFM a careful client shows: tables and strikethrough, no raw HTML.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class Shown(Struct, frozen=True, kw_only=True):
    """A sample with the cards it gets."""

    sample: Sample
    call: dict[str, Any]
    cards: tuple[Card, ...]


def sample_pages(services: Services, today: Callable[[], date]) -> Blueprint:
    """`/`, `/samples/<id>` and `/samples/<id>/card`.

    Args:
        services: the CDS services; the one on patient-view answers.
        today: the member's local day, as of which the samples are made.
    """
    blueprint = Blueprint("samples", __name__)

    @lru_cache(maxsize=64)
    def show(name: str, day: date) -> Shown:
        one = sample(name, day)
        instance = str(uuid5(_CALLS, one.id))
        call = hook_request(one, template(all_requirements()), hook_instance=instance)
        read = services.read(SERVICE.id, msgspec.json.encode(call))
        advice = services.answer(SERVICE.id, read, _VISITOR, OpenHost())
        return Shown(sample=one, call=call, cards=advice.cards)

    def find(name: str) -> Shown:
        try:
            return show(name, today())
        except UnusableInput:
            abort(404)

    @blueprint.get("/")
    def index() -> str:
        shown = [show(one.id, today()) for one in all_samples(today())]
        return render_template("index.html", services=services.all(), shown=shown)

    @blueprint.get("/samples/<name>")
    def sample_bundle(name: str) -> Response:
        body = msgspec.json.format(msgspec.json.encode(find(name).sample.bundle), indent=1)
        return Response(body, mimetype="application/fhir+json")

    @blueprint.get("/samples/<name>/card")
    def sample_card(name: str) -> str:
        return render_template(
            "card.html",
            shown=find(name),
            service=SERVICE.id,
            render=_MARKDOWN.render,
            text=_pretty,
        )

    return blueprint


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
