"""All that the mappers need, in one place.

Each mapper declares its own `DataRequirement`s; this gathers them, for prefetch templates, queries,
bulk exports and screens.
"""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.facts import Source
from mappings.inbound import (
    condition,
    coverage,
    encounter,
    episode_of_care,
    flag,
    observation,
    patient,
    procedure,
    questionnaire_response,
    related_person,
)
from mappings.inbound.requirement import DataRequirement

__all__ = ["DataRequirement", "all_requirements", "sources_by_key"]

_MAPPERS = (
    patient,
    coverage,
    encounter,
    condition,
    observation,
    questionnaire_response,
    episode_of_care,
    procedure,
    flag,
    related_person,
)


def all_requirements() -> tuple[DataRequirement, ...]:
    """Every requirement, the Patient's first; keys are unique."""
    return tuple(requirement for mapper in _MAPPERS for requirement in mapper.REQUIREMENTS)


def sources_by_key() -> Mapping[str, tuple[Source, ...]]:
    """Which sources are incomplete when the prefetch of a key fails."""
    return {requirement.key: requirement.sources for requirement in all_requirements()}
