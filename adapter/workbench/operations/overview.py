"""`/workbench/operations/`: what needs attention first, then what runs here."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from adapter.notifications.requeueing import standings_seen
from adapter.partners.standing import partner_standing
from adapter.settings import MEANINGS
from adapter.settings_shown import mode, shown, sources, words
from adapter.store.audit_rows import Wanted, count_entries, find_entries
from adapter.workbench.operations.attention import Attention, of_partners, of_subscriptions
from adapter.workbench.operations.naming import Naming
from adapter.workbench.roles import Visitor
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site

_DAY = 24 * 60 * 60 * 1000


def add_overview(blueprint: Blueprint, site: Site) -> None:
    """Add the first page."""

    @blueprint.get("/")
    def index() -> str:
        visitor = current_visitor()
        told: dict[str, object] = {"attention": [], "setting_rows": [], "accesses": None}
        if visitor.role == "engineer":
            told["attention"] = _attention(site, visitor)
            if visitor.viewer.operator:
                told["setting_rows"] = _settings(site)
        elif visitor.viewer.operator:
            told["accesses"] = _accesses(site, visitor)
        return render_template(
            "workbench/operations/index.html", deployment=_deployment(site, visitor), **told
        )


def _attention(site: Site, visitor: Visitor) -> list[Attention]:
    here, naming = site.assembly.here, Naming(site)
    with site.assembly.store.reading() as unit:
        found = list(
            of_subscriptions(standings_seen(unit, visitor.viewer), naming.subscriber, naming.moment)
        )
        if visitor.viewer.operator:
            partners = [
                partner_standing(here, unit, one)
                for one in site.assembly.partners
                if one.tenant == visitor.viewer.tenant
            ]
            found += of_partners(partners, naming.moment)
    return sorted(found, key=lambda one: one.kind)


def _accesses(site: Site, visitor: Visitor) -> dict[str, object]:
    """What of the audit is told without naming anybody."""
    tenant = visitor.viewer.tenant
    with site.assembly.store.reading() as unit:
        counted = {
            outcome: count_entries(
                unit.connection,
                Wanted(tenant=tenant, since=unit.now - _DAY, outcomes=(outcome,)),
            )
            for outcome in ("success", "refused", "failed")
        }
        verified = find_entries(unit.connection, Wanted(tenant=tenant, actions=("verify",)), 1)
    last = verified[0].entry if verified else None
    return {
        "counted": counted,
        "verified": last and (Naming(site).moment(last.at), last.detail),
        "yesterday": site.today().fromordinal(site.today().toordinal() - 1),
    }


def _deployment(site: Site, visitor: Visitor) -> list[tuple[str, str]]:
    settings, tenant = site.settings, visitor.viewer.tenant
    try:
        release = version("ecm-adapter")
    except PackageNotFoundError:
        release = "not installed"
    told = [
        ("Version", release),
        ("Mode", mode(settings)),
        ("FHIR endpoint", site.assembly.fhir_base),
        ("Tenant", tenant),
    ]
    if visitor.viewer.operator:
        clients = sum(one.tenant == tenant for one in site.clients or ())
        kind = "PostgreSQL" if settings.store.startswith("postgresql") else "SQLite"
        told += [
            ("Store", kind),
            ("Organizations", str(len(site.assembly.parties.of(tenant)))),
            ("Clients", str(clients) if site.clients is not None else "nobody is asked"),
            ("Partners", str(sum(one.tenant == tenant for one in site.assembly.partners))),
            ("Sends notifications", "this service" if settings.background else "`ecm worker`"),
        ]
    return told


def _settings(site: Site) -> list[tuple[str, str, str, str]]:
    """Name, value without secrets, source and meaning of each setting."""
    found = sources(site.settings)
    return [
        (name, "" if (value := shown(site.settings, name)) in (None, ()) else words(value),
         found[name], meaning)
        for name, meaning in MEANINGS.items()
    ]  # fmt: skip
