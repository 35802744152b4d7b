"""`/workbench/referrals/`: the queues of a visitor, narrowed as they like; did they change?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from adapter.casework.board import Board, Page
from adapter.casework.populations import population_displays
from adapter.fhir_api.faults import Refused
from adapter.store.board_conditions import Queue
from adapter.workbench.referrals.marks import Known, Marks
from adapter.workbench.referrals.queues import (
    EMPTY,
    LEADS,
    MOST_ROWS,
    ORDERS,
    QUEUES,
    RETURNED,
    Filters,
    read_filters,
    read_place,
    wanted,
    written_place,
)
from adapter.workbench.referrals.sample_referrals import make_samples
from adapter.workbench.roles import Visitor
from adapter.workbench.visiting import current_visitor
from profiles.referral_codes import business_statuses

if TYPE_CHECKING:
    from adapter.workbench.site import Site


class Shown(Struct, frozen=True, kw_only=True):
    """A board as it is rendered."""

    filters: Filters
    page: Page
    counts: Mapping[Queue, int]
    #: Of the visitor's whole board, when it was read.
    mark: str
    following: str
    #: How many of the visitor's own came back and wait to be corrected, as far as is looked.
    came_back: int = 0

    @property
    def total(self) -> int:
        """Of the queue that is shown."""
        return self.counts[self.filters.queue]

    @property
    def nothing_at_all(self) -> bool:
        """Whether there is no referral, whatever one asks for."""
        return not self.filters.narrowing and not self.counts["open"] + self.counts["closed"]


def add_board_routes(blueprint: Blueprint, site: Site) -> None:
    """The board, its rows for a script, and whether it changed."""
    marks = Marks()

    @blueprint.route("/", methods=["GET", "POST"])
    def index() -> str | AnyResponse:
        filters = read_filters(request.values.get)
        if request.method == "POST" and not filters.text:
            return redirect(_at(filters), 303)
        # Else a form without script posted a text, which goes into no address.
        visitor = current_visitor()
        board = _board(site, visitor)
        return render_template(
            "workbench/referrals/index.html",
            shown=_shown(site, board, visitor, filters, marks),
            filters=filters,
            lead=LEADS.get(visitor.role, ""),
            empty=EMPTY.get(visitor.role, ""),
            statuses={code: one.display for code, one in business_statuses().items()},
            populations=population_displays(),
            parties=sorted(board.parties.items(), key=lambda one: one[1].lower()),
            orders=ORDERS,
            queues=_queues(visitor),
        )

    @blueprint.post("/rows")
    def rows() -> Response:
        filters = read_filters(request.form.get)
        visitor = current_visitor()
        after = request.form.get("after", "")
        asked = _number(request.form.get("count", ""))
        board = _board(site, visitor)
        if after:
            page = _page(site, board, filters, after, asked)
            following = written_place(page.following)
            name, shown = (
                "rows",
                Shown(filters=filters, page=page, counts={}, mark="", following=following),
            )
        else:
            name, shown = "board", _shown(site, board, visitor, filters, marks, asked)
        body = render_template(
            f"workbench/referrals/{name}.html",
            shown=shown,
            filters=filters,
            queues=_queues(visitor),
            empty=EMPTY.get(visitor.role, ""),
        )
        return make_response(body)

    @blueprint.get("/changes")
    def changes() -> Response:
        visitor = current_visitor()
        answer = Response(status=204)
        answer.set_etag(_known(site, _board(site, visitor), visitor, marks).mark)
        answer.make_conditional(request)
        return answer

    @blueprint.post("/samples")
    def samples() -> AnyResponse:
        if not current_visitor().sandbox:
            abort(404)
        make_samples(site.assembly, site.today())
        return redirect(url_for("workbench.referrals.index"), 303)


def _at(filters: Filters) -> str:
    parameters: dict[str, Any] = {**filters.query}
    return url_for("workbench.referrals.index", **parameters)


def _board(site: Site, visitor: Visitor) -> Board:
    return Board(site.assembly, visitor.viewer, site.now())


def _shown(
    site: Site,
    board: Board,
    visitor: Visitor,
    filters: Filters,
    marks: Marks,
    count: int = 0,
) -> Shown:
    # Before it is read: what changes meanwhile is told by the next mark.
    known = _known(site, board, visitor, marks)
    page = _page(site, board, filters, request.args.get("after", ""), count)
    counts = known.counts
    if filters.narrowing:
        counts, _ = board.counts(wanted(filters, board.whose, site.today()))
    return Shown(
        filters=filters,
        page=page,
        counts=counts,
        mark=known.mark,
        following=written_place(page.following),
        came_back=_came_back(site, board, visitor) if known.counts["closed"] else 0,
    )


def _came_back(site: Site, board: Board, visitor: Visitor) -> int:
    """Referrals that have ended, by the worklist, and that the visitor is to correct."""
    if visitor.role != "referrer":
        return 0
    asked = Filters(queue="closed", status=RETURNED, requester=visitor.party.id)
    return sum(one.ours for one in _page(site, board, asked, "", 0).rows)


def _page(site: Site, board: Board, filters: Filters, after: str, count: int) -> Page:
    asked = wanted(filters, board.whose, site.today())
    asked = msgspec.structs.replace(asked, after=read_place(after), count=count or asked.count)
    try:
        return board.page(asked)
    except Refused:
        abort(403, "your access does not let you search for referrals")


def _known(site: Site, board: Board, visitor: Visitor, marks: Marks) -> Known:
    asked = wanted(Filters(), board.whose, site.today())
    try:
        return marks.of(board, visitor.viewer, asked, int(site.now().timestamp()) // 60)
    except Refused:
        abort(403, "your access does not let you search for referrals")


def _queues(visitor: Visitor) -> dict[Queue, tuple[str, str]]:
    may_claim = visitor.viewer.claims
    return {name: said for name, said in QUEUES.items() if name != "claim" or may_claim}


def _number(text: str) -> int:
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
