"""How far a referral came, as a line of steps in words for who looks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from adapter.fhir_client.partner_answers import Resource
from adapter.referrals.codes import business_status
from adapter.referrals.lifecycle import has_ended

Side = Literal["referrer", "plan", "provider"]
State = Literal["done", "now", "ahead", "skipped"]

#: Each step with what it is called for who refers, for the plan, for a provider.
_STEPS: Mapping[str, tuple[str, str, str]] = {
    "requested": ("Sent", "Received", "Referred"),
    "acknowledged": ("Seen by the plan", "Acknowledged", "Seen by the plan"),
    "authorized": ("Authorized", "Authorized", "Authorized"),
    "assigned": ("Provider asked", "Provider asked", "Assigned to you"),
    "accepted": ("Provider accepted", "Provider accepted", "Accepted"),
    "enrolled": ("Enrolled", "Member enrolled", "Member enrolled"),
    "closed": ("Closed", "Closed", "Closed"),
}
_ORDER = tuple(_STEPS)
_SIDES: tuple[Side, ...] = ("referrer", "plan", "provider")

#: The step that a business status shows to be taken.
_REACHED = {
    "sent-to-plan": "requested",
    "acknowledged": "acknowledged",
    "eligibility-screening": "acknowledged",
    "authorized": "authorized",
    "awaiting-provider": "authorized",
    "assigned-to-provider": "assigned",
    "provider-accepted": "accepted",
    "outreach-initiated": "accepted",
    "outreach-unsuccessful": "accepted",
    "enrolled": "enrolled",
    "services-started": "enrolled",
}


class Step(Struct, frozen=True, kw_only=True):
    """A step of the line."""

    title: str
    state: State
    #: The instant it was reached, as FHIR writes it; empty: not yet, or nobody says.
    at: str = ""


def progress(
    task: Resource, histories: Iterable[Iterable[Resource]], side: Side, base: str
) -> tuple[Step, ...]:
    """The line of one referral.

    Args:
        task: that is looked at, as it is now.
        histories: of each Task of its thread, the earliest version first.
        side: who looks.
        base: our canonical base.
    """
    reached: dict[str, str] = {}
    for versions in histories:
        for version in versions:
            step = _REACHED.get(business_status(version, base) or "", "requested")
            at = str((version.get("meta") or {}).get("lastUpdated", ""))
            reached[step] = min(reached.get(step, at), at)
    ended = has_ended(task)
    if ended:
        reached["closed"] = str((task.get("meta") or {}).get("lastUpdated", ""))
    furthest = max((_ORDER.index(one) for one in reached if one != "closed"), default=0)
    place = _SIDES.index(side)
    steps = []
    for number, (step, titles) in enumerate(_STEPS.items()):
        is_now = step == "closed" if ended else number == furthest
        state: State = "done" if number <= furthest else "skipped" if ended else "ahead"
        state = "now" if is_now else state
        steps.append(Step(title=titles[place], state=state, at=reached.get(step, "")))
    return tuple(steps)
