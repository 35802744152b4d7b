"""`/workbench/referrals/new`: a referral is filled in, by hand or from a chart, and sent.

Nothing is stored before it is sent: chart and answers are in the page, and come with each form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, Response, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from adapter import ids
from adapter.casework.access import Access, access_as
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.workbench.evaluate.asked import read_asked
from adapter.workbench.referrals.intake.again import Again, filled_in_again, sent_before
from adapter.workbench.referrals.intake.chart import Seen, filled_in, see
from adapter.workbench.referrals.intake.entered import (
    POPULATIONS,
    QUESTION,
    Entered,
    faults_of,
    read_entered,
)
from adapter.workbench.referrals.intake.items import GROUPS, LANGUAGES, Item, shown
from adapter.workbench.referrals.intake.sending import (
    AnotherMember,
    Filled,
    faults_told,
    send_intake,
)
from adapter.workbench.referrals.intake.words import WORDS
from adapter.workbench.referrals.organizations import plans_for, preferred_for, reference_to
from adapter.workbench.roles import Visitor
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: Fields of the question to the evaluation, which go along with the chart.
_ASKED = ("sample", "plan", "asOf", "policyDate", "patient", "complete")
_LANGUAGES = {"en": "English", "es": "Español"}


class _Desk(Struct, frozen=True, kw_only=True):
    """Who is at the form, and what it is made from."""

    site: Site
    visitor: Visitor
    access: Access
    #: The chart it comes with; None: it is filled in by hand.
    seen: Seen | None = None
    #: What is sent again; None: it is a new referral.
    again: Again | None = None

    @property
    def base(self) -> str:
        return self.access.canonical


def add_intake_routes(blueprint: Blueprint, site: Site) -> None:
    """Let the pages of referrals begin one."""

    @blueprint.route("/new", methods=["GET", "POST"])
    def intake() -> Response:
        desk = _desk(site)
        return _page(desk, _entered(desk), 200)

    @blueprint.post("/new/send")
    def send() -> AnyResponse:
        desk = _desk(site)
        return _send(desk, read_entered(request.form))

    @blueprint.get("/new/send")
    def send_again() -> AnyResponse:
        # Where somebody loads the page of a form that was not taken.
        return redirect(url_for("workbench.referrals.intake"), 303)


def _desk(site: Site) -> _Desk:
    visitor = current_visitor()
    access = access_as(site.assembly, visitor.viewer)
    clearance = visitor.viewer.clearance
    seen = None
    if _brings_a_chart():
        asked = read_asked(request.form, request.files, today=site.today())
        cleared = None if "*" in clearance else clearance
        seen = see(asked, base=access.canonical, clearance=cleared)
    task = request.form.get("again") or request.args.get("again")
    again = sent_before(access, task) if task else None
    return _Desk(site=site, visitor=visitor, access=access, seen=seen, again=again)


def _brings_a_chart() -> bool:
    """Whether a chart comes with the form, or the name of an invented member."""
    file = request.files.get("chart")
    written = any(request.form.get(name, "").strip() for name in ("chart", "sample"))
    return written or bool(file is not None and file.filename)


def _entered(desk: _Desk) -> Entered:
    """What is in the form: what was entered, else what is known."""
    form = request.form if request.method == "POST" else request.args
    entered = read_entered(form)
    if entered.key:
        return entered
    today = desk.site.today()
    party = desk.visitor.party
    system, number = party.identifier
    values = {"source-date": (today.isoformat(),), "source-organization": (party.name,)}
    if system.endswith("us-npi"):
        values["source-npi"] = (number,)
    if not desk.visitor.sandbox:
        values["source-name"] = (desk.visitor.name,)
    plans = plans_for(desk.access, desk.visitor)
    only = plans[0][0] if len(plans) == 1 else ""
    begun = msgspec.structs.replace(entered, key=ids.new_uuid(), values=values, plan=only)
    if desk.again is not None:
        return filled_in_again(desk.again, begun, desk.base)
    return filled_in(desk.seen, begun, today, desk.base) if desk.seen is not None else begun


def _send(desk: _Desk, entered: Entered) -> AnyResponse:
    today = desk.site.today()
    plans = plans_for(desk.access, desk.visitor)
    asked = [reference for reference, _ in plans]
    faults = faults_of(entered, today=today, plans=asked, base=desk.base)
    if faults or not entered.key:
        return _page(desk, entered, 422, faults=faults)
    providers = dict(preferred_for(desk.access, desk.visitor))
    filled = Filled(
        entered=msgspec.structs.replace(
            entered, provider=entered.provider if entered.provider in providers else ""
        ),
        requester=reference_to(desk.visitor.party),
        provider_name=providers.get(entered.provider, ""),
        seen=desk.seen,
        again=desk.again,
        today=today,
    )
    try:
        task = send_intake(desk.access, filled)
    except AnotherMember:
        faults = {"member-cin": WORDS[entered.language]["another"]}
        return _page(desk, entered, 422, faults=faults)
    except PartnerFault as fault:
        words = "; ".join(fault.diagnostics) or str(fault)
        return _page(desk, entered, 422, faults=faults_told(fault), refused=words)
    return redirect(url_for("workbench.referrals.thread", task=task), 303)


def _page(
    desk: _Desk,
    entered: Entered,
    status: int,
    *,
    faults: dict[str, str] | None = None,
    refused: str = "",
) -> Response:
    blocks = shown(entered.language, entered.group, entered.values, faults or {}, desk.base)
    told = {one.link_id for one in _questions(blocks)}
    seen, again = desk.seen, desk.again
    sample = bool(request.form.get("sample"))
    needs = [one for one in blocks if one.link_id.startswith("needs")]
    body = render_template(
        "workbench/referrals/intake.html",
        entered=entered,
        words=WORDS[entered.language],
        blocks={one.link_id.partition("-adult")[0].partition("-child")[0]: one for one in blocks},
        texts={one.link_id: one.text for one in _questions(blocks)},
        answered=[one for one in _questions(needs) if one.values or one.fault],
        unanswered=[(one, [q for q in one.items if not q.values and not q.fault]) for one in needs],
        population=POPULATIONS[entered.group],
        kept=[
            (QUESTION + name, value)
            for name, given in entered.values.items()
            if name not in told
            for value in given
        ],
        faults=faults or {},
        refused=refused,
        plans=plans_for(desk.access, desk.visitor),
        providers=preferred_for(desk.access, desk.visitor),
        seen=seen,
        chart="" if seen is None or sample else seen.asked.chart.decode(errors="replace"),
        carried=_carried() if seen else (),
        entries=seen.entries(desk.site.today()) if seen else (),
        marks=seen.marks if seen else {},
        because=(again.task.get("statusReason") or {}).get("text", "") if again else "",
        languages=[(one, _LANGUAGES[one]) for one in LANGUAGES],
        groups=GROUPS,
    )
    return Response(body, status=status, mimetype="text/html")


def _carried() -> list[tuple[str, str]]:
    """What was asked of the chart, to be asked again."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name in _ASKED or name.startswith("answer.")
    ]


def _questions(blocks: tuple[Item, ...] | list[Item]) -> list[Item]:
    return [one for block in blocks for one in block.items]
