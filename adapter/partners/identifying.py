"""By which of its identifiers a resource is found again on another server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapter.fhir_client.partner_answers import objects
from adapter.partners.references import Resource

#: System of an identifier that is a URI.
URI = "urn:ietf:rfc:3986"

#: Which identifier names a resource best, by code of its type (v2-0203).
_TELLING = {
    "Task": "PLAC", "ServiceRequest": "PLAC", "Patient": "MA", "Coverage": "MB",
    "Organization": "NPI", "Practitioner": "NPI",
}  # fmt: skip


def telling(type: str, identifiers: Any) -> Resource | None:
    """The identifier that names the resource best."""
    known = identifiers if isinstance(identifiers, list) else [identifiers]
    usable = [
        one
        for one in objects(known)
        if one.get("system") and one.get("value") and one.get("use") not in ("old", "temp")
    ]
    wanted = _TELLING.get(type)
    for one in usable:
        codings = objects((one.get("type") or {}).get("coding"))
        if wanted and any(coding.get("code") == wanted for coding in codings):
            return one
    return usable[0] if usable else None


def named(type: str, resource: Resource | None) -> Resource | None:
    """A logical reference: what it is called, without where it is."""
    identifier = telling(type, (resource or {}).get("identifier"))
    return {"type": type, "identifier": identifier} if identifier else None


def with_organizations(resource: Resource, find: Callable[[Resource], str | None]) -> Resource:
    """A Task or ServiceRequest that names its organizations by reference, not identifier alone.

    A receiver is asked by reference for what became of a referral, and not every server searches
    by `requester:identifier`.

    Args:
        resource: the Task or ServiceRequest.
        find: a Reference element → the Organization's reference here; None: there is none.
    """

    def literal(reference: Any) -> Any:
        if not isinstance(reference, dict) or "reference" in reference:
            return reference
        found = find(reference)
        return reference if found is None else {"reference": found, **reference}

    changed: Resource = {
        name: literal(resource[name]) for name in ("requester", "owner") if name in resource
    }
    if isinstance(resource.get("performer"), list):
        changed["performer"] = [literal(one) for one in resource["performer"]]
    return resource | changed


def without_address(reference: Resource) -> Resource | None:
    """What a reference says beside where it leads; None: nothing."""
    return {name: value for name, value in reference.items() if name != "reference"} or None
