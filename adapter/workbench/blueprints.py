"""Every page of a deployment, put together.

Each page is a blueprint of its own below `/workbench`, made by a function that gets the `Site`.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, abort, redirect, url_for
from werkzeug.wrappers import Response

from adapter.dates import in_words
from adapter.workbench.errors import tell_errors
from adapter.workbench.evaluate.pages import evaluate_pages
from adapter.workbench.front import front_page
from adapter.workbench.guard import guard
from adapter.workbench.hooks.pages import hooks_pages
from adapter.workbench.operations.pages import operations_pages
from adapter.workbench.policies.pages import policies_pages
from adapter.workbench.referrals.pages import referrals_pages
from adapter.workbench.samples import sample_pages
from adapter.workbench.screening import screening_page
from adapter.workbench.sign_in.closed import closed_pages
from adapter.workbench.sign_in.pages import Door
from adapter.workbench.sign_in.signed_in import Nobody, SignedIn
from adapter.workbench.site import Site


def workbench(site: Site) -> tuple[Blueprint, ...]:
    """Every page: the workbench itself, and those that ask nobody who they are.

    Where nobody could tell who is at a page there are only the latter.
    """
    form = screening_page(site.today, site.settings.canonical_base)
    if isinstance(site.visitors, Nobody):
        return (form, closed_pages())
    door = (Door(site, site.visitors),) if isinstance(site.visitors, SignedIn) else ()
    bench = Blueprint("workbench", __name__, url_prefix="/workbench")
    bench.add_app_template_filter(in_words)
    for pages in (evaluate_pages, referrals_pages, hooks_pages, policies_pages, operations_pages):
        bench.register_blueprint(pages(site))

    @bench.get("/")
    def root() -> Response:
        return redirect(url_for("front.index"))

    @bench.route("/<path:_>")
    def nothing(_: str) -> NoReturn:
        abort(404)

    guard(bench, site)
    tell_errors(bench)
    return (bench, *door, front_page(site), sample_pages(site), form)
