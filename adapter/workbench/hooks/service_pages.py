"""`/workbench/hooks/service` and `/workbench/hooks/tokens`: a CDS service examined, and its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_service_routes(blueprint: Blueprint, site: Site) -> None:
    """Add both pages to those of the playground."""
    del site

    @blueprint.get("/service")
    def service() -> str:
        return render_template("workbench/hooks/service.html")

    @blueprint.get("/tokens")
    def tokens() -> str:
        return render_template("workbench/hooks/tokens.html")
