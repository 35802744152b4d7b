"""What follows from one write of a Consent: what it permits holds from the same transaction on."""

from __future__ import annotations

from adapter.fhir_api.faults import refused
from adapter.referrals import access
from adapter.referrals.consent import permits
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import check_references, followed, same
from adapter.referrals.refusals import conflict
from adapter.referrals.ruling import Ruling
from adapter.referrals.standing import author
from adapter.store.records import Permit, Viewer

#: Statuses that a Consent does not come back from, but by a new one.
_OVER = frozenset({"inactive", "rejected", "entered-in-error"})
_DELETABLE = frozenset({"draft", "proposed", "rejected", "entered-in-error"})


def rule(before: Resource | None, after: Resource | None, viewer: Viewer, lookup: Lookup) -> Ruling:
    """Judge one write of a Consent; as `rules.rule`.

    Raises:
        Refused: 403, 409 or 422.
    """
    wrote = author(before or after or {}, viewer, lookup)
    if before is not None and not viewer.operator and viewer.party != wrote:
        raise refused(
            403,
            "forbidden",
            "a Consent is for the organization that entered it to change",
            "Consent",
        )
    if after is None:
        _check_delete(before or {})
        return Ruling(grants=access.own(before or {}, wrote), permits=())
    followed(after, "patient", ("Patient",), lookup)
    if before is not None:
        _check_update(before, after)
    check_references(before, after, lookup)
    return Ruling(
        grants=access.own(after, wrote),
        permits=vouched(permits(after, lookup.party_of), viewer, wrote),
    )


def vouched(found: tuple[Permit, ...], viewer: Viewer, wrote: str) -> tuple[Permit, ...]:
    """What of a Consent holds by whoever enters it: nobody opens anything to themselves.

    Args:
        found: what it says.
        viewer: who writes this version.
        wrote: the party that entered it. That the operator corrects it vouches for nothing more.
    """
    if viewer.operator and viewer.party == wrote:
        return found
    if not viewer.operator and not viewer.covered:
        return ()
    return tuple(one for one in found if one.party != wrote)


def _check_update(before: Resource, after: Resource) -> None:
    if not same(before.get("patient"), after.get("patient")):
        raise refused(
            422, "business-rule", "a Consent stays that of its patient", "Consent.patient"
        )
    was, status = before.get("status"), after.get("status")
    if was in _OVER and status not in (was, "entered-in-error"):
        raise conflict(
            before,
            f"the Consent is '{was}' and does not become '{status}' again; enter a new one",
            "Consent.status",
        )


def _check_delete(before: Resource) -> None:
    if before.get("status") not in _DELETABLE:
        raise conflict(
            before,
            f"the Consent is '{before.get('status')}', and what was permitted by it has to stay on "
            "record; set it to inactive, which ends what it permits at once",
            "Consent.status",
        )
