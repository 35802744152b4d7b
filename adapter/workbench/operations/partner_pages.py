"""`/workbench/operations/partners`: whom we exchange referrals with, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from adapter.partners.partner import Partner
from adapter.partners.standing import partner_standing, try_at_once
from adapter.store.records import AuditEntry
from adapter.workbench.operations.access import Answer, demand_operator, for_role
from adapter.workbench.operations.naming import Naming
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: Of each partner, of what is not settled.
_MOST = 100


def add_partner_pages(blueprint: Blueprint, site: Site) -> None:
    """Add the list, and having what waits tried now."""

    def own(id: str) -> Partner:
        found = site.assembly.partners.get(id)
        if found is None or found.tenant != current_visitor().viewer.tenant:
            abort(404, "there is no such partner")
        return found

    @blueprint.get("/partners")
    @for_role("engineer")
    def partners() -> Answer:
        visitor = current_visitor()
        demand_operator(visitor, "How it stands with partners")
        here = site.assembly.here
        with site.assembly.store.reading() as unit:
            found = [
                partner_standing(here, unit, one, _MOST)
                for one in site.assembly.partners
                if one.tenant == visitor.viewer.tenant
            ]
        return render_template(
            "workbench/operations/partners.html",
            found=found,
            naming=Naming(site),
            done=request.args.get("done", ""),
        )

    @blueprint.post("/partners/<id>/try")
    @for_role("engineer")
    def try_partner(id: str) -> Response:
        visitor, partner = current_visitor(), own(id)
        demand_operator(visitor, "Work with partners")
        again = request.form.get("again") == "yes"
        if again and request.form.get("confirmed") != "yes":
            abort(400, "confirm that what was given up is to be taken up again")
        viewer = visitor.viewer
        with site.assembly.store.unit() as unit:
            try_at_once(site.assembly.here, unit, partner, again=again)
            unit.audit(
                AuditEntry(
                    at=unit.now,
                    tenant=viewer.tenant,
                    client=viewer.client,
                    party=viewer.party,
                    action="resend",
                    outcome="success",
                    detail=f"partner {partner.id}, {'all anew' if again else 'what waits'}",
                )
            )
        site.assembly.here.wake()
        target = url_for(".partners", done=partner.id, _anchor=f"partner-{partner.id}")
        return redirect(target, 303)
