"""The answer in a few plain words: who, what, by whose rules, on which day, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct

from adapter.dates import in_words
from adapter.workbench.evaluate.glance import Glance
from adapter.workbench.evaluate.reasons.described import name_of
from adapter.workbench.plans import plan_titles
from eligibility.determination import Determination, Status
from eligibility.facts import MemberFacts
from eligibility.logic import MET, UNKNOWN
from eligibility.membership import STATE

#: What the answer calls for.
Call = Literal["refer", "ask", "check", "nothing"]

#: `good`, `waiting`, `off` or `open`, as chips are coloured.
_TONES: Mapping[Status, str] = {
    "eligible": "good",
    "choice": "good",
    "possible": "waiting",
    "undetermined": "open",
    "excluded": "off",
    "not-a-member": "off",
    "not-eligible": "off",
}
_TITLES: Mapping[Status, str] = {
    "eligible": "{who} qualifies for Enhanced Care Management",
    "choice": "{who} qualifies, and has to choose between programs",
    "possible": "{who} may qualify: ask first",
    "undetermined": "The record does not say whether {who} qualifies",
    "excluded": "{who} cannot have it now: another service stands against it",
    "not-a-member": "{who} is not recorded as a member of the plan on this day",
    "not-eligible": "{who} does not qualify",
}


class Headline(Struct, frozen=True, kw_only=True):
    """What is said first."""

    title: str
    status: str
    tone: str
    #: The member's name and age; `The member` where the chart gives no name.
    who: str
    plan: str
    #: Why this plan, where nobody chose one.
    plan_because: str
    on: str
    #: Whose versions of the rules, where it is another day.
    by_rules_of: str
    #: What is met or possible, as titles of populations with a line each.
    reasons: tuple[Glance, ...]
    call: Call
    #: What to do next.
    advice: str
    membership: str
    is_member: bool
    #: What the visitor said of the coverage, an id of a plan; empty: nothing.
    coverage: str
    #: The plans that can cover somebody, by id.
    insurers: Mapping[str, str]


def headline(
    determination: Determination,
    facts: MemberFacts,
    patient: Mapping[str, Any],
    glances: tuple[Glance, ...],
    *,
    chosen: bool,
    coverage: str = "",
) -> Headline:
    """The headline of an answer.

    Args:
        determination: the answer.
        facts: of the member.
        patient: the Patient resource; empty: it cannot be shown.
        glances: the populations.
        chosen: whether somebody chose the plan.
        coverage: the plan that the visitor said covers the member.
    """
    status = determination.status
    name = name_of(patient)
    call, advice = _advice(determination, glances)
    on = determination.policy_date
    return Headline(
        title=_dead(determination, name) or _TITLES[status].format(who=name or "the member"),
        status=status,
        tone=_TONES[status],
        who=", ".join(filter(None, (name or "The member", _age(facts, determination.as_of)))),
        plan=plan_titles()[determination.plan],
        plan_because="" if chosen else _why(determination),
        on=in_words(determination.as_of),
        by_rules_of=in_words(on) if on is not None else "",
        reasons=tuple(
            one for one in glances if one.number and (one.outcome == "met" or one.possible)
        ),
        call=call,
        advice=advice,
        membership=determination.membership.reason,
        is_member=determination.membership.outcome is MET,
        coverage=coverage,
        insurers={id: title for id, title in plan_titles().items() if id != STATE},
    )


def _dead(determination: Determination, name: str) -> str:
    if any(one.code == "deceased" for one in determination.issues):
        return f"{name or 'The member'} is recorded as deceased"
    return ""


def _why(determination: Determination) -> str:
    if determination.plan == STATE:
        return "no coverage names one of the plans, so the state’s rule answers"
    return "the plan of the coverage"


def _age(facts: MemberFacts, day: date) -> str:
    if facts.born is None or facts.born.last > day:
        return ""
    born = facts.born.last
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if years >= 2:
        return f"{years} years old"
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    return f"{months} months old"


def _advice(determination: Determination, glances: tuple[Glance, ...]) -> tuple[Call, str]:
    unknown_member = determination.membership.outcome is UNKNOWN
    check = " Check first that the plan covers the member: no coverage says so." * unknown_member
    match determination.status:
        case "eligible":
            return "refer", f"Refer the member to the plan.{check}"
        case "choice":
            others = _titles(determination, "either-or")
            return "refer", (
                f"Ask the member to choose: Enhanced Care Management or {others}. If it is "
                f"Enhanced Care Management, refer.{check}"
            )
        case "possible":
            return "ask", (
                "Ask the questions below; each answer counts at once. You can also refer now and "
                f"let the plan ask.{check}"
            )
        case "undetermined":
            return "ask", (
                "Nothing in the record points to a population strongly enough. Who knows the "
                "member can answer the questions below."
            )
        case "excluded":
            alternatives = [
                one.exclusion.alternative or one.exclusion.title
                for one in determination.exclusions
                if one.kind == "excluded" and one.outcome is MET
            ]
            return "nothing", f"Do not refer now. {' '.join(alternatives)}"
        case "not-a-member":
            met = any(one.outcome == "met" for one in glances)
            return "check", (
                "Check who covers the member on this day. "
                + (
                    "By everything else the member would qualify."
                    if met
                    else "What the record says of the populations is below."
                )
            )
        case _:
            return "nothing", "There is nothing to refer for on this day."


def _titles(determination: Determination, kind: str) -> str:
    found = [
        one.exclusion.title
        for one in determination.exclusions
        if one.kind == kind and one.outcome is MET
    ]
    return " or ".join(found)
