"""What is at the addresses of the workbench where it is not served, and at `/` for anybody."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from adapter.workbench.guard import HEADERS


def closed_pages() -> Blueprint:
    """The pages of a service with registered clients where nobody can sign in."""
    blueprint = Blueprint("closed", __name__)

    @blueprint.get("/")
    def index() -> Response:
        return _page("welcome", 200)

    @blueprint.get("/workbench", strict_slashes=False)
    @blueprint.get("/workbench/<path:_>")
    def nothing(_: str = "") -> Response:
        return _page("closed", 404)

    return blueprint


def welcome_page() -> Response:
    """`/` for somebody who is not signed in yet."""
    return _page("welcome", 200, can_sign_in=True)


def _page(name: str, status: int, **values: object) -> Response:
    body = render_template(
        f"workbench/sign_in/{name}.html", visitor=None, pages=[], page_here=None, **values
    )
    return Response(body, status=status, mimetype="text/html", headers=HEADERS)
