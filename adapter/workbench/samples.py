"""Invented members: `/samples/<id>` as a FHIR Bundle, and all of them as pages offer them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, abort, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapter.errors import UnusableInput
from adapter.samples import Sample, all_samples, sample

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: What the answer is, and the statuses that say so.
_ANSWERS = (
    ("They qualify", ("eligible",)),
    ("A question is open", ("possible",)),
    ("Something else stands in the way", ("excluded", "choice", "not-a-member")),
    ("The record does not say enough", ("undetermined",)),
)


def samples_by_answer(today: date) -> tuple[tuple[str, tuple[Sample, ...]], ...]:
    """Invented members as of today, below a title for each kind of answer."""
    every = all_samples(today)
    return tuple(
        (title, tuple(one for one in every if one.shows["status"] in statuses))
        for title, statuses in _ANSWERS
    )


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
