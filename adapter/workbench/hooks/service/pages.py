"""`/workbench/hooks/service`: a CDS service examined, this one or any other.

Discovery as people read it, its faults, what a client has to answer, what a browser makes of it,
and for this service the sheets that vendors' analysts type from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, abort, render_template, request
from msgspec import Struct

from adapter.cds_client.calling import CdsService, Reply, service_at
from adapter.cds_client.chart import read_chart
from adapter.cds_client.contexts import Moment
from adapter.cds_client.cross_origin import Tried, read_origin, tried
from adapter.cds_client.hook_calls import hook_call
from adapter.cds_client.vendor_sheets import vendor_sheet
from adapter.errors import UnusableInput
from adapter.samples import SHOWCASE, sample
from adapter.workbench.guard import is_fragment
from adapter.workbench.hooks.reach import Room, is_asked_here, own_base, service_for
from adapter.workbench.hooks.service.discovery import Examined, examine
from adapter.workbench.hooks.service.vendor_sheets import TITLES, sheet
from adapter.workbench.hooks.tokens.pages import add_token_routes
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site

_TIMEOUT_SECONDS = 10.0

#: The origin that a test begins with.
_ORIGIN = "https://ehr.example.org"

#: What to do about an answer that is no discovery, by status.
_ADVICE = {
    301: "It leads elsewhere; give that address.",
    302: "It leads elsewhere; give that address.",
    307: "It leads elsewhere; give that address.",
    308: "It leads elsewhere; give that address.",
    401: "It asks for a token even for discovery; the playground calls it with one.",
    404: "There is no /cds-services there; give the address it stands below.",
}


class Looked(Struct, frozen=True, kw_only=True):
    """A look at a service."""

    #: Its base.
    base: str
    is_own: bool
    reply: Reply
    #: None: it answered no discovery.
    examined: Examined | None
    advice: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """What a page of another origin met."""

    base: str
    is_own: bool
    origin: str
    tries: tuple[Tried, ...]

    @property
    def passed(self) -> bool:
        """Whether it can call the service."""
        return all(one.passed for one in self.tries)


def add_service_routes(blueprint: Blueprint, site: Site, room: Room) -> None:
    """Add this page and that of the tokens to those of the playground."""

    @blueprint.get("/service")
    def service() -> str:
        return _page(site, room, request.args.get("url", "").strip())

    @blueprint.post("/service")
    def service_cors() -> str | tuple[str, int]:
        url, origin = request.form.get("url", "").strip(), request.form.get("origin", "")
        try:
            seen = _seen(site, room, url, read_origin(origin))
        except UnusableInput as told:
            if is_fragment():
                raise
            return _page(site, room, url, origin=origin, problem=str(told)), 422
        if is_fragment():
            return render_template("workbench/hooks/cross_origin.html", seen=seen)
        return _page(site, room, url, seen=seen, origin=seen.origin)

    @blueprint.get("/service/sheets/<vendor>.md")
    def service_sheet(vendor: str) -> Response:
        known = next((one for one in TITLES if one == vendor), None)
        if known is None:
            abort(404)
        written = vendor_sheet(known, own_base(site), canonical_base=site.settings.canonical_base)
        response = Response(written, mimetype="text/markdown")
        response.headers["Content-Disposition"] = f'attachment; filename="ecm-{known}.md"'
        return response

    add_token_routes(blueprint, site)


def _page(
    site: Site,
    room: Room,
    url: str,
    *,
    seen: Seen | None = None,
    origin: str = _ORIGIN,
    problem: str = "",
) -> str:
    looked, fault = None, ""
    asks_first = bool(url) and not is_asked_here(request)
    if not asks_first:
        try:
            looked = _look(site, room, url)
        except UnusableInput as told:
            fault = str(told)
    base = own_base(site)
    return render_template(
        "workbench/hooks/service.html",
        url=url,
        own=base,
        looked=looked,
        fault=fault,
        asks_first=asks_first,
        origin=origin,
        seen=seen,
        problem=problem,
        sheets=[sheet(one, base, site.settings.canonical_base) for one in TITLES],
    )


def _look(site: Site, room: Room, url: str) -> Looked:
    service = service_for(site, current_visitor(), url, timeout_seconds=_TIMEOUT_SECONDS)
    with room.to_call(service):
        reply = service.discover()
    is_found = reply.status == 200 and reply.body is not None
    return Looked(
        base=service.base,
        is_own=service.base == own_base(site),
        reply=reply,
        examined=examine(reply.body) if is_found else None,
        advice=_ADVICE.get(reply.status, "Give the address that /cds-services stands below."),
    )


def _seen(site: Site, room: Room, url: str, origin: str) -> Seen:
    service = service_for(site, current_visitor(), url, timeout_seconds=_TIMEOUT_SECONDS)
    with room.to_call(service):
        tries = [tried(service, title="Read discovery", method="GET", origin=origin)]
        entry = _entry(service, service_at(url)[1] if url else None)
        if entry is not None:
            id = str(entry["id"])
            tries.append(
                tried(
                    service,
                    id,
                    title=f"Call {id}",
                    method="POST",
                    origin=origin,
                    body=_call(site, entry),
                )
            )
    is_own = service.base == own_base(site)
    return Seen(base=service.base, is_own=is_own, origin=origin, tries=tuple(tries))


def _entry(service: CdsService, named: str | None) -> dict[str, Any] | None:
    """The service to call: the one named, else the first; None: there is none."""
    body = service.discover().body
    listed = body.get("services") if isinstance(body, dict) else None
    entries = [
        one
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(one.get("id"), str) and one.get("hook")
    ]
    found = [one for one in entries if one["id"] == named]
    return next(iter(found or entries), None)


def _call(site: Site, entry: dict[str, Any]) -> dict[str, Any]:
    """A call about an invented patient."""
    chart = read_chart(
        msgspec.json.encode(sample(SHOWCASE, site.today()).bundle), patient=None, name=SHOWCASE
    )
    template = entry.get("prefetch")
    asked = entry | {"prefetch": template if isinstance(template, dict) else {}}
    return hook_call(asked, chart, Moment()).body
