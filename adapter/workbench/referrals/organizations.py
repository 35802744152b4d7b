"""Which organizations can be asked: plans by who refers, ECM providers by a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapter.casework.access import Access
from adapter.fhir_client.partner_answers import Resource, objects
from adapter.fhir_client.partner_faults import PartnerFault
from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import SANDBOX, SANDBOX_PARTIES, Party
from adapter.workbench.roles import Visitor

#: Reference to the Organization, and its name.
Choice = tuple[str, str]

_PROVIDERS = frozenset(
    one.id for one in SANDBOX_PARTIES if one.id not in (SANDBOX["plan"], SANDBOX["referrer"])
)


def reference_to(party: Party) -> str:
    """The Organization of a registered party, `Organization/12`."""
    return f"Organization/{organization_id(party.tenant, party.id)}"


def plans_for(access: Access, visitor: Visitor) -> tuple[Choice, ...]:
    """Whom a visitor may refer to: in the sandbox its plan, else everybody else who is registered.

    The registry does not say what an organization is.
    """
    known = _others(access, visitor)
    if visitor.sandbox:
        known = [one for one in known if one.id == SANDBOX["plan"]]
    # Who runs the exchange is most often the plan.
    known.sort(key=lambda one: (not one.operator, one.name))
    return tuple((reference_to(one), one.name) for one in known)


def preferred_for(access: Access, visitor: Visitor) -> tuple[Choice, ...]:
    """The ECM providers that a member may prefer."""
    return tuple((reference_to(one), one.name) for one in _providers(access, visitor))


def providers_for(
    access: Access, visitor: Visitor, task: Resource, declined: Sequence[str]
) -> tuple[tuple[Choice, ...], str]:
    """Whom a plan may hand a referral on to, and who is the most likely.

    Args:
        access: as the visitor.
        visitor: the plan.
        task: that is handed on.
        declined: references to who has declined it.

    Returns:
        Reference and name of each, those who declined last; and the one that the member prefers
        or the only one left, empty where there is none.
    """
    asked_by = str((task.get("requester") or {}).get("reference", ""))
    preferred = _preferred(access, task)
    known = [(reference_to(one), one.name) for one in _providers(access, visitor)]
    known = [one for one in known if one[0] != asked_by]
    left = [reference for reference, _ in known if reference not in declined]
    usual = preferred if preferred in left else left[0] if len(left) == 1 else ""

    def named(one: Choice) -> Choice:
        if one[0] in declined:
            return one[0], f"{one[1]}: has declined"
        return (one[0], f"{one[1]}: preferred by the member") if one[0] == preferred else one

    known.sort(key=lambda one: one[0] in declined)
    return tuple(map(named, known)), usual


def declined_by(parts: Iterable[Resource]) -> tuple[str, ...]:
    """References to who has declined, of the Tasks a referral was handed on by."""
    return tuple(
        str((one.get("owner") or {}).get("reference", ""))
        for one in parts
        if one.get("status") == "rejected"
    )


def _others(access: Access, visitor: Visitor) -> list[Party]:
    if access.assembly is None:
        return []
    known = access.assembly.parties.of(visitor.party.tenant)
    return [one for one in known if one.id != visitor.party.id]


def _providers(access: Access, visitor: Visitor) -> list[Party]:
    known = _others(access, visitor)
    if visitor.sandbox:
        known = [one for one in known if one.id in _PROVIDERS]
    return sorted((one for one in known if not one.operator), key=lambda one: one.name)


def _preferred(access: Access, task: Resource) -> str:
    """The provider that the order names; empty: nobody."""
    type, _, id = str((task.get("focus") or {}).get("reference", "")).partition("/")
    if type != "ServiceRequest":
        return ""
    try:
        order = access.server.read(type, id).resource or {}
    except PartnerFault:
        return ""
    performers = (str(one.get("reference", "")) for one in objects(order.get("performer")))
    return next(performers, "")
