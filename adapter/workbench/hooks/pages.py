"""`/workbench/hooks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from adapter.workbench.hooks.service_pages import add_service_routes

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def hooks_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/hooks`."""
    blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

    @blueprint.get("/")
    def index() -> str:
        return render_template("workbench/hooks/index.html")

    add_service_routes(blueprint, site)
    return blueprint
