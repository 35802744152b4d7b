"""On whose worklist a live Task stands, what has to happen next, and by when.

Every Task that has not ended and is no draft stands on one: with an owner or in a queue, with a due
date and a next event.
"""

from __future__ import annotations

from datetime import datetime

from adapter.referrals import codes, deadlines
from adapter.referrals.choices import Choices
from adapter.referrals.lifecycle import is_live
from adapter.referrals.lookup import Resource
from adapter.referrals.periods import instants
from adapter.referrals.standing import Standing
from adapter.store.records import Work
from mappings.inbound.dates import Unreadable
from profiles.referral_codes import business_statuses

#: Queues, codes of `ecm-referral-queue`: nobody owns it; nobody who owns it has a client here.
CLAIMABLE, OPERATIONS = "claimable", "exchange-operations"

#: What has to happen next by the status alone, where the business status says nothing: to the
#: plan's Task, to a provider's.
_BY_STATUS = {
    "requested": ("acknowledge", "accept-or-decline"),
    "accepted": ("decide-authorization", "start-outreach"),
    "in-progress": ("report-outcome", "report-outcome"),
    "on-hold": ("resume", "resume"),
}
#: Before there is a provider; a member who changes providers waits no longer than that timer.
_UNASSIGNED = frozenset(
    {"acknowledge", "screen", "decide-authorization", "assign-provider", "claim"}
)


def next_event(task: Resource, choices: Choices) -> str:
    """What has to happen next with a live Task: a code of `ecm-referral-next-event`."""
    if codes.kind_of(task) == "abort":
        return "answer-cancellation"
    said = codes.business_status(task, choices.base) or ""
    if said == "cancellation-requested":
        return "answer-cancellation"
    if not task.get("owner") and codes.kind_of(task) != "other":
        return "claim"
    plan, provider = _BY_STATUS[str(task["status"])]
    known = business_statuses().get(said)
    event = known.next_event if known is not None else None
    if task["status"] == "on-hold" or event is None:
        event = provider if task.get("partOf") else plan
    return "accept-or-decline" if event == "screen" and task.get("partOf") else event


def work(
    task: Resource,
    stand: Standing,
    previous: Work | None,
    now: datetime,
    choices: Choices,
    *,
    replaces: bool = False,
) -> Work | None:
    """Where a Task stands on a worklist; None: nowhere, it has ended or is a draft.

    Args:
        task: as it is stored.
        stand: its parties as they are now, and who wrote it.
        previous: where it stood before; the due date stays as long as the same thing is to happen.
        now: the instant of the write.
        choices: of the tenant.
        replaces: whether its ServiceRequest takes the place of another one.
    """
    if not is_live(task):
        return None
    event = next_event(task, choices)
    owner = stand.asks if event == "correct" else stand.owner or ""
    queue = "" if owner else CLAIMABLE if event == "claim" else OPERATIONS
    priority = str(task.get("priority") or "routine")
    reported = deadlines.timers()[event].renewed and bool(stand.roles & {"owner", "admin"})
    stands = previous is not None and (previous.next_event, previous.owner) == (event, owner)
    if previous is not None and stands and not reported:
        due_at = previous.due_at
    else:
        due_at = deadlines.due(event, now, priority, choices)
        if task["status"] in ("requested", "accepted"):
            due_at = min(due_at, _end(task) or due_at)
        if replaces and event in _UNASSIGNED:
            due_at = min(due_at, deadlines.due("change-of-provider", now, priority, choices))
    thread = task.get("groupIdentifier")
    return Work(
        owner=owner,
        queue=queue,
        requester=stand.asks,
        status=str(task["status"]),
        business_status=codes.business_status(task, choices.base) or "",
        due_at=due_at,
        next_event=event,
        thread=str(thread.get("value", "")) if isinstance(thread, dict) else "",
        priority=priority,
    )


def restriction(task: Resource, now: datetime, choices: Choices) -> dict[str, object] | None:
    """`restriction` with the day by which a Task is to be done; None: it names one."""
    written = task.get("restriction")
    written = written if isinstance(written, dict) else {}
    period = written.get("period")
    period = period if isinstance(period, dict) else {}
    if "end" in period:
        return None
    timer = "task-of-provider" if task.get("partOf") else "task-of-plan"
    day = deadlines.due_day(timer, now, str(task.get("priority") or "routine"), choices)
    return {**written, "period": {**period, "end": day.isoformat()}}


def _end(task: Resource) -> int | None:
    """First instant after `restriction.period`."""
    try:
        return instants(task["restriction"]["period"]["end"])[1]
    except (KeyError, TypeError, Unreadable):
        return None
