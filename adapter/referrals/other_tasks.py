"""What follows from one write of a Task that is no referral: a form to fill in, an order of a lab.

Such a Task may stand in any status of FHIR R4 (https://hl7.org/fhir/R4/task.html#statemachine,
which is guidance) until it has ended. It is its requester's and its owner's, says what it was asked
for to the end, and stands on a worklist like every Task that is under way. Nobody claims it, and
nothing else follows from it.
"""

from __future__ import annotations

from datetime import datetime

from adapter.referrals import access, labels, worklist
from adapter.referrals.asking import check_new
from adapter.referrals.identifiers import placers
from adapter.referrals.immutable import check_other_task
from adapter.referrals.lifecycle import has_ended, is_live
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.provenance import instant, is_step, trail
from adapter.referrals.references import check_references, same
from adapter.referrals.refusals import conflict
from adapter.referrals.ruling import Ruling
from adapter.referrals.standing import Standing, standing_after
from adapter.referrals.transitions import check_may_change
from adapter.store.records import Viewer, Work
from profiles.referral_codes import taken_in


def rule(
    before: Resource | None, after: Resource, viewer: Viewer, lookup: Lookup, now: datetime
) -> Ruling:
    """Judge one write; as `rules.rule`.

    Raises:
        Refused: 403, 409 or 422.
    """
    stand = standing_after(before, after, viewer, lookup)
    if before is None:
        check_new(after, stand, lookup)
    else:
        check_may_change(before, after, stand, viewer, lookup)
        check_other_task(before, after, stand)
        check_references(before, after, lookup)
        _check_step(before, after)
    amendments: Resource = {"lastModified": instant(now)}
    meta = labels.obliged(after, lookup.choices.base)
    if meta is not None:
        amendments["meta"] = meta
    stored = {**after, **amendments}
    step = is_step(before, stored, lookup.choices)
    return Ruling(
        amendments=amendments,
        follow_ups=[trail(before, stored, viewer, stand, now, lookup.choices)] if step else [],
        work=_work(before, stored, stand, lookup, now),
        grants=access.of_task(stored, stand, lookup),
        unique=placers(stored) if before is None else (),
    )


def _check_step(before: Resource, after: Resource) -> None:
    status, target = before.get("status"), after.get("status")
    if target in (status, "entered-in-error"):
        return
    if has_ended(before) or target == "draft":
        way = "it has ended" if has_ended(before) else "nothing becomes a draft again"
        raise conflict(
            before, f"the Task is '{status}' and cannot become '{target}': {way}", "Task.status"
        )


def _work(
    before: Resource | None, stored: Resource, stand: Standing, lookup: Lookup, now: datetime
) -> Work | None:
    if not is_live(stored):
        return None
    previous = None
    if before is not None and same(before.get("owner"), stored.get("owner")):
        previous = lookup.work(stored["id"])
    status, _ = taken_in(str(stored["status"]))
    return worklist.work({**stored, "status": status}, stand, previous, now, lookup.choices)
