"""A referral as it is filled in by hand, with or without a chart: one transaction, sent once.

The member, what goes along from the chart, the form that was filled in, the order and the Task that
asks the plan. Every entry is created only where its identifier is not known yet. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from adapter.casework.evidence import entries, urn_of
from adapter.fhir_client.partner_answers import Resource, identifier_query, objects
from adapter.partners.identifying import telling
from adapter.partners.referring import Wanted, begun
from eligibility.determination import Determination
from eligibility.logic import MET
from eligibility.reasons import guarded
from mappings.outbound.elements import concept, meta, without_empty
from mappings.outbound.service_request import Order, referral
from profiles.canonicals import IDENTIFIER_TYPE, Canonicals, canonicals
from profiles.codes import populations_of_focus

_PATIENT = "urn:uuid:00000000-0000-4000-8000-000000000003"
_FORM = "urn:uuid:00000000-0000-4000-8000-000000000004"
#: Of the order: where it takes from a determination.
_LISTS = ("reasonReference", "insurance", "supportingInfo")


class Intake(Struct, frozen=True, kw_only=True):
    """What is sent."""

    #: The same for the same form, so that one that is sent twice is one.
    key: str
    #: An instant.
    at: str
    #: References to organizations; `provider` is the preferred one, empty: none.
    requester: str
    plan: str
    provider: str = ""
    #: The member, as to be stored; with an id: as it is here, or is to be.
    patient: Resource
    #: Whether the member's own entry is written; one that is another's is referred to alone.
    writes_patient: bool = True
    #: Codes of Populations of Focus, with their displays.
    populations: Sequence[tuple[str, str]]
    urgent: bool = False
    note: str = ""
    #: The form, without its subject and author.
    form: Resource
    #: The order that the determination suggests (`drafted`); None: it is filled in by hand.
    draft: Resource | None = None
    #: Of the chart, by name: what goes along.
    evidence: Mapping[str, Resource] = {}
    #: The member as the chart names them, and what they are known by to who keeps it.
    member: str = ""
    whose: str = ""
    #: The order it takes the place of, with its thread; None: it is the first.
    replaces: Resource | None = None
    base: str


def drafted(determination: Determination, chosen: Sequence[str], order: Order) -> Resource | None:
    """The order a determination suggests, for the populations that were chosen of those it met.

    Args:
        determination: of the chart.
        chosen: codes of populations, by age group or as a whole.
        order: who refers whom.

    Returns:
        None where it calls for no referral.
    """
    ids = {_whole(code) for code in chosen}
    kept = [
        index
        for index, (ours, floor) in enumerate(
            zip(determination.populations, determination.state, strict=True)
        )
        if ours.id in ids or MET not in (ours.outcome, floor.outcome)
    ]
    narrowed = replace(
        determination,
        populations=tuple(determination.populations[one] for one in kept),
        state=tuple(determination.state[one] for one in kept),
    )
    draft = referral(narrowed, order)
    if draft is None:
        return None
    # What is left out may be what guards an entry.
    kept_back = guarded(determination)
    for name in _LISTS:
        held = [one for one in draft.get(name, ()) if one["reference"] not in kept_back]
        draft[name] = held
    return without_empty(draft)


def references_of(draft: Resource) -> list[str]:
    """What an order refers to of the chart, by name."""
    return [one["reference"] for name in _LISTS for one in draft.get(name, ())]


def transaction(intake: Intake) -> Resource:
    """The transaction that sends it."""
    canonical = canonicals(intake.base)
    patient, member_entry = _member(intake, canonical)
    old = intake.replaces or {}
    draft, along = intake.draft or {}, intake.evidence

    def sent(name: str) -> list[Resource]:
        wanted = [one["reference"] for one in draft.get(name, ())]
        ours = [{"reference": urn_of(one)} for one in wanted if one in along]
        # What stands here already, of the order that is replaced.
        kept = [{"reference": one["reference"]} for one in objects(old.get(name))]
        return ours or [one for one in kept if not _is_form(one)]

    bundle = begun(
        Wanted(
            patient={"reference": patient},
            requester={"reference": intake.requester},
            owner={"reference": intake.plan},
            performer={"reference": intake.provider} if intake.provider else None,
            at=intake.at,
            id=intake.key,
            populations=intake.populations,
            urgent=intake.urgent,
            coverage=sent("insurance"),
            reasons=sent("reasonReference"),
            supporting=[*sent("supportingInfo"), {"reference": _FORM}],
            note=intake.note,
            replaces=intake.replaces,
            base=intake.base,
        )
    )
    order = bundle["entry"][0]["resource"]
    _complete(order, draft, intake)
    author = {"reference": intake.requester}
    form = {**intake.form, "subject": {"reference": patient}, "author": author}
    identifier = {"system": canonical.identifier_system("form"), "value": intake.key}
    form_entry = _created(_FORM, {**form, "identifier": identifier}, identifier)
    taken = entries(along, patient, intake.member, whose=intake.whose, base=intake.base)
    return {**bundle, "entry": [*member_entry, *taken, form_entry, *bundle["entry"]]}


def labels_of(populations: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """`meta` with the security labels of the populations that something names."""
    return meta(populations=[_whole(code) for code, _ in populations])


def _complete(order: Resource, draft: Resource, intake: Intake) -> None:
    """What the determination says, and the labels of what is named."""
    if draft:
        order["code"], order["category"] = draft["code"], draft["category"]
        order["note"] = [*objects(draft.get("note")), *objects(order.get("note"))]
    labels = labels_of(intake.populations).get("security")
    if labels:
        order["meta"] = {**order["meta"], "security": labels}


def _member(intake: Intake, canonical: Canonicals) -> tuple[str, list[Resource]]:
    """How the member is referred to, and the entry that writes them."""
    patient, id = intake.patient, intake.patient.get("id")
    if id:
        request = {"method": "PUT", "url": f"Patient/{id}"}
        version = (patient.get("meta") or {}).get("versionId")
        if version:
            request["ifMatch"] = f'W/"{version}"'
        entry = {"resource": patient, "request": request}
        return f"Patient/{id}", [entry] if intake.writes_patient else []
    identifier = telling("Patient", patient.get("identifier"))
    if identifier is None:
        identifier = {"system": canonical.identifier_system("intake"), "value": intake.key}
        patient = {**patient, "identifier": [*objects(patient.get("identifier")), identifier]}
    return _PATIENT, [_created(_PATIENT, patient, identifier)]


def cin_identifier(cin: str, base: str) -> Resource:
    """A Client Index Number as an identifier of a Patient."""
    return {
        "type": concept(IDENTIFIER_TYPE, "MA", "Patient Medicaid number"),
        "system": canonicals(base).identifier_system("medi-cal-cin"),
        "value": cin,
    }


def _created(urn: str, resource: Resource, identifier: Resource) -> Resource:
    query = identifier_query(identifier["system"], identifier["value"])
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": query}
    return {"fullUrl": urn, "resource": resource, "request": request}


def _is_form(reference: Resource) -> bool:
    return str(reference.get("reference", "")).startswith("QuestionnaireResponse/")


def _whole(code: str) -> str:
    """The population of a code, which may be that of an age group."""
    for one in populations_of_focus().values():
        if code == one.code or any(code == variant for variant, _ in one.variants.values()):
            return one.code
    return code
