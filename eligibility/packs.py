"""The texts of one plan as they stand on a policy date.

Files are read the first time a plan is asked for, that plan's only, and kept for the life of the
process.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

from msgspec import Struct

from eligibility.errors import NoPolicyInForce
from eligibility.load.folder import POLICIES, Folder, PlanTexts
from eligibility.model import Document, Exclusions, PlanInfo, Policy

#: The first day of Enhanced Care Management (DHCS ECM Fact Sheet, April 2021).
ECM_BEGAN = date(2022, 1, 1)


class Pack(Struct, frozen=True, kw_only=True):
    """One plan on one policy date."""

    plan: PlanInfo
    policy_date: date
    #: Every text of the plan, by population number, overlays last, in force or not.
    policies: tuple[Policy, ...]
    #: None: the plan has none in force on the date.
    exclusions: Exclusions | None

    def in_force(self, population: str) -> tuple[Policy, ...]:
        """The texts on a population or an overlay that are in force on the date."""
        return tuple(
            policy
            for policy in self.policies
            if policy.population == population and policy.in_force.covers(self.policy_date)
        )


def plans() -> tuple[str, ...]:
    """Ids of the plans policies are shipped for."""
    return _folder().plans()


def documents() -> dict[str, Document]:
    """The texts the shipped policies cite, by key."""
    return _folder().documents()


@cache
def texts(plan: str) -> PlanTexts:
    """All files of a plan, whenever they are in force.

    Raises:
        UnknownPlan: no policies are shipped for it.
        PolicyError: a file cannot be used.
    """
    return _folder().texts(plan)


@lru_cache(maxsize=64)
def pack(plan: str, policy_date: date) -> Pack:
    """The plan's texts on `policy_date`.

    Raises:
        UnknownPlan: no policies are shipped for it.
        NoPolicyInForce: the date lies before ECM began.
        PolicyError: a file cannot be used.
    """
    read = texts(plan)
    if policy_date < ECM_BEGAN:
        raise NoPolicyInForce(policy_date, ECM_BEGAN)
    exclusions = read.exclusions
    if exclusions is not None and not exclusions.in_force.covers(policy_date):
        exclusions = None
    return Pack(
        plan=read.plan, policy_date=policy_date, policies=read.policies, exclusions=exclusions
    )


@cache
def _folder() -> Folder:
    return Folder(POLICIES)
