"""`/workbench/referrals`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def referrals_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/referrals`."""
    del site
    blueprint = Blueprint("referrals", __name__, url_prefix="/referrals")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/referrals/index.html")

    return blueprint
