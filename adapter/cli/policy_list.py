"""Every policy file on a line: plan, population, variant, version, days in force, source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from adapter.cli.policy_differences import source_json
from adapter.cli.screen import Screen
from eligibility.model import POPULATIONS, Policy
from eligibility.packs import texts
from eligibility.policy_words import days, passage


def list_as_text(policies: Sequence[Policy], day: date | None) -> bytes:
    """One line a file below its plan, in columns."""
    screen = Screen()
    if not policies:
        screen.line("No policy is in force." if day is None else f"No policy is in force on {day}.")
    ids = [f"{one.population}/{one.variant}" for one in policies]
    width = max(map(len, ids), default=0)
    versions = max((len(one.version) for one in policies), default=0)
    plan = None
    for policy, name in zip(policies, ids, strict=True):
        if policy.plan != plan:
            if plan is not None:
                screen.line()
            plan = policy.plan
            screen.line((plan, "bold"), f" · {texts(plan).plan.title}")
        number = POPULATIONS.get(policy.population)
        force = days(policy.in_force.first, policy.in_force.last)
        screen.line(
            (f"{name:<{width}}", "cyan"),
            f"  {force:<24}  {policy.version:<{versions}}  ",
            ("provisional  " if policy.provisional else " " * 13, "magenta"),
            policy.title,
            (f"  [{passage(policy.source)}]", "dim"),
            indent=2,
            lead=f"{number or ' '} ",
        )
    return screen.content()


def list_as_json(policies: Sequence[Policy], day: date | None) -> dict[str, object]:
    """The same as one object; an overlay has no number, an open end is null."""
    return {
        "asOf": None if day is None else str(day),
        "policies": [
            {
                "policy": one.id,
                "plan": one.plan,
                "population": {"id": one.population, "number": POPULATIONS.get(one.population)},
                "variant": one.variant,
                "version": one.version,
                "inForce": {
                    "first": str(one.in_force.first),
                    "last": None if one.in_force.last is None else str(one.in_force.last),
                },
                "provisional": one.provisional,
                "title": one.title,
                "source": source_json(one.source),
                "file": one.file,
            }
            for one in policies
        ],
    }
