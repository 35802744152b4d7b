"""The steps that a visitor may take with a referral now, as the page offers them.

What is allowed the exchange says beforehand (`adapter.casework.allowing`); of that, what makes
sense now is offered, the most likely step first.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from adapter import clock, ids
from adapter.casework.access import Access
from adapter.casework.allowing import Judge, judging
from adapter.casework.steps import ACTIONS
from adapter.fhir_client.partner_answers import Resource, version_of
from adapter.referrals.choices import Choices
from adapter.referrals.codes import business_status, kind_of
from adapter.referrals.lifecycle import is_live
from adapter.referrals.worklist import next_event
from adapter.workbench.referrals.organizations import declined_by, providers_for
from adapter.workbench.referrals.steps.forms import Field, fields_of
from adapter.workbench.referrals.steps.words import LIKELY, Side, told
from adapter.workbench.roles import Visitor

#: In which statuses a step makes sense, of those in which the exchange would take it over others.
_FROM = {
    "acknowledge": ("requested",),
    "return": ("requested",),
    "authorize": ("requested", "accepted", "on-hold"),
    "accept": ("requested",),
    "decline": ("requested",),
    "contact": ("accepted", "in-progress"),
    "enroll": ("accepted", "in-progress"),
    "hold": ("accepted", "in-progress"),
    "resume": ("on-hold",),
    "complete": ("accepted", "in-progress", "on-hold"),
    "fail": ("accepted", "in-progress", "on-hold"),
    "cancel": ("requested", "accepted", "in-progress", "on-hold"),
}
#: Those that lead on, then those that pause and end.
_ORDER = (
    *("refer", "acknowledge", "authorize", "accept", "assign", "contact", "enroll", "resume"),
    *("hold", "complete", "return", "decline", "fail", "cancel"),
)
#: Before a plan has authorized; from on hold, it goes on as authorized.
_UNDECIDED = frozenset({"acknowledged", "eligibility-screening"})
_RETURNED = "returned-for-correction"


class Offered(Struct, frozen=True, kw_only=True):
    """A step, as a small form."""

    #: Of the address it is sent to; `refer`: a link to the intake form.
    action: str
    title: str
    #: What it does.
    says: str
    #: Of the Task, as it was looked at.
    task: str
    version: str
    #: Sent twice by one key, the step is taken once.
    key: str
    #: Whether the referral ends with it, or goes back.
    ends: bool = False
    #: Whether it is the most likely one.
    primary: bool = False
    fields: tuple[Field, ...] = ()
    #: Why the exchange did not take it; empty: it was not tried.
    refused: str = ""


def steps_open_to(access: Access, visitor: Visitor, task: Resource) -> tuple[Offered, ...]:
    """What a visitor may do with a Task now, the most likely first; nothing: nothing.

    Args:
        access: of this process, as the visitor.
        visitor: who is at the page.
        task: as it was looked at.
    """
    if kind_of(task) != "fulfill":
        return ()
    with judging(access, task) as judge:
        steps = list(dict.fromkeys(_steps(access, task, judge)))
        side = _side(task, judge)
        # What has to happen next may be for a provider it was handed on to.
        likely = () if judge.handed_on or side == "requester" else _likely(access, task)
        declined = declined_by(judge.parts)
    first = next((one for one in likely if one in steps), "refer" if "refer" in steps else "")
    steps.sort(key=lambda one: (one != first, _ORDER.index(one)))
    offered = [_offered(one, side, task, first) for one in steps]
    if "assign" in steps:
        place = steps.index("assign")
        known, usual = providers_for(access, visitor, task, declined)
        fields = fields_of("assign", side, today=clock.today(), providers=known, usual=usual)
        offered[place] = msgspec.structs.replace(offered[place], fields=fields)
    return tuple(offered)


def why_not(access: Access, task: Resource, step: str) -> str:
    """Why a step is not offered, in the words of the exchange where it has any."""
    with judging(access, task) as judge:
        words = judge.refuses_to_hand_on() if step == "assign" else judge.refuses(ACTIONS[step])
    return words or "this step makes no sense as the referral stands now; see what is offered"


def _steps(access: Access, task: Resource, judge: Judge) -> Iterator[str]:
    if task.get("status") == "rejected" and _may_refer_again(task, judge):
        yield "refer"
    if not is_live(task):
        return
    said = business_status(task, access.canonical) or ""
    away = _out_of_place(task, said, judge)
    if not task.get("partOf") and "assign" not in away and not judge.refuses_to_hand_on():
        yield "assign"
    for step, action in ACTIONS.items():
        makes_sense = task.get("status") in _FROM[step] and step not in away
        is_new = action.business != said or step == "contact"
        if makes_sense and is_new and not judge.refuses(action):
            yield step


def _out_of_place(task: Resource, said: str, judge: Judge) -> frozenset[str]:
    """Steps that the exchange would take and nobody would mean."""
    if judge.handed_on:
        # Its provider says how far it is.
        return frozenset({"assign", "authorize", "contact", "enroll"})
    if not task.get("partOf") and (task.get("status") == "accepted" or said in _UNDECIDED):
        return frozenset({"assign", "contact", "enroll", "complete", "resume"})
    return frozenset({"authorize"} if task.get("status") == "on-hold" else ())


def _may_refer_again(task: Resource, judge: Judge) -> bool:
    order = judge.order
    asks = "requester" in judge.stand.roles and not task.get("partOf")
    return asks and order is not None and order.get("status") == "active" and judge.nobody_asked


def _side(task: Resource, judge: Judge) -> Side:
    if not judge.stand.roles & {"owner", "admin"}:
        return "requester"
    return "provider" if task.get("partOf") else "plan"


def _likely(access: Access, task: Resource) -> tuple[str, ...]:
    if not is_live(task):
        return ()
    likely = LIKELY.get(next_event(task, Choices(base=access.canonical)), ())
    tried = business_status(task, access.canonical) == "outreach-unsuccessful"
    return likely[::-1] if tried else likely


def _offered(step: str, side: Side, task: Resource, first: str) -> Offered:
    known_as = "returned" if step == "refer" and _was_returned(task) else side
    words = told(step, known_as)
    return Offered(
        action=step,
        title=words.title,
        says=words.says,
        task=str(task["id"]),
        version=version_of(task),
        key=ids.new_uuid(),
        ends=words.ends,
        primary=step == first,
        fields=fields_of(step, side, today=clock.today()),
    )


def _was_returned(task: Resource) -> bool:
    coded = (task.get("businessStatus") or {}).get("coding") or []
    return any(one.get("code") == _RETURNED for one in coded)
