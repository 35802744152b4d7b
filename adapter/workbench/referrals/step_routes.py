"""`/workbench/referrals/<task>/steps/<action>`: a step of a referral, taken from its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_step_routes(blueprint: Blueprint, site: Site) -> None:
    """Let the pages of referrals take steps."""
    del site

    @blueprint.post("/<task>/steps/<action>")
    def step(task: str, action: str) -> Response:
        del action
        return redirect(url_for("workbench.referrals.thread", task=task), 303)
