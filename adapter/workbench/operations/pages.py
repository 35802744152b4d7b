"""`/workbench/operations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def operations_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/operations`."""
    del site
    blueprint = Blueprint("operations", __name__, url_prefix="/operations")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/operations/index.html")

    return blueprint
