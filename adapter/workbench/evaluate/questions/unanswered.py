"""The facts of a chart as they were before anything was answered beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from adapter.workbench.evaluate.questions.answers import ANSWERED_HERE
from eligibility.facts import Answer, Enrolment, MemberFacts
from eligibility.logic import UNKNOWN

#: By the code of an answer, what it said of the person or of a visit, when it was not yet said.
_OF_PERSON: Mapping[str, dict[str, Any]] = {
    "birth-date": {"born": None},
    "county": {"county": None},
    "race": {"races": ()},
}
_OF_VISIT: Mapping[str, dict[str, Any]] = {
    "admission-type": {"unplanned": UNKNOWN},
    "principal-diagnosis": {"behavioural": UNKNOWN},
    "encounter-date": {"start": None, "starts_at": None},
    "snf-end": {"end": None},
}

F = TypeVar("F", Answer, Enrolment)


def unanswered(facts: MemberFacts, given: Mapping[str, str]) -> MemberFacts:
    """The facts without the answers, so that what is asked of them keeps its order.

    Args:
        facts: answers included.
        given: what was answered, by key.
    """
    person: dict[str, Any] = {}
    visits: dict[str, dict[str, Any]] = {}
    for key in given:
        kind, _, rest = key.partition(".")
        code, _, visit = rest.partition(".")
        if kind == "data":
            person |= _OF_PERSON.get(code, {})
            visits.setdefault(visit, {}).update(_OF_VISIT.get(code, {}))
    return replace(
        facts,
        **person,
        answers=_without(facts.answers),
        enrolments=_without(facts.enrolments),
        visits=tuple(
            replace(one, **visits[one.ref]) if one.ref in visits else one for one in facts.visits
        ),
    )


def _without(facts: Mapping[str, tuple[F, ...]]) -> dict[str, tuple[F, ...]]:
    kept = {
        code: tuple(one for one in found if ANSWERED_HERE not in one.ref)
        for code, found in facts.items()
    }
    return {code: found for code, found in kept.items() if found}
