"""Which ECM provider to ask first (Partnership HealthPlan MCCP2032 VI.E.2).

The member's own choice comes first. Else the primary care provider, where it is contracted for ECM;
a behavioral health provider that knows a member with serious mental health or substance use needs;
the CCS case manager of a child in the Whole Child Model. Whoever has no capacity, is not contracted
or does not serve the member's age comes in no case.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

#: SDOH Clinical Care 3.0.0, capacity status of a HealthcareService.
Capacity = Literal["capacity", "additional-assessment-required", "waitlist", "no-capacity"]

_CAPACITIES: tuple[Capacity, ...] = ("capacity", "additional-assessment-required", "waitlist")
_BEHAVIORAL = "smi-sud"
_CCS = "ccs"


class Candidate(Struct, frozen=True, kw_only=True):
    """A provider that might be asked."""

    party: str
    #: In the plan's network for ECM.
    contracted: bool
    #: Populations of Focus it is contracted for, codes without age group; empty: all.
    populations: frozenset[str] = frozenset()
    #: The member's primary care provider.
    primary_care: bool = False
    #: Treats the member's mental health or substance use.
    behavioral_health: bool = False
    #: Manages the member's case in California Children's Services.
    ccs_case_manager: bool = False
    capacity: Capacity = "capacity"
    #: Has declined this referral already.
    declined: bool = False


class Preference(Struct, frozen=True, kw_only=True):
    """A candidate in its place, and why it stands there."""

    party: str
    #: `member`, `behavioral-health`, `ccs`, `primary-care`, `network`.
    reason: str
    capacity: Capacity


def preferred(
    candidates: Iterable[Candidate], populations: frozenset[str], chosen: tuple[str, ...] = ()
) -> list[Preference]:
    """The candidates that can be asked, the one to ask first in front.

    Args:
        candidates: providers of the plan's network, each once.
        populations: the member's Populations of Focus, codes without age group.
        chosen: parties that the member, or a provider for the member, named, in their order.
    """
    found = [
        (_reason(one, populations, chosen), one) for one in candidates if _can(one, populations)
    ]
    order = ("member", "behavioral-health", "ccs", "primary-care", "network")
    ranked = sorted(
        found,
        key=lambda pair: (
            order.index(pair[0]),
            chosen.index(pair[1].party) if pair[1].party in chosen else 0,
            _CAPACITIES.index(pair[1].capacity),
            pair[1].party,
        ),
    )
    return [Preference(party=one.party, reason=why, capacity=one.capacity) for why, one in ranked]


def _can(one: Candidate, populations: frozenset[str]) -> bool:
    serves = not one.populations or bool(one.populations & populations)
    return one.contracted and serves and not one.declined and one.capacity in _CAPACITIES


def _reason(one: Candidate, populations: frozenset[str], chosen: tuple[str, ...]) -> str:
    if one.party in chosen:
        return "member"
    if one.behavioral_health and _BEHAVIORAL in populations:
        return "behavioral-health"
    if one.ccs_case_manager and any(code.startswith(_CCS) for code in populations):
        return "ccs"
    return "primary-care" if one.primary_care else "network"
