"""`/workbench/referrals/<task>/steps/<action>`: a step of a referral, taken from its page.

It is taken on the version that was looked at. Whoever comes second is told what has changed, and
offered the steps anew; the same form sent twice is taken once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from adapter.casework.access import Access, access_as
from adapter.casework.closing import complete, procedure
from adapter.casework.standing import names_of, standing
from adapter.casework.steps import ACTIONS, assign, read_task, take
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import Resource, escaped, version_of
from adapter.fhir_client.partner_faults import Missing, PartnerFault
from adapter.workbench.referrals.steps.changed import changed_since
from adapter.workbench.referrals.steps.forms import action_of, filled, said_with
from adapter.workbench.referrals.steps.offered import Offered, steps_open_to, why_not
from adapter.workbench.roles import Visitor
from adapter.workbench.visiting import current_visitor
from profiles.canonicals import canonicals

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_step_routes(blueprint: Blueprint, site: Site) -> None:
    """Let the pages of referrals take steps."""

    @blueprint.post("/<task>/steps/<action>")
    def step(task: str, action: str) -> AnyResponse:
        if action not in ACTIONS and action != "assign":
            abort(404, "there is no such step")
        visitor = current_visitor()
        access = access_as(site.assembly, visitor.viewer)
        return _step(access, visitor, task, action)

    @blueprint.get("/<task>/steps/<_>")
    def back(task: str, _: str) -> AnyResponse:
        # Where somebody loads the page of a step that was not taken.
        return _to_thread(task)


def _step(access: Access, visitor: Visitor, id: str, action: str) -> AnyResponse:
    now = read_task(access, id)
    try:
        seen = access.server.read("Task", id, request.form.get("version", "")).resource or {}
    except Missing:
        seen = now
    known = next(
        (one for one in steps_open_to(access, visitor, seen) if one.action == action), None
    )
    key = request.form.get("key", "")[:100] or (known.key if known else "")
    if known is None:
        if action == "assign" and _handed_on_by(access, key):
            return _to_thread(id)
        if version_of(seen) != version_of(now):
            return _overtaken(access, visitor, now, seen)
        why = why_not(access, now, action)
        return _page(access, now, steps_open_to(access, visitor, now), 409, told=why)
    form = msgspec.structs.replace(known, key=key, fields=filled(known.fields, request.form))
    if any(one.fault for one in form.fields):
        if version_of(seen) != version_of(now):
            return _overtaken(access, visitor, now, seen)
        return _again(access, visitor, seen, form, 422)
    try:
        _take(access, visitor, seen, form)
    except (PartnerFault, UnusableInput) as fault:
        now = read_task(access, id)
        if version_of(now) != version_of(seen):
            return _overtaken(access, visitor, now, seen)
        status = (fault.status if isinstance(fault, PartnerFault) else 0) or 422
        words = "; ".join(getattr(fault, "diagnostics", ())) or str(fault)
        return _again(access, visitor, now, msgspec.structs.replace(form, refused=words), status)
    return _to_thread(id)


def _take(access: Access, visitor: Visitor, task: Resource, form: Offered) -> None:
    values = {one.name: one.value for one in form.fields}
    if form.action == "assign":
        assign(access, task, values["provider"], step=form.key)
        return
    said = said_with(form.action, form.fields, visitor.name)
    if form.action == "complete":
        done = procedure(access, task, values["on"])
        complete(access, task, done, said, key=form.key)
        return
    take(access, task, action_of(form.action, values), said, key=form.key)


def _handed_on_by(access: Access, key: str) -> bool:
    """Whether this very step has been taken: a provider is asked under its key."""
    system = canonicals(access.canonical).identifier_system("referral-task")
    return bool(key and access.server.search("Task", ("identifier", f"{system}|{escaped(key)}")))


def _to_thread(id: str) -> AnyResponse:
    return redirect(url_for("workbench.referrals.thread", task=id), 303)


def _again(
    access: Access, visitor: Visitor, task: Resource, form: Offered, status: int
) -> Response:
    """The steps with what was entered, opened where something has to be put right."""
    offered = steps_open_to(access, visitor, task)
    steps = [form if one.action == form.action else one for one in offered]
    return _page(access, task, steps, status)


def _overtaken(access: Access, visitor: Visitor, now: Resource, seen: Resource) -> Response:
    """What somebody else did meanwhile, and what can be done now."""
    changes = changed_since(access, now, version_of(seen))
    return _page(access, now, steps_open_to(access, visitor, now), 409, changes=changes)


def _page(
    access: Access,
    task: Resource,
    steps: Sequence[Offered],
    status: int,
    *,
    told: str = "",
    changes: Sequence[str] = (),
) -> Response:
    body = render_template(
        "workbench/referrals/step.html",
        standing=standing(access, task, names_of(access, [task])),
        steps=steps,
        told=told,
        changes=changes,
    )
    return Response(body, status=status, mimetype="text/html")
