"""What every page of the workbench asks first: who is there, may they, and is it our own page.

Nothing is changed for a page of elsewhere (CSRF): a browser says where a request comes from
(`Sec-Fetch-Site`, `Origin`), and with a session the request brings the session's token too. What a
page may load and run is in its Content-Security-Policy: nothing inline, nothing from elsewhere.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapter.fhir_api.compression import packed
from adapter.workbench.roles import ROLE_TITLES, Page, Visitor, page_named, pages_open_to
from adapter.workbench.visiting import players_at

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: Of every page of the workbench.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # With `no-referrer` a browser says `Origin: null` of the forms of our own pages.
    "Referrer-Policy": "same-origin",
}

#: Where the token of the session goes: a field of forms, a header of scripts.
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
#: Marks what scripts ask for: a part of a page.
FRAGMENT_HEADER = "X-Fragment"
#: Marks what a page asks by itself while nobody does anything: it keeps no session alive.
UNATTENDED_HEADER = "X-Unattended"

_SAFE = ("GET", "HEAD", "OPTIONS")

#: The endpoint of the form; there is none in the sandbox.
_SIGN_IN = "sign_in.form"


def guard(bench: Blueprint, site: Site) -> None:
    """Have every page of the workbench ask first."""

    @bench.before_request
    def look() -> AnyResponse | None:
        page = _page_asked()
        visitor = site.visitors.visitor(request, page)
        if visitor is None:
            return _to_sign_in()
        g.visitor = visitor
        if request.method not in _SAFE:
            demand_own_page(visitor.csrf)
        if page is not None and visitor.role not in page.roles:
            abort(403, f"this page is not for the role {ROLE_TITLES[visitor.role]!r}")
        return None

    @bench.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if is_fragment():
            _pack(response)
        return response

    @bench.context_processor
    def for_templates() -> dict[str, object]:
        visitor: Visitor | None = g.get("visitor")
        return {
            "visitor": visitor,
            "pages": pages_open_to(visitor) if visitor else [],
            "page_here": _page_asked(),
            "role_titles": ROLE_TITLES,
            "players": players_at(site.visitors, _page_asked()),
        }


def demand_own_page(csrf: str) -> None:
    """Refuse (403) what a page of elsewhere had a browser send.

    Args:
        csrf: the token of the session; empty: there is none.
    """
    site_of = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = origin is None or _netloc(origin) == request.host
    if site_of not in (None, "same-origin") or not own:
        abort(403, "this was sent by a page of another site")
    # What is no browser says neither, and has no session that a page of elsewhere could use.
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if csrf and not hmac.compare_digest(given.encode(), csrf.encode()):
        abort(403, "the page is of another session; load it again and repeat what you did")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def is_fragment() -> bool:
    """Whether a script asks for a part of a page."""
    return FRAGMENT_HEADER in request.headers


def _pack(response: Response) -> None:
    """Send a part of a page in gzip.

    Whole pages are sent as they are: they hold the session's token, and the length of a page that a
    page of elsewhere had a browser ask for would give it away bit by bit. No page of elsewhere can
    ask for a part.
    """
    response.vary.add("Accept-Encoding")
    if response.mimetype != "text/html" or response.content_encoding:
        return
    body = packed(response.get_data(), request.headers.get("Accept-Encoding", ""))
    if body is not None:
        response.set_data(body)
        response.content_encoding = "gzip"


def _page_asked() -> Page | None:
    """The page of the navigation that is asked for."""
    parts = (request.blueprint or "").split(".")
    return page_named(parts[1]) if len(parts) > 1 else None


def _to_sign_in() -> AnyResponse:
    if _SIGN_IN not in current_app.view_functions:
        # The sandbox takes everybody but who comes under another name: a page that made its own
        # name lead to this machine.
        abort(421, "the sandbox answers under the names of this machine only, http://127.0.0.1")
    if is_fragment() or request.method not in _SAFE:
        abort(401, "you are not signed in, or your session has ended; load the page again")
    return redirect(url_for(_SIGN_IN, next=request.full_path.rstrip("?")))
