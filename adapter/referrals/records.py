"""What follows from one write of any other record: it is its author's, and about one member."""

from __future__ import annotations

from adapter.fhir_api.faults import refused
from adapter.referrals import access
from adapter.referrals.lookup import Lookup, Resource
from adapter.referrals.references import each, leads_nowhere, local, name, patient_of
from adapter.referrals.refusals import conflict
from adapter.referrals.ruling import Ruling
from adapter.referrals.standing import author, is_exchange
from adapter.store.records import Viewer

#: Elements that say whom a record is about.
_ABOUT = ("subject", "patient", "beneficiary", "for", "individual")


def rule(before: Resource | None, after: Resource | None, viewer: Viewer, lookup: Lookup) -> Ruling:
    """Judge one write; as `rules.rule`.

    Raises:
        Refused: 403, 409 or 422.
    """
    here = before or after or {}
    type, wrote = here["resourceType"], author(here, viewer, lookup)
    if before is not None and not viewer.operator and viewer.party != wrote:
        raise refused(
            403,
            "forbidden",
            f"this {type} is for the organization that entered it to change; enter your own, and "
            "refer to this one",
            type,
        )
    if after is None:
        needed = lookup.live_referrals_to(name(here))
        if needed:
            seen = [one for one in needed if lookup.resource(one) is not None]
            which = ", ".join(seen) or "a referral"
            raise conflict(here, f"the {type} cannot be deleted while {which} refers to it", type)
        return Ruling(grants=access.own(here, wrote))
    if type == "Provenance":
        return Ruling(grants=_trail(before, after, wrote, viewer, lookup))
    _check_member(before, after, lookup)
    return Ruling(grants=access.own(after, wrote))


def _trail(
    before: Resource | None, after: Resource, wrote: str, viewer: Viewer, lookup: Lookup
) -> access.Grants:
    if before is not None and not viewer.operator:
        raise refused(403, "forbidden", "a Provenance stays as it was written", "Provenance")
    for target in [] if is_exchange(viewer) else each(after.get("target")):
        place = str(target.get("reference")).partition("/_history/")[0]
        if local(place) is None or lookup.resource(place) is None:
            leads_nowhere("Provenance.target")
        _check_agents(after, place, viewer, lookup)
    return access.of_provenance(after, wrote, lookup)


def _check_agents(provenance: Resource, target: str, viewer: Viewer, lookup: Lookup) -> None:
    """Nobody says that another did something, but of records that are their own."""
    step = target.startswith(("Task/", "ServiceRequest/"))
    if viewer.operator or (not step and lookup.author_of(target) == viewer.party):
        return
    for agent in each(provenance.get("agent")):
        for element in ("who", "onBehalfOf"):
            if lookup.party_of(agent.get(element)) not in (None, viewer.party):
                raise refused(
                    403,
                    "forbidden",
                    "what another organization did is for it to tell; name your own",
                    f"Provenance.agent.{element}",
                )


def _check_member(before: Resource | None, after: Resource, lookup: Lookup) -> None:
    """Whom it is about is there for the writer, stays the same, and is who its order is about."""
    type = after["resourceType"]
    patient = patient_of(after)
    if before is not None and patient_of(before) != patient:
        raise refused(422, "business-rule", f"a {type} stays about the member it was about", type)
    if before is None:
        for element in _ABOUT:
            reference = local(after.get(element))
            if reference is not None and lookup.resource(reference) is None:
                leads_nowhere(f"{type}.{element}")
    for element in ("basedOn", "partOf", "focus", "episodeOfCare", "encounter"):
        written = after.get(element)
        for one in written if isinstance(written, list) else [written]:
            place = local(one)
            found = lookup.resource(place) if place is not None else None
            theirs = patient_of(found) if found is not None else None
            if patient is not None and theirs is not None and theirs != patient:
                raise refused(
                    422,
                    "invariant",
                    f"the {type} is about one member, and what {type}.{element} leads to is about "
                    "another",
                    f"{type}.{element}",
                )
