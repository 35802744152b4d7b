"""Which text is held for whom: populations and age groups by plan, on one day."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from adapter.dates import period
from eligibility.model import OVERLAYS, POPULATIONS, Policy
from eligibility.packs import plans, texts
from eligibility.wording import POPULATION_TITLES

#: The variant of a text that separates no ages.
ALL_AGES = "all-ages"

#: Age groups in words; an id that is not among them is shown as it is.
AGE_GROUPS = {
    "adult": "Adults",
    "child-youth": "Children and youth",
    "family": "Families and unaccompanied youth",
    ALL_AGES: "All ages",
}


class Held(Struct, frozen=True, kw_only=True):
    """What one plan has on one population and age group."""

    plan: str
    #: None: it has no text in force on the day.
    version: str | None = None
    days: str = ""
    document: str = ""
    #: Why the text is provisional; empty: it was checked against the document itself.
    provisional: str = ""
    #: The text speaks of all ages, not of this group alone.
    all_ages: bool = False
    #: Days of texts that are held for another time.
    other: tuple[str, ...] = ()


class Row(Struct, frozen=True, kw_only=True):
    """One population and age group; `held` in the order of the plans."""

    population: str
    number: int | None
    title: str
    age_group: str
    #: How many rows the population has; 0: an earlier row has told.
    spans: int
    held: tuple[Held, ...]


def coverage(on: date) -> tuple[Row, ...]:
    """Every population and overlay, in the state's order, with its age groups."""
    all_plans = plans()
    rows: list[Row] = []
    for population in (*POPULATIONS, *OVERLAYS):
        every = {
            plan: [one for one in texts(plan).policies if one.population == population]
            for plan in all_plans
        }
        groups = _age_groups([one for found in every.values() for one in found], on)
        for place, group in enumerate(groups):
            rows.append(
                Row(
                    population=population,
                    number=POPULATIONS.get(population),
                    title=POPULATION_TITLES[population],
                    age_group=AGE_GROUPS.get(group, group),
                    spans=len(groups) if place == 0 else 0,
                    held=tuple(_held(plan, found, group, on) for plan, found in every.items()),
                )
            )
    return tuple(rows)


def _age_groups(found: list[Policy], on: date) -> list[str]:
    """Those that any plan separates on the day; where none does, all ages."""
    there = {one.variant for one in found if one.in_force.covers(on)} or {ALL_AGES}
    narrower = there - {ALL_AGES}
    if len(narrower) == 1 and ALL_AGES in there:
        # What one plan says of all ages is not lost where another speaks of some alone.
        narrower |= {"adult", "child-youth"}
    known = [one for one in AGE_GROUPS if one in (narrower or there)]
    return known + sorted((narrower or there) - set(known))


def _held(plan: str, found: list[Policy], group: str, on: date) -> Held:
    of_group = [one for one in found if one.variant == group]
    now = [one for one in of_group if one.in_force.covers(on)] or [
        one for one in found if one.variant == ALL_AGES and one.in_force.covers(on)
    ]
    other = tuple(
        period(one.in_force.first, one.in_force.last)
        for one in found
        if one.variant in (group, ALL_AGES) and not one.in_force.covers(on)
    )
    if not now:
        return Held(plan=plan, other=other)
    text = now[0]
    return Held(
        plan=plan,
        version=text.version,
        days=period(text.in_force.first, text.in_force.last),
        document=text.source.document,
        provisional=text.provisional_because or "" if text.provisional else "",
        all_ages=text.variant == ALL_AGES and group != ALL_AGES,
        other=other,
    )
