"""`/workbench/operations`: partners, subscriptions, the audit, conformance, and what runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, g

from adapter.workbench.operations.access import parts_open_to
from adapter.workbench.operations.audit_pages import add_audit_pages
from adapter.workbench.operations.conformance_page import add_conformance_page
from adapter.workbench.operations.naming import exact
from adapter.workbench.operations.overview import add_overview
from adapter.workbench.operations.partner_pages import add_partner_pages
from adapter.workbench.operations.subscription_pages import add_subscription_pages

if TYPE_CHECKING:
    from adapter.workbench.roles import Visitor
    from adapter.workbench.site import Site


def operations_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/operations`."""
    blueprint = Blueprint("operations", __name__, url_prefix="/operations")

    @blueprint.context_processor
    def for_templates() -> dict[str, object]:
        # Also on the page of an error, before it is known who is there.
        visitor: Visitor | None = g.get("visitor")
        return {"parts": parts_open_to(visitor) if visitor else (), "exact": exact}

    add_overview(blueprint, site)
    add_partner_pages(blueprint, site)
    add_subscription_pages(blueprint, site)
    add_audit_pages(blueprint, site)
    add_conformance_page(blueprint, site)
    return blueprint
