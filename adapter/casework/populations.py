"""The Populations of Focus an order names, in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from adapter.casework.member import words
from adapter.fhir_client.partner_answers import objects
from profiles.canonicals import canonicals
from profiles.codes import populations_of_focus


def populations_asked(order: Mapping[str, Any], base: str) -> tuple[str, ...]:
    """What each reason of an order says: by age group where it does; in its own words else."""
    system = canonicals(base).population_of_focus
    found = []
    for concept in objects(order.get("reasonCode")):
        codes = [
            one.get("code") for one in objects(concept.get("coding")) if one.get("system") == system
        ]
        known = [_displays()[str(one)] for one in codes if str(one) in _displays()]
        found.append(known[0] if known else words(concept))
    return tuple(dict.fromkeys(one for one in found if one))


def population_displays() -> dict[str, str]:
    """The display of each population by its code in an order: by age group, where it has any."""
    found: dict[str, str] = {}
    for one in populations_of_focus().values():
        found |= dict(one.variants.values()) or {one.code: one.display}
    return found


@cache
def _displays() -> Mapping[str, str]:
    return {
        one.code: one.display for one in populations_of_focus().values()
    } | population_displays()
