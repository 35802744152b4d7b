"""The lifecycle of a referral as its specification has it, written out by hand for tests."""

from __future__ import annotations

#: SDOH Clinical Care 3.0.0, states of a referral's Task: from | to | who.
TASK = """
draft       | requested                               | requester
requested   | accepted, rejected                      | target
requested   | cancelled                               | requester, target
accepted    | in-progress, on-hold, completed, failed | target
accepted    | cancelled                               | requester, target
in-progress | cancelled                               | requester, target
on-hold     | cancelled                               | requester, target
in-progress | on-hold                                 | target
on-hold     | in-progress                             | target
in-progress | completed, failed                       | target
on-hold     | completed, failed                       | target
any         | entered-in-error                        | requester
"""
TASK_STATUSES = (
    "draft", "requested", "accepted", "rejected", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
)  # fmt: skip
LIVE = ("requested", "accepted", "in-progress", "on-hold")

#: FHIR R4 request status, as an order goes: from | to | who.
ORDER = """
draft   | active                      | requester
active  | on-hold, completed, revoked | requester
on-hold | active, completed, revoked  | requester
any     | entered-in-error            | requester
"""
ORDER_STATUSES = ("draft", "active", "on-hold", "revoked", "completed", "entered-in-error")


def steps(table: str, statuses: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """(from, to, actor); the exchange and the operator act for either side."""
    found = set()
    for line in table.strip().splitlines():
        source, targets, actors = (part.strip() for part in line.split("|"))
        for start in statuses if source == "any" else (source,):
            for target in targets.split(", "):
                for actor in (*actors.split(", "), "exchange", "admin"):
                    if start != target:
                        found.add((start, target, actor.replace("target", "owner")))
    return found
