"""`/workbench/hooks/service` and `/workbench/hooks/tokens`: a CDS service examined, and its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_service_routes(blueprint: Blueprint, site: Site) -> None:
    """Add both pages to those of the playground."""
    del blueprint, site
