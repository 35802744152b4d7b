"""`/workbench/referrals/<task>`: one referral, its thread, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from adapter.casework.access import access_as
from adapter.casework.standing import names_of, standing
from adapter.casework.steps import read_task
from adapter.workbench.referrals.steps_shown import steps_open_to
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_thread_routes(blueprint: Blueprint, site: Site) -> None:
    """The page of a referral."""

    @blueprint.get("/<task>")
    def thread(task: str) -> str:
        visitor = current_visitor()
        access = access_as(site.assembly, visitor.viewer)
        found = read_task(access, task)
        return render_template(
            "workbench/referrals/thread.html",
            task=found,
            standing=standing(access, found, names_of(access, [found])),
            steps=steps_open_to(access, visitor, found),
        )
