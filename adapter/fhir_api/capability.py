"""The CapabilityStatement, made of the tables that route and search.

https://hl7.org/fhir/R4/capabilitystatement.html. What it says is what is done: interactions and
operations come from the table of routes, parameters from the table of searches, topics and profiles
from their definitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from msgspec import Struct

from adapter.fhir_api.call import JSON_TYPES, XML_TYPES
from adapter.fhir_api.patching import PATCH_TYPES
from adapter.fhir_api.table import TABLE, Definition, Row
from adapter.search.parameters import parameters
from adapter.search.query import Parameter
from profiles.canonicals import DEFAULT_BASE

#: The day the tables last changed.
_CHANGED = "2026-11-22"

_SDOHCC = "http://hl7.org/fhir/us/sdoh-clinicalcare"
_US_CORE = "http://hl7.org/fhir/us/core"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport"
_TOPIC = f"{_BACKPORT}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

#: Profiles of others that what is stored here may claim.
_PROFILES = {
    "Condition": (f"{_SDOHCC}/StructureDefinition/SDOHCC-Condition",),
    "Consent": (f"{_SDOHCC}/StructureDefinition/SDOHCC-Consent",),
    "Goal": (f"{_SDOHCC}/StructureDefinition/SDOHCC-Goal",),
    "Organization": (f"{_US_CORE}/StructureDefinition/us-core-organization",),
    "Patient": (f"{_US_CORE}/StructureDefinition/us-core-patient",),
    "Procedure": (f"{_SDOHCC}/StructureDefinition/SDOHCC-Procedure",),
    "ServiceRequest": (f"{_SDOHCC}/StructureDefinition/SDOHCC-ServiceRequest",),
    "Subscription": (f"{_BACKPORT}/StructureDefinition/backport-subscription",),
    "Task": (f"{_SDOHCC}/StructureDefinition/SDOHCC-TaskForReferralManagement",),
}


class Described(Struct, frozen=True, kw_only=True):
    """What a CapabilityStatement says beside the tables."""

    #: Our canonical base in this deployment.
    canonical_base: str = DEFAULT_BASE
    #: URL of the token endpoint; empty: there is none (development mode).
    token_endpoint: str = ""
    #: URLs of the topics that can be subscribed to.
    topics: tuple[str, ...] = ()
    #: Our profiles: (type, URL).
    profiles: tuple[tuple[str, str], ...] = ()


def capability_statement(
    base: str, described: Described, operations: Sequence[Definition]
) -> bytes:
    """The statement in JSON.

    Args:
        base: FHIR base URL the client used.
        described: what the deployment says of itself.
        operations: those there are.
    """
    rest: dict[str, Any] = {
        "mode": "server",
        "security": _security(described),
        "resource": [_resource(row, described, operations) for row in TABLE.values()],
        "interaction": [
            {"code": code} for code in ("transaction", "batch", "search-system", "history-system")
        ],
        "searchParam": [
            {"name": name, "type": one.kind}
            for name, one in parameters("Task").items()
            if name.startswith("_")
        ],
        "operation": _operations(one for one in operations if one.system),
        "compartment": ["http://hl7.org/fhir/CompartmentDefinition/patient"],
    }
    ours = described.canonical_base.rstrip("/")
    return msgspec.json.encode(
        {
            "resourceType": "CapabilityStatement",
            "id": "ecm-exchange",
            "url": f"{ours}/CapabilityStatement/ecm-exchange",
            "version": _version(),
            "name": "EcmReferralExchange",
            "title": "Closed-loop referrals to Enhanced Care Management",
            "status": "active",
            "date": _CHANGED,
            "kind": "instance",
            "instantiates": [f"{_SDOHCC}/CapabilityStatement/SDOHCC-CoordinationPlatform"],
            "software": {"name": "ecm-adapter", "version": _version()},
            "implementation": {"description": "Referral exchange", "url": base},
            "fhirVersion": "4.0.1",
            "format": [JSON_TYPES[0], XML_TYPES[0], "json", "xml"],
            "patchFormat": list(PATCH_TYPES),
            "implementationGuide": [f"{_SDOHCC}/ImplementationGuide/hl7.fhir.us.sdoh-clinicalcare"],
            "rest": [{name: value for name, value in rest.items() if value}],
        }
    )


def _security(described: Described) -> dict[str, Any]:
    security: dict[str, Any] = {"cors": True}
    if described.token_endpoint:
        security["extension"] = [
            {
                "url": _OAUTH,
                "extension": [{"url": "token", "valueUri": described.token_endpoint}],
            }
        ]
        system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
        security["service"] = [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}]
    security["description"] = (
        "SMART Backend Services; each client sees what its organization takes part in."
    )
    return security


def _resource(row: Row, described: Described, operations: Sequence[Definition]) -> dict[str, Any]:
    type = row.type
    found = _parameters(row)
    can = frozenset(row.interactions)
    ours = tuple(url for of, url in described.profiles if of == type)
    made: dict[str, Any] = {
        "type": type,
        "supportedProfile": [*ours, *_PROFILES.get(type, ())],
        "documentation": row.documentation,
        "interaction": [{"code": code} for code in sorted(can)],
        "versioning": "versioned-update" if "update" in can else "versioned",
        "readHistory": "vread" in can,
        "updateCreate": "update" in can,
        "conditionalCreate": "create" in can,
        "conditionalRead": "full-support",
        "conditionalUpdate": "update" in can,
        "conditionalDelete": "single" if "delete" in can else "not-supported",
        "referencePolicy": ["literal", "logical"],
        "searchInclude": [
            f"{type}:{name}"
            for name, one in found.items()
            if one.kind == "reference" and row.parameters is None
        ],
        "searchRevInclude": _referring(type),
        "searchParam": [{"name": name, "type": one.kind} for name, one in found.items()],
        "operation": _operations(
            one for one in operations if type in one.types or type in one.instances
        ),
    }
    if type == "Subscription" and described.topics:
        made["extension"] = [{"url": _TOPIC, "valueCanonical": topic} for topic in described.topics]
    return {name: value for name, value in made.items() if value not in ([], "")}


def _referring(type: str) -> list[str]:
    """`Task:focus` and the like: parameters that may lead to a type."""
    if TABLE[type].parameters is not None:
        return []
    return [
        f"{row.type}:{name}"
        for row in TABLE.values()
        for name, one in parameters(row.type).items()
        if one.kind == "reference" and type in one.targets and row.parameters is None
    ]


def _parameters(row: Row) -> dict[str, Parameter]:
    return {
        name: one
        for name, one in parameters(row.type).items()
        if row.parameters is None or name in row.parameters
    }


def _operations(definitions: Iterable[Definition]) -> list[dict[str, str]]:
    return [
        {"name": one.name, "definition": one.definition} for one in definitions if one.definition
    ]


def _version() -> str:
    try:
        return version("ecm-adapter")
    except PackageNotFoundError:
        return "0"
