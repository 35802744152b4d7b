"""`/workbench/policies`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def policies_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/policies`."""
    del site
    blueprint = Blueprint("policies", __name__, url_prefix="/policies")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/policies/index.html")

    return blueprint
