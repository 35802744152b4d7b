"""`/workbench/evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def evaluate_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/evaluate`."""
    del site
    blueprint = Blueprint("evaluate", __name__, url_prefix="/evaluate")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/evaluate/index.html")

    return blueprint
