"""A determination as the order that refers a member to Enhanced Care Management.

A FHIR R4 ServiceRequest by the profile `ecm-referral`, which follows SDOH Clinical Care 3.0.0
(SDOHCC-ServiceRequest). It is a draft: a clinician signs it. Pure: the caller brings the day and
the identifier.

What it says of the member. The reasons are the populations that are *met*, as codes, and the
resources that show it, as references. Evidence of criteria that are sensitive by themselves, and of
the end of a pregnancy, is left out, and so is a resource that is evidence of those among others
(`eligibility.reasons`). A population that is only possible is not named: a guess does not belong in
a record; a note says how many are open. An order that names a sensitive population bears its
security labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from eligibility.determination import Determination, Evidence, Status
from eligibility.logic import UNKNOWN
from eligibility.reasons import better, evidence_to_hand_on, guarded, met_variants
from mappings.outbound.elements import concept, meta, placer, reference, thread, without_empty
from profiles.canonicals import (
    DEFAULT_BASE,
    SDOH_CODES,
    SDOH_SERVICE_REQUEST,
    SNOMED_CT,
    Canonicals,
    canonicals,
)
from profiles.codes import populations_of_focus

#: The answers after which a referral makes sense; a `choice` and what is `possible` get a note.
REFERABLE: frozenset[Status] = frozenset({"eligible", "choice", "possible"})

#: References kept under supportingInfo; older ones stand in the record anyway.
MOST_SUPPORTING = 40

_ECM = "Enhanced Care Management"
_REASONS = frozenset({"Condition", "Observation", "DiagnosticReport", "DocumentReference"})
#: Resource types that FHIR R4 allows as requester of a ServiceRequest.
_REQUESTERS = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Patient", "RelatedPerson", "Device"}
)


class Order(Struct, frozen=True, kw_only=True):
    """What the moment brings: who refers whom, when, by which identifiers."""

    #: Reference to the member, `Patient/p1`.
    patient: str
    authored: date
    #: Value of the placer's identifier. The same for the same suggestion, so that a referral that
    #: is sent twice is one.
    identifier: str
    #: Id of the client in the registry, for the organization whose user orders.
    client: str
    #: Reference to the user, `PractitionerRole/r1`; None: not known.
    requester: str | None = None
    #: Reference to the encounter; None: outside of one.
    encounter: str | None = None
    urgent: bool = False
    #: References that cannot be followed, such as to drafts that are not saved yet.
    unsaved: frozenset[str] = frozenset()
    #: Further codings (system, code) by which the receiver knows the order.
    codings: tuple[tuple[str, str], ...] = ()
    #: Provisional id, for the Task that points at it; None: none.
    id: str | None = None
    base: str = DEFAULT_BASE


def referral(determination: Determination, order: Order) -> dict[str, Any] | None:
    """The ServiceRequest, ready for JSON.

    Returns:
        None where nobody can be referred: the answer calls for no referral (`REFERABLE`), or the
        reference to the member has no valid form.
    """
    if determination.status not in REFERABLE or reference(order.patient) is None:
        return None
    canonical = canonicals(order.base)
    met = _met(determination)
    evidence = _evidence(determination, order)
    reasons = [one for one in evidence if _type(one) in _REASONS]
    supporting = [one for one in evidence if _type(one) not in _REASONS][:MOST_SUPPORTING]
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "id": order.id,
        "meta": meta(canonical.structure("ecm-referral"), SDOH_SERVICE_REQUEST, populations=met),
        "identifier": [placer(canonical, "referral", order.identifier)],
        "requisition": thread(canonical, order.identifier),
        "status": "draft",
        "intent": "order",
        "category": [
            concept(SNOMED_CT, "410606002", "Social service procedure"),
            concept(
                SDOH_CODES, "sdoh-category-unspecified", "SDOH Category Unspecified", text=_ECM
            ),
        ],
        "priority": "urgent" if order.urgent else "routine",
        "code": _code(order),
        "subject": reference(order.patient),
        "encounter": reference(order.encounter),
        "occurrencePeriod": {"start": order.authored.isoformat()},
        "authoredOn": order.authored.isoformat(),
        "requester": reference(order.requester, _REQUESTERS),
        "reasonCode": [
            _reason(canonical, population, variants) for population, variants in met.items()
        ],
        "reasonReference": [{"reference": one} for one in reasons],
        "insurance": _insurance(determination, order),
        "supportingInfo": [{"reference": one} for one in supporting],
        "note": [{"text": one} for one in _notes(determination)],
    }
    return without_empty(resource)


# --- what is said of the member ---


def _met(determination: Determination) -> dict[str, list[str]]:
    """The populations met, and of each the variants."""
    found: dict[str, list[str]] = {}
    for result, variant in met_variants(determination):
        found.setdefault(result.id, []).append(variant.policy.variant)
    return found


def _code(order: Order) -> dict[str, Any]:
    """What is ordered; the receiver's own codings stand beside the standard's."""
    coded = concept(SNOMED_CT, "386230005", "Case management", text=f"Medi-Cal {_ECM} (ECM)")
    coded["coding"] += [{"system": system, "code": code} for system, code in order.codings]
    return coded


def _reason(canonical: Canonicals, population: str, variants: Iterable[str]) -> dict[str, Any]:
    """The population by age group, where there are such codes, and as a whole."""
    known = populations_of_focus()[population]
    finer = [known.variants[one] for one in dict.fromkeys(variants) if one in known.variants]
    coded = [*finer, (known.code, known.display)]
    system = canonical.population_of_focus
    return {
        "coding": [{"system": system, "code": code, "display": said} for code, said in coded],
        "text": "; ".join(said for _, said in finer) or known.display,
    }


def _evidence(determination: Determination, order: Order) -> tuple[str, ...]:
    """References to what made the populations met, the newest first, but for what is guarded."""
    kept_back = guarded(determination) | order.unsaved | {determination.member, order.patient}
    found: dict[str, date] = {}
    for _, variant in met_variants(determination):
        for one in evidence_to_hand_on(variant):
            if one.reference not in kept_back and reference(one.reference) is not None:
                found[one.reference] = max(found.get(one.reference, date.min), _day(one))
    return tuple(sorted(found, key=lambda name: (-found[name].toordinal(), name)))


def _day(evidence: Evidence) -> date:
    return evidence.on or date.min


def _insurance(determination: Determination, order: Order) -> list[dict[str, str]]:
    given = (one.reference for one in determination.membership.evidence)
    coverages = (reference(one, ("Coverage",)) for one in given if one not in order.unsaved)
    return [one for one in coverages if one is not None]


def _notes(determination: Determination) -> Iterator[str]:
    """What a reader of the order has to know first; names no population and no program."""
    yield (
        f"Suggested from the data known on {determination.as_of} by the criteria for {_ECM}; "
        "to be reviewed and signed by a clinician."
    )
    results = [result for result, _ in better(determination)]
    if determination.status == "possible":
        many = sum(one.possible for one in results)
        if any(met_variants(determination)):
            yield "Something in the data may exclude ECM; that has to be cleared first."
        elif many:
            whose = "one Population of Focus" if many == 1 else f"{many} Populations of Focus"
            yield f"Answers are missing to decide on {whose}; a screening has to complete them."
    if determination.status == "choice":
        yield "The member has to choose between ECM and a program that cannot be had with it."
    if determination.membership.outcome is UNKNOWN:
        yield "Membership in the plan has to be checked."


def _type(name: str) -> str:
    return name.partition("/")[0]
