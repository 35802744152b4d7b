"""`/workbench/hooks`: the playground, the pages of a service, and those of tokens.

The form of the playground makes a request, sends it as it then stands, and shows its answer. A
script asks for the parts; without it the same form sends itself and gets the whole page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request

from adapter.errors import UnusableInput
from adapter.workbench.guard import is_fragment
from adapter.workbench.hooks.calls import Exchange, Playground, Request
from adapter.workbench.hooks.conformance.report import first_broken
from adapter.workbench.hooks.feedback import verdict
from adapter.workbench.hooks.form import Wanted, read_wanted
from adapter.workbench.hooks.prefetching import MODES, TRIGGERS
from adapter.workbench.hooks.reach import Room, own_base
from adapter.workbench.hooks.service.pages import add_service_routes
from adapter.workbench.hooks.sharing import curl_command, shared_values
from adapter.workbench.plans import plan_titles
from adapter.workbench.samples import samples_by_answer
from adapter.workbench.visiting import current_visitor
from cds_hooks.catalogue import HOOKS
from mappings.errors import MappingError

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def hooks_pages(site: Site) -> Blueprint:
    """The pages below `/workbench/hooks`."""
    blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
    room = Room(site)
    playground = Playground(site, room)

    @blueprint.get("/")
    def index() -> str:
        # A link runs a call of this service about a sample, and no other: it names nothing else.
        wanted = read_wanted(request.args).linked
        made, problem = _made(playground, wanted)
        return _page(wanted, made, problem, *_called(playground, wanted, made))

    @blueprint.post("/")
    def sent() -> str:
        wanted = read_wanted(request.form, request.files)
        if request.form.get("do") == "call":
            return _page(wanted, None, "", *_called(playground, wanted, None))
        made, problem = _made(playground, wanted)
        if request.form.get("do") == "make":
            return _page(wanted, made, problem, None, "")
        return _page(wanted, made, problem, *_called(playground, wanted, made))

    @blueprint.post("/request")
    def make() -> str:
        wanted = read_wanted(request.form, request.files)
        made, problem = _made(playground, wanted)
        return render_template("workbench/hooks/request.html", **_request(wanted, made, problem))

    @blueprint.post("/call")
    def call() -> str:
        wanted = read_wanted(request.form)
        exchange, fault = _called(playground, wanted, None)
        return render_template("workbench/hooks/answer.html", **_answer(wanted, exchange, fault))

    @blueprint.post("/feedback")
    def feedback() -> str:
        wanted = read_wanted(request.form)
        body, reply = playground.feedback(current_visitor(), wanted, verdict(request.form))
        name = "feedback.html" if is_fragment() else "feedback_page.html"
        return render_template(f"workbench/hooks/{name}", sent=body, reply=reply, wanted=wanted)

    @blueprint.post("/curl")
    def curl() -> Response:
        wanted = read_wanted(request.form)
        command = curl_command(
            playground.endpoint(current_visitor(), wanted),
            wanted.body,
            token=wanted.token,
            with_tokens="withTokens" in request.form,
        )
        return Response(command, mimetype="text/plain")

    def _page(
        wanted: Wanted, made: Request | None, problem: str, exchange: Exchange | None, fault: str
    ) -> str:
        return render_template(
            "workbench/hooks/index.html",
            groups=samples_by_answer(site.today()),
            hooks=HOOKS,
            modes=MODES,
            plans=plan_titles(),
            own_base=own_base(site),
            **_request(wanted, made, problem) | _answer(wanted, exchange, fault),
        )

    add_service_routes(blueprint, site, room)
    return blueprint


def _made(playground: Playground, wanted: Wanted) -> tuple[Request | None, str]:
    """The request, or why there is none."""
    try:
        return playground.request(current_visitor(), wanted), ""
    except (UnusableInput, MappingError) as fault:
        return None, str(fault)


def _called(
    playground: Playground, wanted: Wanted, made: Request | None
) -> tuple[Exchange | None, str]:
    """What came of the call, or why nothing did; `made` takes the place of the form's request."""
    body = made.body if made is not None else wanted.body
    if not body.strip():
        return None, ""
    service_id = made.service_id if made is not None else wanted.service_id
    try:
        return playground.call(current_visitor(), wanted, body, service_id), ""
    except (UnusableInput, MappingError) as fault:
        return None, str(fault)


def _request(wanted: Wanted, made: Request | None, problem: str) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "made": made,
        "request_problem": problem,
        "hook": HOOKS.get(wanted.hook),
        "triggers": TRIGGERS,
        "share": shared_values(wanted.shared),
    }


def _answer(wanted: Wanted, exchange: Exchange | None, problem: str) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "exchange": exchange,
        "answer_problem": problem,
        "first_broken": first_broken,
        "plan_titles": plan_titles(),
    }
