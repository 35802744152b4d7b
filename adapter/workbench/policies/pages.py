"""`/workbench/policies`: a plan's rules on a day, two of them side by side, and what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from adapter.dates import period
from adapter.workbench.guard import is_fragment
from adapter.workbench.policies.asked import EVERYTHING, EXCLUSIONS, Asked, read_asked, read_sides
from adapter.workbench.policies.compared import compared
from adapter.workbench.policies.coverage import AGE_GROUPS, coverage
from adapter.workbench.policies.rules import where
from adapter.workbench.policies.searching import MOST, find
from adapter.workbench.policies.shown import exclusions_shown, policy_shown, readings_shown
from eligibility.differences import Side, differences
from eligibility.model import OVERLAYS, POPULATIONS
from eligibility.packs import plans, texts
from eligibility.wording import POPULATION_TITLES

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def policies_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/policies`."""
    blueprint = Blueprint("policies", __name__, url_prefix="/policies")

    @blueprint.context_processor
    def for_templates() -> dict[str, object]:
        return {
            "plans": {plan: texts(plan).plan.title for plan in plans()},
            "numbers": POPULATIONS,
            "titles": POPULATION_TITLES,
            "populations": (*POPULATIONS, *OVERLAYS),
            "age_groups": AGE_GROUPS,
        }

    @blueprint.get("/")
    def index() -> str:
        asked = read_asked(request.args, site.today())
        return render_template("workbench/policies/index.html", asked=asked, **_plan(asked))

    @blueprint.get("/differences")
    def differing() -> str:
        left, right = read_sides(request.args, site.today())
        found = compared(differences(Side(left.plan, left.on), Side(right.plan, right.on)))
        wanted = [one for one in found if left.population in ("", one.population)]
        return render_template(
            "workbench/policies/differences.html", asked=left, left=left, right=right, found=wanted
        )

    @blueprint.get("/coverage")
    def held() -> str:
        asked = read_asked(request.args, site.today())
        return render_template(
            "workbench/policies/coverage.html", asked=asked, rows=coverage(asked.on)
        )

    @blueprint.get("/search")
    def search() -> str:
        asked = read_asked(request.args, site.today())
        wanted = (asked.plan,) if request.args.get("plan") else plans()
        found = find(asked.words, wanted, asked.on)
        page = "found" if is_fragment() else "search"
        return render_template(
            f"workbench/policies/{page}.html",
            asked=asked,
            found=found[:MOST],
            is_cut=len(found) > MOST,
            one_plan=bool(request.args.get("plan")),
        )

    return blueprint


def _plan(asked: Asked) -> dict[str, object]:
    """What the page of a plan shows: the list of its texts, and those asked for."""
    read = texts(asked.plan)
    now = [one for one in read.policies if one.in_force.covers(asked.on)]
    exclusions = read.exclusions
    if exclusions is not None and not exclusions.in_force.covers(asked.on):
        exclusions = None
    shown = [one for one in now if asked.population in (one.population, EVERYTHING)]
    with_exclusions = exclusions and asked.population in (EXCLUSIONS, EVERYTHING)
    review = read.plan.discretionary_review
    return {
        "info": read.plan,
        "in_force": now,
        "at_other_times": [one for one in read.policies if not one.in_force.covers(asked.on)],
        "exclusions": exclusions,
        "days": period,
        "where_of": where,
        "texts": [policy_shown(one, asked.on) for one in shown]
        + ([exclusions_shown(exclusions, asked.on)] if exclusions and with_exclusions else []),
        "plan_readings": list(readings_shown(read.plan.interpretations.values(), "plan")),
        "review": review and (review.rule, where(review.source), review.populations),
    }
