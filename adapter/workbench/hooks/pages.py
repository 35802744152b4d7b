"""`/workbench/hooks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def hooks_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/hooks`."""
    del site
    blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/hooks/index.html")

    return blueprint
