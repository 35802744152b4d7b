"""How the steps of a referral are told to people: what each is called, what it does, what it asks.

A Task asks either the plan or, as a part of that one, an ECM provider; a step may be called
otherwise for the one and for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from profiles.referral_codes import StatusReason, status_reasons

#: Whose Task a step is taken with, and as what.
Side = Literal["plan", "provider", "requester"]


class Told(Struct, frozen=True, kw_only=True):
    """A step in words."""

    title: str
    #: What it does, and what follows.
    says: str
    #: Whether the referral ends with it, or goes back.
    ends: bool = False


#: By step, and by whose it is where it is called otherwise.
TOLD: Mapping[tuple[str, str], Told] = {
    ("acknowledge", ""): Told(
        title="Acknowledge receipt",
        says="The referrer learns that the referral has arrived. Nothing is decided yet.",
    ),
    ("accept", "plan"): Told(
        title="Start screening",
        says="Take the referral on, to look at membership, criteria and exclusions.",
    ),
    ("accept", "provider"): Told(
        title="Accept the member",
        says="You take the member on for Enhanced Care Management. Next is outreach.",
    ),
    ("authorize", ""): Told(
        title="Authorize ECM",
        says="The member qualifies: Enhanced Care Management is authorized. Next, an ECM provider "
        "is assigned.",
    ),
    ("assign", ""): Told(
        title="Assign an ECM provider",
        says="The provider is asked to take the member on, and sees what the referral refers to.",
    ),
    ("contact", ""): Told(
        title="Record an attempt to reach the member",
        says="Plan and referrer see that outreach is under way, and how it went.",
    ),
    ("enroll", ""): Told(
        title="Enroll the member",
        says="The member has agreed to take part, and is enrolled.",
    ),
    ("complete", ""): Told(
        title="Close: services received",
        says="What was done is told to plan and referrer, and the loop is closed.",
    ),
    ("hold", ""): Told(title="Put on hold", says="A pause, for a reason. It stays on your list."),
    ("resume", ""): Told(title="Resume", says="The pause is over."),
    ("return", ""): Told(
        title="Return for correction",
        says="The referrer corrects it and refers again, in the same thread.",
        ends=True,
    ),
    ("decline", "plan"): Told(
        title="Do not authorize",
        says="The referral ends here, and the referrer learns why.",
        ends=True,
    ),
    ("decline", "provider"): Told(
        title="Decline the member",
        says="The plan learns why, and asks another provider.",
        ends=True,
    ),
    ("fail", ""): Told(
        title="Close without services",
        says="The member could not be reached, is not eligible any more, or the like.",
        ends=True,
    ),
    ("cancel", "requester"): Told(
        title="Withdraw the referral",
        says="Everybody who was asked is told that it is not wanted any more.",
        ends=True,
    ),
    ("cancel", ""): Told(
        title="Cancel at the member’s wish",
        says="The member declined, or needs it no longer. Taking part is voluntary.",
        ends=True,
    ),
    ("refer", "returned"): Told(
        title="Correct and refer again",
        says="The form opens with what was sent; what you send then takes its place in this "
        "thread.",
    ),
    ("refer", ""): Told(
        title="Refer again",
        says="The form opens with what was sent, for another try in the same thread.",
    ),
}

#: The step that is the most likely next, by what has to happen next.
LIKELY: Mapping[str, tuple[str, ...]] = {
    "acknowledge": ("acknowledge",),
    "screen": ("authorize",),
    "decide-authorization": ("authorize",),
    "assign-provider": ("assign",),
    "accept-or-decline": ("accept",),
    "start-outreach": ("contact",),
    "report-outreach": ("enroll", "contact"),
    "report-outcome": ("complete",),
    "resume": ("resume", "authorize"),
    "correct": ("refer",),
    "answer-cancellation": ("cancel",),
}

#: What is often wrong with a referral, for who returns it.
FAULTS: tuple[tuple[str, str], ...] = (
    ("cin", "The Client Index Number (CIN) is missing or wrong"),
    ("birth", "The date of birth is missing or wrong"),
    ("contact", "There is no way to contact the member"),
    ("population", "It does not say which Population of Focus, or why"),
    ("consent", "It does not say whether the member agrees"),
)

#: How somebody is reached, and how it is told.
WAYS: tuple[tuple[str, str], ...] = (
    ("by phone", "Phone"),
    ("in person", "In person"),
    ("by video", "Video"),
    ("by text message", "Text message"),
    ("by mail", "Mail"),
    ("through somebody else", "Through family, shelter or another person"),
)

#: Reasons that are not for that side to give.
_NOT_FOR: Mapping[str, frozenset[str]] = {
    "plan": frozenset({"provider-declined", "no-capacity", "unsafe"}),
    "provider": frozenset({"not-a-plan-member", "no-provider-available"}),
    "requester": frozenset({"already-enrolled"}),
}
_OF_THE_EXCHANGE = frozenset({"replaced", "referral-ended"})
#: What comes first in a list, since it is the most frequent.
_FIRST: Mapping[tuple[str, str], str] = {
    ("cancelled", "requester"): "withdrawn",
    ("cancelled", "plan"): "member-declined",
    ("cancelled", "provider"): "member-declined",
    ("failed", "plan"): "no-longer-eligible",
    ("failed", "provider"): "unable-to-reach",
    ("rejected", "plan"): "criteria-not-met",
    ("rejected", "provider"): "no-capacity",
}


def told(step: str, side: str) -> Told:
    """A step in the words of a side."""
    return TOLD.get((step, side)) or TOLD[step, ""]


def reasons_for(status: str, side: Side) -> tuple[tuple[str, str], ...]:
    """Code and words of the reasons a side may give for a status, the most frequent first."""

    def fits(one: StatusReason) -> bool:
        return (
            status in one.task_statuses
            and one.kind != "return"
            and one.code not in _OF_THE_EXCHANGE
            and one.code not in _NOT_FOR[side]
        )

    first = _FIRST.get((status, side))
    found = [(one.code, one.display) for one in status_reasons().values() if fits(one)]
    return tuple(sorted(found, key=lambda one: one[0] != first))
