"""`/workbench/referrals`: the board, the threads, the steps and the intake form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from adapter.workbench.referrals.board import add_board_routes
from adapter.workbench.referrals.intake.routes import add_intake_routes
from adapter.workbench.referrals.steps.routes import add_step_routes
from adapter.workbench.referrals.thread_page import add_thread_routes

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def referrals_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/referrals`."""
    blueprint = Blueprint("referrals", __name__, url_prefix="/referrals")
    add_board_routes(blueprint, site)
    add_intake_routes(blueprint, site)
    add_step_routes(blueprint, site)
    add_thread_routes(blueprint, site)
    return blueprint
