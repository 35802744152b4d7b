"""`/`: what this is, a place to drop a record, invented members, and the pages there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request

from adapter.workbench.guard import HEADERS
from adapter.workbench.roles import PAGES, ROLE_TITLES, pages_open_to
from adapter.workbench.samples import samples_by_answer
from adapter.workbench.sign_in.closed import welcome_page
from adapter.workbench.visiting import players_at

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: How many invented members of each kind are shown at once.
_SHOWN = 3


def front_page(site: Site) -> Blueprint:
    """The first page; it shows nothing of anybody, so nobody is asked who they are."""
    blueprint = Blueprint("front", __name__)

    @blueprint.get("/")
    def index() -> Response:
        visitor = site.visitors.visitor(request, None)
        if visitor is None and not site.settings.development:
            return welcome_page()
        body = render_template(
            "workbench/front.html",
            groups=samples_by_answer(site.today()),
            shown=_SHOWN,
            visitor=visitor,
            pages=pages_open_to(visitor) if visitor else [],
            all_pages=PAGES,
            page_here=None,
            role_titles=ROLE_TITLES,
            players=players_at(site.visitors, None),
        )
        return Response(body, mimetype="text/html", headers=HEADERS)

    return blueprint
