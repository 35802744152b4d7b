"""Criteria of the person: age, self-reported race, and other populations already decided."""

from __future__ import annotations

from msgspec import Struct

from eligibility.context import Context
from eligibility.determination import Evidence, Finding, Missing
from eligibility.logic import MET, NOT_MET, UNKNOWN, all_of, any_of, negate


class Age(Struct, frozen=True, kw_only=True):
    """Completed years: at least `at_least`, under `under`; either may be absent."""

    at_least: int | None = None
    under: int | None = None

    def find(self, context: Context) -> Finding:
        """Unknown without a birth date, or where a partial one straddles the birthday."""
        outcomes = []
        if self.at_least is not None:
            outcomes.append(context.at_age(self.at_least))
        if self.under is not None:
            outcomes.append(negate(context.at_age(self.under)))
        outcome = all_of(outcomes)
        return Finding(
            outcome=outcome,
            evidence=(Evidence(context.facts.member),) if context.facts.born else (),
            missing=(Missing("data", "birth-date"),) if outcome is UNKNOWN else (),
        )


class Race(Struct, frozen=True, kw_only=True):
    """Self-reported race in one of `groups` (OMB category codes)."""

    groups: tuple[str, ...]

    def find(self, context: Context) -> Finding:
        """Race that is not stated is unknown; one that is stated and not listed is a no."""
        races = context.facts.races
        if not races:
            return Finding(outcome=UNKNOWN, missing=(Missing("data", "race"),))
        outcome = MET if any(race in self.groups for race in races) else NOT_MET
        return Finding(
            outcome=outcome,
            evidence=(Evidence(context.facts.member),),
            indicated=outcome is MET,
        )


class OtherPopulation(Struct, frozen=True, kw_only=True):
    """Another population is met, by the plan's own outcomes."""

    any_of: tuple[str, ...]

    def find(self, context: Context) -> Finding:
        """Reads what has been decided before; the evidence stands there."""
        decided = {id: context.populations[id] for id in self.any_of}
        outcome = any_of(decided.values())
        named = MET if outcome is MET else UNKNOWN
        listed = tuple(id for id, found in decided.items() if found is named)
        return Finding(
            outcome=outcome,
            missing=tuple(Missing("population", id) for id in listed) if outcome is UNKNOWN else (),
            indicated=outcome is MET,
            reason=f"By {', '.join(listed)}." if outcome is MET else None,
        )
