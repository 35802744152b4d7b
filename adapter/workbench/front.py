"""`/`: what this is, a place to drop a record, invented members, and the pages there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request
from msgspec import Struct

from adapter.samples import Sample, all_samples
from adapter.workbench.guard import HEADERS
from adapter.workbench.roles import PAGES, ROLE_TITLES
from adapter.workbench.sign_in.closed import welcome_page
from adapter.workbench.visiting import players_at

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: Invented members by what the answer is, and how many of each are shown at once.
GROUPS = (
    ("They qualify", ("eligible",)),
    ("A question is open", ("possible",)),
    ("Something else stands in the way", ("excluded", "choice", "not-a-member")),
    ("The record does not say enough", ("undetermined",)),
)
_SHOWN = 3


class Group(Struct, frozen=True, kw_only=True):
    """Invented members of one kind of answer."""

    title: str
    shown: tuple[Sample, ...]
    more: tuple[Sample, ...]


def front_page(site: Site) -> Blueprint:
    """The first page; it shows nothing of anybody, so nobody is asked who they are."""
    blueprint = Blueprint("front", __name__)

    @blueprint.get("/")
    def index() -> Response:
        visitor = site.visitors.visitor(request, None)
        if visitor is None and not site.settings.development:
            return welcome_page()
        pages = [one for one in PAGES if visitor and (visitor.sandbox or visitor.role in one.roles)]
        body = render_template(
            "workbench/front.html",
            groups=_groups(all_samples(site.today())),
            visitor=visitor,
            pages=pages,
            all_pages=PAGES,
            page_here=None,
            role_titles=ROLE_TITLES,
            players=players_at(site.visitors, None),
        )
        return Response(body, mimetype="text/html", headers=HEADERS)

    return blueprint


def _groups(samples: tuple[Sample, ...]) -> tuple[Group, ...]:
    found = []
    for title, statuses in GROUPS:
        of_it = tuple(one for one in samples if one.shows["status"] in statuses)
        found.append(Group(title=title, shown=of_it[:_SHOWN], more=of_it[_SHOWN:]))
    return tuple(found)
