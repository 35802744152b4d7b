"""`/workbench/operations/conformance`: which published rules are held, and what is offered now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template

from adapter.exchange_offer import statement
from adapter.notifications.topics import topics
from adapter.workbench.operations.published_rules import sections

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_conformance_page(blueprint: Blueprint, site: Site) -> None:
    """Add the page."""

    @blueprint.get("/conformance")
    def conformance() -> str:
        offered = statement(site.assembly, site.today)
        (rest,) = offered["rest"]
        return render_template(
            "workbench/operations/conformance.html",
            sections=sections(),
            offered=offered,
            rest=rest,
            resources=_alike(rest),
            topics=topics(site.settings.canonical_base).values(),
            profiles=_profiles(rest),
        )


def _profiles(rest: dict[str, Any]) -> list[tuple[str, str]]:
    """Type and URL of each profile that what is stored may claim."""
    return sorted(
        (one["type"], url) for one in rest["resource"] for url in one.get("supportedProfile", ())
    )


def _alike(rest: dict[str, Any]) -> list[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """Resource types with which the same may be done, the most first."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in rest["resource"]:
        can = tuple(each["code"] for each in one["interaction"])
        found.setdefault(can, []).append(one)
    return sorted(found.items(), key=lambda pair: -len(pair[1]))
