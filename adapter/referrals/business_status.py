"""How far a referral is, finer than its status: which code goes with what, and who may say so.

Codes and the statuses they go with are data (`profiles.referral_codes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from adapter.fhir_api.faults import refused
from adapter.referrals import codes
from adapter.referrals.choices import Choices
from adapter.referrals.lookup import Resource
from adapter.referrals.standing import Standing
from profiles.referral_codes import business_statuses, status_reasons

#: What a requester says; everything else is for who was asked.
REQUESTERS = frozenset({"sent-to-plan", "assigned-to-provider", "cancellation-requested"})
#: What is not for the owner to say.
NOT_OWNERS = frozenset({"sent-to-plan", "cancellation-requested"})

#: By status: what is said of the plan's Task and of a provider's, where nobody says more.
_USUAL = {
    "requested": ("sent-to-plan", "assigned-to-provider"),
    "accepted": ("eligibility-screening", "provider-accepted"),
    "in-progress": ("authorized", "outreach-initiated"),
    "rejected": ("not-authorized", "provider-declined"),
    "cancelled": ("loop-closed", "loop-closed"),
    "failed": ("loop-closed", "loop-closed"),
    "completed": ("loop-closed", "loop-closed"),
}
_WITHOUT = frozenset({"draft", "entered-in-error"})


def usual(task: Resource, choices: Choices) -> str | None:
    """The business status a Task has by its status, where nobody says more; None: none."""
    status = str(task.get("status"))
    if status == "rejected":
        why = status_reasons().get(codes.status_reason(task, choices.base) or "")
        if why is not None and why.kind == "return":
            return "returned-for-correction"
    if status not in _USUAL:
        return None
    plan, provider = _USUAL[status]
    return provider if task.get("partOf") else plan


def fits(code: str, status: str) -> bool:
    """Whether a business status goes with a status."""
    return status in business_statuses()[code].task_statuses


def settle(
    before: Resource | None, after: Resource, stand: Standing, choices: Choices
) -> dict[str, Any] | None:
    """The `businessStatus` to store; None: none.

    What was said before stays as long as it goes with the status, and gives way to the usual one
    where it does not.

    Raises:
        Refused: 422, the writer says one that does not exist, does not go with the status, or is
            not theirs to say.
    """
    status = str(after["status"])
    said = codes.business_status(after, choices.base)
    was = codes.business_status(before, choices.base) if before else None
    if status in _WITHOUT:
        return after.get("businessStatus")
    if said is not None and said != was:
        _check(said, after, stand, choices)
        return _with_words(before, after, said, choices)
    kept = said or was
    if kept is None or kept not in business_statuses() or not fits(kept, status):
        kept = usual(after, choices)
    if kept is None:
        return after.get("businessStatus")
    return _with_words(before, after, kept, choices)


def _with_words(
    before: Resource | None, after: Resource, code: str, choices: Choices
) -> dict[str, Any]:
    """The `businessStatus` with its words, where they came with the code or this write."""
    made = codes.with_business_status(after, code, choices.base)
    words = _words(after)
    is_new = words != _words(before)
    if words and (is_new or codes.business_status(before or {}, choices.base) == code):
        return {**made, "text": words}
    return made


def _words(task: Resource | None) -> object:
    said = (task or {}).get("businessStatus")
    return said.get("text") if isinstance(said, dict) else None


def _check(said: str, after: Resource, stand: Standing, choices: Choices) -> None:
    status = str(after["status"])
    known = business_statuses().get(said)
    if known is None:
        _refuse(
            f"there is no business status of that code; there are {_listed(business_statuses())}"
        )
    if not fits(said, status):
        others = [code for code in business_statuses() if fits(code, status)]
        _refuse(
            f"'{said}' does not go with the status {status}, but with "
            f"{_listed(known.task_statuses)}; with {status} go {_listed(others)}"
        )
    if after.get("partOf") and known.hop == "plan":
        _refuse(f"'{said}' is said of the plan's Task, not of a Task that is part of it")
    if said == "returned-for-correction" and status == "requested" and choices.correction != status:
        _refuse(
            "here a referral is returned by the status rejected, with the reason "
            "'needs-correction'; its source sends a new Task"
        )
    if stand.on_behalf:
        return
    requesters = said in REQUESTERS and "requester" in stand.roles
    if not requesters and not (said not in NOT_OWNERS and "owner" in stand.roles):
        whose = "requester" if said in NOT_OWNERS else "owner"
        _refuse(f"'{said}' is for the {whose} of the Task to say; you are {stand.said()}")


def _listed(known: Iterable[str]) -> str:
    return ", ".join(known)


def _refuse(found: str) -> NoReturn:
    raise refused(422, "business-rule", found, "Task.businessStatus")
