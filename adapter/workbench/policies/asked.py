"""What a visitor of the policy browser asks for, from the address: plan, day, population, words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from adapter.dates import day_of
from adapter.errors import UnusableInput
from eligibility.membership import STATE
from eligibility.model import OVERLAYS, POPULATIONS
from eligibility.packs import plans

#: Beside populations: who may not receive ECM, and everything a plan says on one page.
EXCLUSIONS, EVERYTHING = "exclusions", "all"

_MOST_LETTERS = 200


class Asked(Struct, frozen=True, kw_only=True):
    """Whose policy, on which day, and which part of it."""

    plan: str
    on: date
    #: Id of a population or overlay, `EXCLUSIONS`, `EVERYTHING`; empty: what there is.
    population: str = ""
    #: To be looked for; empty: nothing is.
    words: str = ""


def read_asked(args: Mapping[str, str], today: date) -> Asked:
    """What the address asks for; the state's policy of today where it says nothing.

    Raises:
        UnusableInput: a plan or population that is not there, or no date.
    """
    return Asked(
        plan=_plan(args.get("plan", "")),
        on=day_of(args.get("on", ""), today),
        population=_population(args.get("population", "")),
        words=args.get("q", "").strip()[:_MOST_LETTERS],
    )


def read_sides(args: Mapping[str, str], today: date) -> tuple[Asked, Asked]:
    """The two sides of a comparison: the state and the next plan where the address says nothing."""
    other = next(plan for plan in reversed(plans()) if plan != STATE)
    left = Asked(
        plan=_plan(args.get("left", "")),
        on=day_of(args.get("leftOn", ""), today),
        population=_population(args.get("population", "")),
    )
    right = Asked(
        plan=_plan(args.get("right", ""), other),
        on=day_of(args.get("rightOn", ""), left.on),
        population=left.population,
    )
    return left, right


def _plan(text: str, otherwise: str = STATE) -> str:
    if not text:
        return otherwise
    known = plans()
    if text not in known:
        raise UnusableInput(f"No policies are held for that plan; choose one of {', '.join(known)}")
    return text


def _population(text: str) -> str:
    numbered = {str(number): id for id, number in POPULATIONS.items()}
    found = numbered.get(text, text)
    if found and found not in (*POPULATIONS, *OVERLAYS, EXCLUSIONS, EVERYTHING):
        known = ", ".join((*POPULATIONS, *OVERLAYS))
        raise UnusableInput(f"There is no such population; choose one of {known}")
    return found
