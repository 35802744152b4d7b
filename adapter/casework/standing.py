"""Where a referral stands: its status, who has to act, by when, and what could not be delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from adapter import clock
from adapter.casework.access import Access
from adapter.fhir_client.partner_answers import Resource, objects
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.referrals.choices import Choices
from adapter.referrals.codes import business_status
from adapter.referrals.lifecycle import is_live
from adapter.referrals.worklist import CLAIMABLE, next_event

if TYPE_CHECKING:
    from adapter.store.outbound import Outgoing


class Standing(Struct, frozen=True, kw_only=True):
    """Where a referral's Task stands."""

    id: str
    status: str
    #: Empty: none.
    business_status: str
    #: What they are called, or as the Task refers to them.
    requester: str
    owner: str
    queue: str
    #: The last day for what has to happen next. None: it has ended, is a draft, or was taken up
    #: and only the store knows.
    due: date | None
    #: What has to happen next; empty: nothing.
    next_event: str
    thread: str
    priority: str
    #: How it stands with the partner it goes to: `waiting for plan: …`; empty: it was sent, goes
    #: to nobody else's server, or is not known here.
    delivery: str = ""

    def line(self) -> str:
        """On one line."""
        said = f" ({self.business_status})" if self.business_status else ""
        parts = [f"Task/{self.id}", self.status + said]
        if self.next_event:
            until = f" by {self.due}" if self.due is not None else ""
            parts.append(f"{self.next_event}{until}: {self.owner or self.queue}")
        if self.delivery:
            parts.append(self.delivery)
        return "  ".join(parts)


def line_of(access: Access, task: Resource) -> str:
    """Where a referral stands, on a line."""
    return standing(access, task, names_of(access, [task])).line()


def names_of(access: Access, tasks: list[Resource]) -> dict[str, str]:
    """What the organizations of Tasks are called, by reference."""
    found: dict[str, str] = {}
    for task in tasks:
        for end in ("requester", "owner"):
            reference = str((task.get(end) or {}).get("reference", ""))
            if reference in found or not reference.startswith("Organization/"):
                continue
            try:
                read = access.server.read("Organization", reference.partition("/")[2]).resource
            except PartnerFault:
                read = None
            found[reference] = str((read or {}).get("name") or reference)
    return found


def standing(access: Access, task: Resource, names: Mapping[str, str]) -> Standing:
    """Where a Task stands, from what it says, and with the store from the worklist too.

    Args:
        access: where it is.
        task: as stored.
        names: of organizations by reference (`names_of`).
    """
    id = str(task["id"])
    live = is_live(task)
    owner = task.get("owner")
    found = Standing(
        id=id,
        status=str(task.get("status")),
        business_status=business_status(task, access.canonical) or "",
        requester=who(task.get("requester"), names),
        owner=who(owner, names),
        queue="" if owner or not live else CLAIMABLE,
        due=_due(task) if live else None,
        next_event=next_event(task, Choices(base=access.canonical)) if live else "",
        thread=str((task.get("groupIdentifier") or {}).get("value", "")),
        priority=str(task.get("priority", "routine")),
    )
    assembly, viewer = access.assembly, access.viewer
    if assembly is None or viewer is None:
        return found
    with assembly.store.reading() as unit:
        work = unit.work_of(viewer.tenant, "Task", id)
        rows = [
            (partner.id, row)
            for partner in assembly.partners
            if partner.tenant == viewer.tenant
            for row in assembly.here.outbound(unit, partner).of_task(id)
            if row.state != "done"
        ]
    if work is not None:
        found = msgspec.structs.replace(
            found,
            due=_last_day(work.due_at),
            next_event=work.next_event,
            queue=work.queue,
        )
    return msgspec.structs.replace(
        found, delivery="; ".join(_delivery(partner, row) for partner, row in rows)
    )


def _delivery(partner: str, row: Outgoing) -> str:
    what = "the referral" if row.kind == "send" else "the cancellation"
    told = f": {row.fault}" if row.fault else ""
    if row.state == "dead":
        return f"{what} was given up for {partner}{told}"
    return f"{what} waits for {partner}{told}"


def who(reference: object, names: Mapping[str, str]) -> str:
    """What an organization is called, or as it is referred to; empty: nobody."""
    if not isinstance(reference, dict):
        return ""
    identifier = reference.get("identifier")
    if isinstance(identifier, dict) and not reference.get("reference"):
        return f"{identifier.get('system', '')}|{identifier.get('value', '')}"
    text = str(reference.get("reference", ""))
    return names.get(text, text)


def _last_day(due_at: int) -> date:
    """The day in California that a due date falls on, which is the instant after it."""
    last = datetime.fromtimestamp((due_at - 1) / 1000, UTC)
    return last.astimezone(clock.MEMBER_ZONE).date()


def _due(task: Resource) -> date | None:
    """What bounds a Task until it is taken up."""
    if task.get("status") not in ("requested", "accepted"):
        return None
    period = (task.get("restriction") or {}).get("period") or {}
    try:
        return date.fromisoformat(str(period.get("end", ""))[:10])
    except ValueError:
        return None


def reasons(task: Resource) -> str:
    """The reason of a status in words, and the code; empty: none."""
    why = task.get("statusReason") or {}
    codes = ", ".join(str(one.get("code")) for one in objects(why.get("coding")))
    return f"{why.get('text', '')} ({codes})".strip() if codes else str(why.get("text", ""))
