"""The facts of a policy case, written in a few words, as `MemberFacts`.

A case says `visits: [emergency 2024-10-03 avoidable]` where code would build records. README.md
beside this file explains the words. Answers that state no day were given on the day asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal, get_args

from eligibility.dates import Days, Span
from eligibility.facts import (
    Answer,
    Completeness,
    CoverageSpan,
    Enrolment,
    MemberFacts,
    Screening,
    Sign,
    Source,
    Visit,
)
from eligibility.logic import MET, NOT_MET
from tests.policy.vocabulary import PAYORS, YES_OR_NO

Words = Mapping[str, Any]

_TEN_YEARS = timedelta(days=3650)
_SIGNS: tuple[Literal["procedure", "flag", "encounter", "relation"], ...] = (
    "procedure",
    "flag",
    "encounter",
    "relation",
)
_OPEN_ANSWERS = ("unknown", "declined")
_TRAITS: Mapping[str, Mapping[str, Any]] = {
    "unplanned": {"unplanned": MET},
    "planned": {"unplanned": NOT_MET},
    "behavioral": {"behavioural": MET},
    "other-cause": {"behavioural": NOT_MET},
}


def facts(words: Words, as_of: date) -> MemberFacts:
    """The member a case describes."""
    answers = _answers(words, as_of)
    visits = _visits(words.get("visits", ()), as_of, answers)
    died = words.get("died")
    return MemberFacts(
        member="Patient/p1",
        born=days(words["born"]) if words.get("born") else None,
        deceased=bool(died),
        died=days(died) if died and died is not True else None,
        county=words.get("county"),
        races=tuple(words.get("races", ())),
        answers=_by(answers, "code"),
        signs=_by((_sign(*one) for one in _numbered(words, "coded")), "concept"),
        screenings=_by((_screening(*one) for one in _numbered(words, "screened")), "question"),
        enrolments=_by((_enrolment(*one) for one in _numbered(words, "enrolled")), "program"),
        visits=tuple(visits),
        coverages=tuple(_coverage(*one) for one in _numbered(words, "coverage")),
        incomplete=frozenset(words.get("incomplete", ())),
    )


def completeness(words: Words, as_of: date) -> tuple[Completeness, ...]:
    """What a case declares complete; `everything` is every source for ten years."""
    declared = words.get("complete", {})
    ever = f"{as_of - _TEN_YEARS}..{as_of}"
    if declared == "everything" or "everything_else" in words:
        declared = dict.fromkeys(get_args(Source), ever)
    found = []
    for source, ranges in declared.items():
        for one in [ranges] if isinstance(ranges, str) else ranges:
            first, last = one.split("..")
            found.append(Completeness(source=source, first=_day(first), last=_day(last)))
    return tuple(found)


def days(token: object) -> Days:
    """`2025`, `2025-02` or `2025-02-01` as the days it covers."""
    parts = [int(part) for part in str(token).split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    if month is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    if len(parts) == 3:
        return Days(date(year, month, parts[2]), date(year, month, parts[2]))
    following = date(year + month // 12, month % 12 + 1, 1)
    return Days(date(year, month, 1), following - timedelta(days=1))


def span(token: str | None) -> Span:
    """`2024-01-01..2024-06-30`, either end open; nothing at all is a span of unknown ends."""
    if token is None:
        return Span()
    first, _, last = token.partition("..")
    return Span(days(first) if first else None, days(last) if last else None)


def _day(token: str) -> date:
    return days(token).first


def _by(items: Iterable[Any], key: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for item in items:
        found[getattr(item, key)] = (*found.get(getattr(item, key), ()), item)
    return found


def _numbered(words: Words, key: str) -> list[tuple[int, list[str], list[str], dict[str, str]]]:
    """Each entry as its words, its dates (`2025-02-01`, `..`) and its `name:value` words."""
    found = []
    for number, entry in enumerate(words.get(key, ()), start=1):
        tokens = str(entry).split()
        named = dict(token.split(":", 1) for token in tokens if ":" in token)
        plain = [token for token in tokens[1:] if ":" not in token]
        dated = [token for token in plain if token[:2] in ("19", "20", "..")]
        found.append(
            (number, [tokens[0], *(one for one in plain if one not in dated)], dated, named)
        )
    return found


def _answers(words: Words, as_of: date) -> list[Answer]:
    given: dict[str, Any] = dict(words.get("answers", {}))
    if words.get("everything_else") is False:
        for code in YES_OR_NO:
            given.setdefault(code, False)
        given.setdefault("housing-loss-date", as_of + timedelta(days=400))
        given.setdefault("ace-score", 0)
        given.setdefault("would-need-nf-days", 0)
    found = []
    for code, entries in given.items():
        for number, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            found.append(_answer(code, f"Observation/{code}-{number}", entry, as_of))
    return found


def _answer(code: str, ref: str, entry: Any, as_of: date) -> Answer:
    tokens = entry.split() if isinstance(entry, str) else [entry]
    value, rest = tokens[0], tokens[1:]
    named = dict(zip(rest[::2], rest[1::2], strict=True))
    on = named.get("on", as_of)
    return Answer(
        code=code,
        value=_value(value),
        on=None if on == "undated" else days(on),
        encounter=f"Encounter/{named['about']}" if "about" in named else None,
        ref=ref,
    )


def _value(value: Any) -> bool | int | Days | str | None:
    if value in ("yes", "no"):
        return bool(value == "yes")
    if value in _OPEN_ANSWERS:
        return None
    if isinstance(value, str) and value.isdigit() and len(value) < 4:
        return int(value)
    if isinstance(value, date) or (isinstance(value, str) and value[:2] in ("19", "20")):
        return days(value)
    assert isinstance(value, bool | int | str), value
    return value


def _visits(entries: Iterable[str], as_of: date, answers: list[Answer]) -> list[Visit]:
    """The visits; what an entry says of avoidability becomes an answer about that visit."""
    found: list[Visit] = []
    for _, words, dated, named in _numbered({"visits": entries}, "visits"):
        for token in dated or [""]:
            name = named.get("as") or f"v{len(found) + 1}"
            first, ranged, last = token.partition("..")
            traits: dict[str, Any] = {}
            for word in words[1:]:
                traits |= _TRAITS.get(word, {})
            found.append(
                Visit(
                    ref=f"Encounter/{name}",
                    kind=words[0],  # type: ignore[arg-type]
                    start=days(first) if first else None,
                    end=days(last) if last else None,
                    open=bool(ranged) and not last,
                    provider=named.get("at"),
                    part_of=f"Encounter/{named['of']}" if "of" in named else None,
                    **traits,
                )
            )
            if "avoidable" in words or "unavoidable" in words:
                said = f"{'yes' if 'avoidable' in words else 'no'} about {name}"
                answers.append(_answer("avoidable-encounter", f"Observation/{name}", said, as_of))
    return found


def _sign(number: int, words: list[str], dated: list[str], named: dict[str, str]) -> Sign:
    held = span(dated[0]) if dated else Span()
    return Sign(
        concept=words[0],
        kind=next((kind for kind in _SIGNS if kind in words), "condition"),
        active="inactive" not in words,
        on=held.start,
        recorded=days(named["recorded"]) if "recorded" in named else None,
        ended=held.end,
        ref=f"Condition/c{number}",
    )


def _screening(number: int, words: list[str], dated: list[str], _: dict[str, str]) -> Screening:
    return Screening(
        question=words[0],
        concepts=tuple(word for word in words[1:] if word not in ("nothing", "declined")),
        answered="declined" not in words,
        on=days(dated[0]) if dated else None,
        ref=f"Observation/s{number}",
    )


def _enrolment(number: int, words: list[str], dated: list[str], named: dict[str, str]) -> Enrolment:
    return Enrolment(
        program=words[0],
        span=span(dated[0] if dated else None),
        ended="ended" in words,
        state=named.get("in"),
        ref=f"EpisodeOfCare/e{number}",
    )


def _coverage(number: int, words: list[str], dated: list[str], named: dict[str, str]) -> Any:
    name, kind = PAYORS[words[0]]
    return CoverageSpan(
        payors=(name,),
        type=None if "untyped" in words else "commercial" if "commercial" in words else kind,
        active="cancelled" not in words,
        span=span(dated[0]) if dated else None,
        aid_codes=tuple(named["aid"].split("+")) if "aid" in named else (),
        ref=f"Coverage/k{number}",
    )
