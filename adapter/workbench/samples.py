"""`/samples/<id>`: an invented patient as a FHIR Bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, abort, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapter.errors import UnusableInput
from adapter.samples import Sample, sample

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def sample_pages(site: Site) -> Blueprint:
    """The Bundle, and where its card is shown."""
    blueprint = Blueprint("samples", __name__)

    def find(name: str) -> Sample:
        try:
            return sample(name, site.today())
        except UnusableInput:
            abort(404)

    @blueprint.get("/samples/<name>")
    def sample_bundle(name: str) -> Response:
        body = msgspec.json.format(msgspec.json.encode(find(name).bundle), indent=1)
        return Response(body, mimetype="application/fhir+json")

    @blueprint.get("/samples/<name>/card")
    def sample_card(name: str) -> AnyResponse:
        return redirect(url_for("workbench.hooks.index", sample=find(name).id))

    return blueprint
