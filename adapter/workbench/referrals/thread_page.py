"""`/workbench/referrals/<task>`: one referral, its thread, and what can be done with it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template, request

from adapter.casework.access import access_as
from adapter.casework.board import Board
from adapter.casework.progress import Side
from adapter.casework.referral import read_referral
from adapter.casework.steps import read_task
from adapter.fhir_client.partner_answers import Resource
from adapter.workbench.guard import is_fragment
from adapter.workbench.referrals.steps.offered import steps_open_to
from adapter.workbench.roles import Visitor
from adapter.workbench.visiting import current_visitor

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_thread_routes(blueprint: Blueprint, site: Site) -> None:
    """The page of a referral, and whether it changed."""

    @blueprint.get("/<task>")
    def thread(task: str) -> str:
        visitor = current_visitor()
        access = access_as(site.assembly, visitor.viewer)
        board = Board(site.assembly, visitor.viewer, site.now())
        # Before it is read: what changes meanwhile is told by the next mark.
        mark = _hashed(board.thread_mark(task))
        found = read_task(access, task)
        return render_template(
            f"workbench/referrals/{'referral' if is_fragment() else 'thread'}.html",
            shown=read_referral(access, board, found, _side(board, visitor, found), site.now()),
            steps=steps_open_to(access, visitor, found),
            mark=mark,
        )

    @blueprint.get("/<task>/changes")
    def thread_changes(task: str) -> Response:
        visitor = current_visitor()
        mark = Board(site.assembly, visitor.viewer, site.now()).thread_mark(task)
        if not mark:
            abort(404)
        answer = Response(status=204)
        answer.set_etag(_hashed(mark))
        answer.make_conditional(request)
        return answer


def _side(board: Board, visitor: Visitor, task: Resource) -> Side:
    """What a visitor is towards a Task: a plan may be the requester of a provider's, too."""
    row = board.row_of(task)
    if task.get("partOf"):
        return "provider" if row.owner == visitor.party.name else "plan"
    return "referrer" if row.requester == visitor.party.name else "plan"


def _hashed(mark: str) -> str:
    return sha256(mark.encode()).hexdigest()[:24]
