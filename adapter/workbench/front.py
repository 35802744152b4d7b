"""`/`: what this is, a place to drop a record, invented members, and the pages there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from adapter.samples import all_samples
from adapter.workbench.guard import HEADERS
from adapter.workbench.roles import PAGES, ROLE_TITLES, ROLES

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def front_page(site: Site) -> Blueprint:
    """The first page; it shows nothing of anybody, so nobody is asked who they are."""
    blueprint = Blueprint("front", __name__)

    @blueprint.get("/")
    def index() -> Response:
        visitor = site.visitors.visitor(request, None)
        pages = [one for one in PAGES if visitor and (visitor.sandbox or visitor.role in one.roles)]
        body = render_template(
            "workbench/front.html",
            samples=all_samples(site.today()),
            visitor=visitor,
            pages=pages,
            all_pages=PAGES,
            page_here=None,
            role_titles=ROLE_TITLES,
            roles=ROLES,
        )
        return Response(body, mimetype="text/html", headers=HEADERS)

    return blueprint
