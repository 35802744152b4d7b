"""`/workbench/operations/subscriptions`: how far each was told, its events, and telling anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from adapter.errors import UnusableInput
from adapter.notifications.requeueing import (
    Standing,
    requeue,
    resend,
    standing_seen,
    standings_seen,
)
from adapter.notifications.subscriptions import read_kept
from adapter.store.events import between, dead_letters
from adapter.workbench.operations.access import Answer, for_role
from adapter.workbench.operations.naming import Naming
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.store.resources import Unit
    from adapter.workbench.site import Site

#: Events of a page, and dead letters that are listed.
_EVENTS, _DEAD = 50, 200
_STATUSES = ("error", "requested", "active", "off")


def add_subscription_pages(blueprint: Blueprint, site: Site) -> None:
    """Add the list, each subscription, and its two forms."""

    def found_in(unit: Unit, id: str) -> Standing:
        found = standing_seen(unit, current_visitor().viewer, id)
        if found is None:
            abort(404, "there is no such subscription")
        return found

    @blueprint.get("/subscriptions")
    @for_role("engineer")
    def subscriptions() -> Answer:
        wanted = request.args.get("status", "")
        with site.assembly.store.reading() as unit:
            found = standings_seen(unit, current_visitor().viewer)
        found.sort(key=lambda one: (_STATUSES.index(one.subscribed.status), -one.so_far.dead))
        return render_template(
            "workbench/operations/subscriptions.html",
            found=[one for one in found if wanted in ("", one.subscribed.status)],
            many=len(found),
            wanted=wanted,
            statuses=_STATUSES,
            naming=Naming(site),
        )

    @blueprint.get("/subscriptions/<id>")
    @for_role("engineer")
    def subscription(id: str) -> Answer:
        with site.assembly.store.reading() as unit:
            found = found_in(unit, id)
            row, so_far = found.subscribed, found.so_far
            last = min(_number("upTo", so_far.events), so_far.events)
            first = max(1, last - _EVENTS + 1)
            events = between(unit.connection, row.tenant, id, first, last, _EVENTS)
            dead = dead_letters(unit.connection, row.tenant, id, _DEAD)
        return render_template(
            "workbench/operations/subscription.html",
            found=found,
            definition=read_kept(row)[0],
            events=list(reversed(events)),
            dead=dead,
            first=first,
            last=last,
            page=_EVENTS,
            naming=Naming(site),
            done=request.args.get("done", ""),
            number=request.args.get("n", ""),
        )

    @blueprint.post("/subscriptions/<id>/requeue")
    @for_role("engineer")
    def requeue_dead(id: str) -> Response:
        if request.form.get("confirmed") != "yes":
            abort(400, "confirm that the endpoint works again")
        with site.assembly.store.unit() as unit:
            count = requeue(unit, found_in(unit, id), current_visitor().viewer)
        site.assembly.here.wake()
        return redirect(url_for(".subscription", id=id, done="requeued", n=count), 303)

    @blueprint.post("/subscriptions/<id>/resend")
    @for_role("engineer")
    def resend_range(id: str) -> Response:
        first, last = _number("first", 0), _number("last", 0)
        if request.form.get("confirmed") != "yes":
            abort(400, "confirm that the events are to be sent again")
        with site.assembly.store.unit() as unit:
            found = found_in(unit, id)
            last = last or found.so_far.position
            first, last = resend(unit, found, first, last, current_visitor().viewer)
        site.assembly.here.wake()
        return redirect(url_for(".subscription", id=id, done="resent", n=f"{first} to {last}"), 303)


def _number(name: str, otherwise: int) -> int:
    """A number of an event, of the address or of a form.

    Raises:
        UnusableInput: it is none.
    """
    text = (request.form if request.method == "POST" else request.args).get(name, "").strip()
    if not text:
        return otherwise
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise UnusableInput("The number of an event is a whole number from 1 on.")
    return int(text)
