"""Which status a referral may go to from which, who may take it there, and what that needs.

The edges of SDOH Clinical Care 3.0.0 (state machine of a referral's Task) and of FHIR R4 requests
(https://hl7.org/fhir/R4/request.html#statemachine) for its ServiceRequest. What is no edge here is
refused. `docs/referral-lifecycle.md` shows the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

from msgspec import Struct

#: requester: the organization that asks, by itself or by whom it entered. owner: who is asked.
#: exchange: this service, for what follows from another write. admin: the operator, on behalf of
#: whoever has no client here.
Actor = Literal["requester", "owner", "exchange", "admin"]
Need = Literal["reason", "output", "owner", "order", "no-live-task"]

ON_BEHALF: frozenset[Actor] = frozenset({"exchange", "admin"})


class Edge(Struct, frozen=True):
    """One step of a status."""

    source: str
    target: str
    #: Who takes it; the exchange and an admin do on behalf of any of them.
    actors: frozenset[Actor]
    #: reason: statusReason.text. output: at least one Task.output. owner: somebody is asked.
    #: order: the ServiceRequest is active, and nobody is asked twice for it. no-live-task: no Task
    #: of the ServiceRequest is under way.
    needs: tuple[Need, ...] = ()


_REQUESTER: frozenset[Actor] = frozenset({"requester"})
_OWNER: frozenset[Actor] = frozenset({"owner"})
_EITHER: frozenset[Actor] = frozenset({"requester", "owner"})

#: Where a Task may begin, and a ServiceRequest.
FIRST: Mapping[str, tuple[str, ...]] = {
    "Task": ("draft", "requested"),
    "ServiceRequest": ("draft", "active"),
}
#: Under way: somebody has to act.
LIVE: Mapping[str, tuple[str, ...]] = {
    "Task": ("requested", "accepted", "in-progress", "on-hold"),
    "ServiceRequest": ("active", "on-hold"),
}
#: Ended; nothing leads out of them but that it was all a mistake.
ENDED: Mapping[str, tuple[str, ...]] = {
    "Task": ("rejected", "cancelled", "failed", "completed", "entered-in-error"),
    "ServiceRequest": ("revoked", "completed", "entered-in-error"),
}

#: Statuses of FHIR that a referral's Task is never kept in (`profiles.referral_codes.taken_in`),
#: and any other Task may be.
_OF_OTHERS = ("received", "ready")

_TASK = (
    Edge("draft", "requested", _REQUESTER, ("order",)),
    Edge("requested", "accepted", _OWNER, ("owner",)),
    Edge("requested", "rejected", _OWNER, ("owner", "reason")),
    Edge("requested", "cancelled", _EITHER, ("reason",)),
    Edge("accepted", "in-progress", _OWNER),
    Edge("accepted", "on-hold", _OWNER, ("reason",)),
    Edge("accepted", "completed", _OWNER, ("output",)),
    Edge("accepted", "failed", _OWNER, ("reason",)),
    Edge("accepted", "cancelled", _EITHER, ("reason",)),
    Edge("in-progress", "on-hold", _OWNER, ("reason",)),
    Edge("in-progress", "completed", _OWNER, ("output",)),
    Edge("in-progress", "failed", _OWNER, ("reason",)),
    Edge("in-progress", "cancelled", _EITHER, ("reason",)),
    Edge("on-hold", "in-progress", _OWNER),
    Edge("on-hold", "completed", _OWNER, ("output",)),
    Edge("on-hold", "failed", _OWNER, ("reason",)),
    Edge("on-hold", "cancelled", _EITHER, ("reason",)),
)
_SERVICE_REQUEST = (
    Edge("draft", "active", _REQUESTER),
    Edge("active", "on-hold", _REQUESTER),
    Edge("active", "completed", _REQUESTER, ("no-live-task",)),
    Edge("active", "revoked", _REQUESTER),
    Edge("on-hold", "active", _REQUESTER),
    Edge("on-hold", "completed", _REQUESTER, ("no-live-task",)),
    Edge("on-hold", "revoked", _REQUESTER),
)


def statuses(type: str) -> tuple[str, ...]:
    """Every status of a Task or a ServiceRequest, from the first to the last."""
    return tuple(dict.fromkeys((*FIRST[type], *LIVE[type], *ENDED[type])))


@cache
def edges(type: str) -> tuple[Edge, ...]:
    """The table of a Task or a ServiceRequest."""
    drawn = _TASK if type == "Task" else _SERVICE_REQUEST
    any_to_error = (
        Edge(one, "entered-in-error", _REQUESTER)
        for one in statuses(type)
        if one != "entered-in-error"
    )
    return (*drawn, *any_to_error)


@cache
def edge(type: str, source: str, target: str) -> Edge | None:
    """The step from one status to another; None: there is none, whoever asks."""
    found = (one for one in edges(type) if (one.source, one.target) == (source, target))
    return next(found, None)


def may_take(step: Edge, roles: Iterable[Actor]) -> bool:
    """Whether any of these roles may take a step."""
    return not step.actors.isdisjoint(roles) or not ON_BEHALF.isdisjoint(roles)


def next_for(type: str, status: str, roles: Iterable[Actor]) -> tuple[str, ...]:
    """Where someone in these roles may go from a status."""
    held = frozenset(roles)
    return tuple(one.target for one in edges(type) if one.source == status and may_take(one, held))


def is_live(resource: Mapping[str, object]) -> bool:
    """Whether a Task or ServiceRequest is under way."""
    status = resource.get("status")
    return status in LIVE[str(resource.get("resourceType"))] or status in _OF_OTHERS


def has_ended(resource: Mapping[str, object]) -> bool:
    """Whether a Task or ServiceRequest has ended."""
    return resource.get("status") in ENDED[str(resource.get("resourceType"))]


def may_enter(type: str, status: str, *, operator: bool, on_behalf: bool) -> bool:
    """Whether a Task or ServiceRequest may be entered as it stands.

    Anybody begins one. An operator who moves in brings the history along: what has ended, and,
    where it acts for both sides, what is under way; a registered owner accepts by itself.
    """
    if status in FIRST[type]:
        return True
    return operator and (status in ENDED[type] or (on_behalf and status in LIVE[type]))


def path(source: str, target: str) -> tuple[str, ...]:
    """The fewest steps of a Task from one status to another, the last one included.

    For a copy of a Task that lives elsewhere and went on while nobody looked.

    Returns:
        Nothing where both are the same, or no way leads there.
    """
    ways: dict[str, tuple[str, ...]] = {source: ()}
    ahead = [source]
    for status in ahead:
        for one in edges("Task"):
            if one.source == status and one.target not in ways:
                ways[one.target] = (*ways[status], one.target)
                ahead.append(one.target)
    return ways.get(target, ())
