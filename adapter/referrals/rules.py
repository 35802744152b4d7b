"""What follows from one write, by the rules of referrals: the one door to this package."""

from __future__ import annotations

from datetime import datetime

from adapter.referrals import consents, labels, records, service_requests, tasks
from adapter.referrals.lookup import Lookup as Lookup
from adapter.referrals.lookup import Resource
from adapter.referrals.references import name
from adapter.referrals.ruling import Ruling
from adapter.referrals.standing import EXCHANGE as EXCHANGE
from adapter.store.records import Viewer


def rule(
    before: Resource | None, after: Resource | None, viewer: Viewer, lookup: Lookup, now: datetime
) -> Ruling:
    """Judge one write and say what follows from it.

    The caller writes `after` with the amendments; then it rules and writes every follow-up in
    turn, in the same unit of work and with `exchange(tenant)` as viewer, so that what follows from
    a follow-up is done too. A follow-up replaces elements of the version that is current then.

    Args:
        before: the version before, with `id` and `meta.versionId`; None: it is created.
        after: as it is to be, with its `id`, its references resolved; None: it is deleted.
        viewer: who writes.
        lookup: the store, as seen within the unit of work.
        now: the instant of the write, with its zone.

    Raises:
        Refused: 409 where the state does not allow it, 422 where the content does not, 403 where
            it is for others to do. The message names the current status and version and what is
            allowed next.
    """
    here = after or before or {}
    type = here.get("resourceType")
    if before is not None and after is not None:
        vouches = viewer.operator or lookup.author_of(name(before)) == viewer.party
        labels.check_kept(before, after, vouches=vouches)
    if type == "Task":
        return tasks.rule(before, after, viewer, lookup, now)
    if type == "ServiceRequest":
        return service_requests.rule(before, after, viewer, lookup, now)
    if type == "Consent":
        return consents.rule(before, after, viewer, lookup)
    return records.rule(before, after, viewer, lookup)


def exchange(tenant: str) -> Viewer:
    """The exchange itself, which writes what follows from others' writes."""
    return Viewer(
        tenant=tenant, client=EXCHANGE, party=EXCHANGE, operator=True, clearance=frozenset({"*"})
    )
