"""Referrals as they are begun and handed on: the order and the Task that asks for it.

Each is a transaction, ready for any FHIR server of the exchange; every entry is created only where
its identifier is not known there yet. Pure: ids and the instant are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from adapter.fhir_client.partner_answers import identifier_query
from adapter.partners.references import Resource
from mappings.outbound.elements import concept, placer, thread, without_empty
from profiles.canonicals import (
    DEFAULT_BASE,
    SDOH_CODES,
    SDOH_REFERRAL_TASK,
    SDOH_SERVICE_REQUEST,
    SNOMED_CT,
    TASK_CODE,
    Canonicals,
    canonicals,
)

_ORDER = "urn:uuid:00000000-0000-4000-8000-000000000001"
_TASK = "urn:uuid:00000000-0000-4000-8000-000000000002"

#: What an order that hands a referral on says like the order it is based on.
_SAME = (
    *("category", "priority", "code", "orderDetail", "subject", "encounter", "occurrencePeriod"),
    *("occurrenceDateTime", "occurrenceTiming", "reasonCode", "reasonReference", "insurance"),
    *("supportingInfo", "requisition"),
)


class Wanted(Struct, frozen=True, kw_only=True):
    """What is asked of whom, for whom."""

    patient: Resource
    requester: Resource
    #: None: whoever claims it.
    owner: Resource | None
    #: An instant.
    at: str
    #: The same for the same referral, so that one that is sent twice is one.
    id: str
    #: Codes of Populations of Focus, with their displays.
    populations: Sequence[tuple[str, str]] = ()
    urgent: bool = False
    #: The preferred ECM provider.
    performer: Resource | None = None
    coverage: Sequence[Resource] = ()
    reasons: Sequence[Resource] = ()
    #: Consents, questionnaires.
    supporting: Sequence[Resource] = ()
    note: str = ""
    #: The order it takes the place of, as stored, with its thread.
    replaces: Resource | None = None
    base: str = DEFAULT_BASE


def begun(wanted: Wanted) -> Resource:
    """The transaction that begins a referral."""
    canonical = canonicals(wanted.base)
    priority = "urgent" if wanted.urgent else "routine"
    populations = canonical.code_system("ecm-population-of-focus")
    # What takes the place of another order goes on with its thread.
    goes_on = wanted.replaces.get("requisition") if wanted.replaces else None
    known_as = goes_on or thread(canonical, wanted.id)
    order = {
        "resourceType": "ServiceRequest",
        "meta": {"profile": [canonical.structure("ecm-referral"), SDOH_SERVICE_REQUEST]},
        "identifier": [placer(canonical, "referral", wanted.id)],
        "requisition": known_as,
        "replaces": [{"reference": f"ServiceRequest/{wanted.replaces['id']}"}]
        if wanted.replaces
        else None,
        "status": "active",
        "intent": "order",
        "category": [
            concept(SNOMED_CT, "410606002", "Social service procedure"),
            concept(
                SDOH_CODES,
                "sdoh-category-unspecified",
                "SDOH Category Unspecified",
                text="Enhanced Care Management",
            ),
        ],
        "priority": priority,
        "code": concept(
            SNOMED_CT, "386230005", "Case management", text="Enhanced Care Management (ECM)"
        ),
        "subject": wanted.patient,
        "occurrencePeriod": {"start": wanted.at[:10]},
        "authoredOn": wanted.at,
        "requester": wanted.requester,
        "performer": [wanted.performer] if wanted.performer else None,
        "reasonCode": [concept(populations, code, display) for code, display in wanted.populations],
        "reasonReference": list(wanted.reasons),
        "insurance": list(wanted.coverage),
        "supportingInfo": list(wanted.supporting),
        "note": [{"text": wanted.note, "time": wanted.at}] if wanted.note else None,
    }
    task = _task(canonical, wanted.id, wanted.at) | {
        "groupIdentifier": known_as,
        "priority": priority,
        "for": wanted.patient,
        "requester": wanted.requester,
        "owner": wanted.owner,
    }
    return _transaction(order, task)


def handed_on(
    parent: Resource,
    order: Resource,
    provider: Resource,
    *,
    at: str,
    id: str,
    base: str = DEFAULT_BASE,
) -> Resource:
    """The transaction by which the owner of a Task asks a provider (SDOHCC, indirect referral).

    Args:
        parent: the Task that is handed on, as stored.
        order: its ServiceRequest, as stored.
        provider: reference to the Organization that is asked.
        at: an instant.
        id: names this step; the same for the same.
        base: our canonical base.
    """
    canonical = canonicals(base)
    child = {
        "resourceType": "ServiceRequest",
        "meta": _profiles(order),
        "identifier": [placer(canonical, "referral", id)],
        "basedOn": [{"reference": f"ServiceRequest/{order['id']}"}],
        "status": "active",
        "intent": "filler-order",
        **{name: order.get(name) for name in _SAME},
        "authoredOn": at,
        "requester": parent.get("owner"),
        "performer": [provider],
    }
    task = _task(canonical, id, at) | {
        "meta": _profiles(parent),
        "groupIdentifier": parent.get("groupIdentifier"),
        "partOf": [{"reference": f"Task/{parent['id']}"}],
        "priority": parent.get("priority"),
        "for": parent.get("for"),
        "requester": parent.get("owner"),
        "owner": provider,
    }
    return _transaction(child, task)


def with_conditions(bundle: Resource) -> Resource:
    """A transaction whose every new resource is created only where its identifier is not known."""
    entries = []
    for entry in bundle.get("entry") or []:
        request = dict(entry.get("request") or {})
        identifier = _first_identifier(entry.get("resource") or {})
        if request.get("method") == "POST" and "ifNoneExist" not in request and identifier:
            request["ifNoneExist"] = identifier_query(identifier["system"], identifier["value"])
        entries.append({**entry, "request": request})
    return {**bundle, "entry": entries}


def _task(canonical: Canonicals, id: str, at: str) -> Resource:
    return {
        "resourceType": "Task",
        "meta": {"profile": [canonical.structure("ecm-referral-task"), SDOH_REFERRAL_TASK]},
        "identifier": [placer(canonical, "referral-task", id)],
        "status": "requested",
        "intent": "order",
        "code": concept(TASK_CODE, "fulfill", "Fulfill the focal request"),
        "focus": {"reference": _ORDER},
        "authoredOn": at,
    }


def _profiles(like: Resource) -> Resource:
    """What it was held to when it came, and its labels."""
    meta = like.get("meta") or {}
    return {name: meta[name] for name in ("profile", "security") if meta.get(name)}


def _transaction(order: dict[str, Any], task: dict[str, Any]) -> Resource:
    return with_conditions(
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": url,
                    "resource": without_empty(resource),
                    "request": {"method": "POST", "url": resource["resourceType"]},
                }
                for url, resource in ((_ORDER, order), (_TASK, task))
            ],
        }
    )


def _first_identifier(resource: Resource) -> Resource | None:
    known = resource.get("identifier")
    for one in known if isinstance(known, list) else [known]:
        if isinstance(one, dict) and one.get("system") and one.get("value"):
            return one
    return None
