"""`/workbench/referrals/new`: a referral is filled in and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_intake_routes(blueprint: Blueprint, site: Site) -> None:
    """Let the pages of referrals begin one."""
    del site

    @blueprint.route("/new", methods=["GET", "POST"])
    def intake() -> Response:
        return redirect(url_for("workbench.referrals.index"), 303)

    @blueprint.post("/new/send")
    def send() -> Response:
        return redirect(url_for("workbench.referrals.index"), 303)
