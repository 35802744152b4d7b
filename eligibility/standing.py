"""What stands on a day: which answer speaks, which sign holds, what a declaration is worth.

Input contract, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from eligibility.dates import Days, add_months
from eligibility.determination import Evidence
from eligibility.facts import Answer, Completeness, Issue, MemberFacts, Screening, Sign
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome

#: How many records of one concept are shown.
_EVIDENCE_SHOWN = 5


class Spoken(Struct, frozen=True, gc=False):
    """The answer that speaks on the day: the latest, or None where that is unknown or disputed."""

    value: bool | int | Days | str | None
    evidence: tuple[Evidence, ...]
    on: Days | None
    #: Two different answers of the same day: no code may settle what the member left open.
    disputed: bool = False


def latest(given: Sequence[Answer], as_of: date) -> Spoken | None:
    """The latest answer on or before `as_of`; two different ones of that day dispute each other."""
    past = [one for one in given if one.on is None or one.on.first <= as_of]
    if not past:
        return None
    newest = max(age_key(one.on) for one in past)
    speaking = [one for one in past if age_key(one.on) == newest]
    on = speaking[0].on
    evidence = tuple(
        sorted(
            (Evidence(one.ref, one.on.first if one.on else None) for one in speaking),
            key=lambda item: item.reference,
        )
    )
    if len(speaking) > 1 and any(
        one.value != speaking[0].value or type(one.value) is not type(speaking[0].value)
        for one in speaking[1:]
    ):
        return Spoken(None, evidence, on, True)
    return Spoken(speaking[0].value, evidence, on)


def holds(sign: Sign, as_of: date) -> bool:
    """Whether a sign is current on the day: begun, and neither over nor ended (contract 2).

    A status is of the day of the record: what is recorded as resolved, but ended only after
    `as_of`, was still current on it.
    """
    begun = sign.on or sign.recorded
    if begun is not None and begun.first > as_of:
        return False
    if sign.active:
        return sign.ended is None or sign.ended.last >= as_of
    return sign.ended is not None and sign.ended.first > as_of


def day_of(sign: Sign) -> date | None:
    """The (first) day a sign speaks of."""
    begun = sign.on or sign.recorded
    return begun.first if begun else None


def at_age(born: Days | None, years: int, as_of: date) -> Outcome:
    """Whether the member has completed `years` on the day; a partial birth date may leave it open.

    29 February turns a year older on 28 February, as every count of months here rounds down.
    """
    if born is None:
        return UNKNOWN
    if as_of >= add_months(born.last, 12 * years):
        return MET
    return NOT_MET if as_of < add_months(born.first, 12 * years) else UNKNOWN


def age_key(on: Days | None) -> date:
    """Orders answers by day; undated ones are older than every dated one."""
    return on.last if on is not None else date.min


def newest(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    """The latest records only, newest first: a concept may be coded a hundred times."""
    unique = set(evidence) if len(evidence) > 1 else evidence
    newest_first = sorted(unique, key=lambda item: item.reference)
    newest_first.sort(key=lambda item: item.on or date.min, reverse=True)
    return tuple(newest_first[:_EVIDENCE_SHOWN])


def believed(
    facts: MemberFacts, complete: Sequence[Completeness], issues: list[Issue]
) -> tuple[Completeness, ...]:
    """The declared ranges in order, overlapping and adjoining ones of a source joined.

    A source of which something is known to be missing is not believed; an issue tells so.
    """
    joined: list[Completeness] = []
    for declared in sorted(complete, key=lambda item: (item.source, item.first, item.last)):
        if declared.source in facts.incomplete:
            issues.append(
                Issue(
                    severity="warning",
                    code="not-complete",
                    details=f"{declared.source} were declared complete, but some could not be "
                    "read or are missing; their absence is taken as unknown.",
                )
            )
            continue
        before = joined[-1] if joined and joined[-1].source == declared.source else None
        if before is not None and (declared.first - before.last).days <= 1:
            joined[-1] = replace(before, last=max(before.last, declared.last))
        else:
            joined.append(declared)
    return tuple(joined)


class Screened(Struct, frozen=True, gc=False):
    """What the screenings say on the day, by concept."""

    found: dict[str, list[Evidence]]
    #: Asked about, and neither found nor denied: not answered, or answered both ways on one day.
    left_open: frozenset[str]


def screened(
    screenings: Mapping[str, Sequence[Screening]], as_of: date, issues: list[Issue]
) -> Screened:
    """The positive answers of each question's latest day; none where that day also denies."""
    found: dict[str, list[Evidence]] = {}
    left_open: set[str] = set()
    for question, given in screenings.items():
        past = [one for one in given if one.on is None or one.on.first <= as_of]
        newest = max((age_key(one.on) for one in past), default=None)
        speaking = [one for one in past if age_key(one.on) == newest]
        positive = [one for one in speaking if one.concepts]
        denied = any(one.answered and not one.concepts for one in speaking)
        if positive and denied:
            left_open.update(concept for one in positive for concept in one.concepts)
            issues.append(_contradicting(question, min(one.ref for one in speaking)))
            continue
        for one in positive:
            on = one.on.first if one.on else None
            for concept in one.concepts:
                found.setdefault(concept, []).append(Evidence(one.ref, on))
        if not denied:
            left_open.update(concept for one in speaking for concept in one.left_open)
    return Screened(found, frozenset(left_open.difference(found)))


def _contradicting(question: str, ref: str) -> Issue:
    return Issue(
        severity="warning",
        code="contradiction",
        details=f"Screening question {question} has a positive and a negative answer "
        "on the same day; neither is used. Ask again.",
        resource=ref,
    )


def disputed(code: str, spoken: Spoken) -> Issue:
    """What to tell of two different answers of one day."""
    return Issue(
        severity="warning",
        code="contradiction",
        details=f"{code} has two different answers on the same day; "
        "it is taken as unknown. Ask again.",
        resource=spoken.evidence[0].reference,
    )
