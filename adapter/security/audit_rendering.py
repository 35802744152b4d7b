"""An entry of the audit as a FHIR R4 AuditEvent.

Elements follow the Basic Audit Log Patterns of IHE (https://profiles.ihe.net/ITI/BALP/): the
interaction as subtype, the organization as agent, the resource, its patient and the Consent as
entities.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from adapter.security.viewers import Parties
from adapter.store.audit_rows import Numbered

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

#: What the audit calls an action → AuditEvent.action, and the code of the interaction.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "create": ("C", "create"),
    "read": ("R", "read"),
    "vread": ("R", "vread"),
    "history": ("R", "history"),
    "search": ("E", "search"),
    "update": ("U", "update"),
    "patch": ("U", "patch"),
    "delete": ("D", "delete"),
}
OTHER = "E"
#: What the audit calls proving who one is → code and display of DICOM.
AUTHENTICATION: Mapping[str, tuple[str, str]] = {
    "token": ("110122", "Login"),
    "sign-in": ("110122", "Login"),
    "sign-out": ("110123", "Logout"),
}
OUTCOMES: Mapping[str, str] = {"success": "0", "refused": "4", "failed": "8"}


def organization_id(tenant: str, party: str) -> str:
    """The id of the Organization that a registered party is."""
    return "party-" + sha256(f"{tenant}\n{party}".encode()).hexdigest()[:32]


def audit_event(found: Numbered, parties: Parties, site: str) -> dict[str, Any]:
    """An entry of the audit as an AuditEvent."""
    entry = found.entry
    recorded = datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="milliseconds")
    action, interaction = ACTIONS.get(entry.action, (OTHER, entry.action))
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"{found.shard}-{found.number}",
        "meta": {"versionId": "1", "lastUpdated": recorded},
        "type": {"system": _TYPES, "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": _INTERACTION, "code": interaction}],
        "action": action,
        "recorded": recorded,
        "outcome": OUTCOMES.get(entry.outcome, "8"),
    }
    if entry.action in AUTHENTICATION:
        event["type"] = {"system": _DCM, "code": "110114", "display": "User Authentication"}
        code, display = AUTHENTICATION[entry.action]
        event["subtype"] = [{"system": _DCM, "code": code, "display": display}]
    elif entry.action not in ACTIONS:
        event["subtype"] = [{"code": entry.action}]
    if entry.detail:
        event["outcomeDesc"] = entry.detail
    if entry.purpose:
        event["purposeOfEvent"] = [{"coding": [{"system": _REASON, "code": entry.purpose}]}]
    event["agent"] = [_agent(entry.tenant, entry.party, entry.client, parties)]
    event["source"] = {"site": site, "observer": {"display": "referral exchange"}}
    if entities := _entities(found):
        event["entity"] = entities
    return event


def _agent(tenant: str, party: str, client: str, parties: Parties) -> dict[str, Any]:
    system, _, value = party.rpartition("|")
    who: dict[str, Any] = {}
    registered = parties.find(tenant, party)
    if registered is not None:
        who["reference"] = f"Organization/{organization_id(tenant, party)}"
        who["display"] = registered.name
    if value:
        who["identifier"] = {"system": system, "value": value} if system else {"value": value}
    agent: dict[str, Any] = {"altId": client or "unknown", "requestor": True}
    return agent | ({"who": who} if who else {})


def _entities(found: Numbered) -> list[dict[str, Any]]:
    entry = found.entry
    entities: list[dict[str, Any]] = []
    if entry.patient:
        entities.append(
            {
                "what": {"reference": f"Patient/{entry.patient}"},
                "role": {"system": _ROLE, "code": "1", "display": "Patient"},
            }
        )
    if "/" in entry.entity:
        version = f"/_history/{entry.version}" if entry.version else ""
        labels = [_label(one) for one in entry.labels.split()]
        what: dict[str, Any] = {"what": {"reference": entry.entity + version}}
        what["role"] = {"system": _ROLE, "code": "4", "display": "Domain Resource"}
        entities.append(what | ({"securityLabel": labels} if labels else {}))
    elif entry.entity:
        entities.append({"name": entry.entity})
    if entry.consent:
        entities.append(
            {
                "what": {"reference": entry.consent},
                "role": {"system": _ROLE, "code": "4", "display": "Domain Resource"},
                "description": "The consent by which it was disclosed.",
            }
        )
    return entities


def _label(code: str) -> dict[str, str]:
    system = _CONFIDENTIALITY if code in ("r", "v") else _ACT_CODE
    return {"system": system, "code": code.upper()}
