"""Reads what policy files share: sources, days in force, dated parameters, interpretations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise

from eligibility.load.reader import Item
from eligibility.load.reading import Reading, is_number
from eligibility.load.vocabulary import COUNTIES
from eligibility.logic import NOT_MET, UNKNOWN
from eligibility.model import (
    InForce,
    Interpretation,
    Parameter,
    PhaseIn,
    Source,
    Value,
)

#: The keys by which a passage is cited.
CITED = ("source", "section", "provisional")

#: First and last day (None: open) on which a rule applies; None: not known, for a faulty file.
Days = tuple[date, date | None] | None

#: Reads a list of interpretation ids.
UseInterpretations = Callable[[Item | None], tuple[str, ...]]

_COUNTED = frozenset(("visits", "stays", "months", "days", "years", "points"))


def cited(reading: Reading, item: Item | None, fields: dict[str, Item], what: str) -> Source:
    """Where a passage stands: its `source`, or its `section` of the file's own document."""
    marked = reading.flag(fields.get("provisional"), "provisional")
    whole = fields.get("source")
    section = fields.get("section")
    if whole is not None and section is not None:
        reading.fault(
            section,
            f"{what} has both a source and a section; a reader could not tell which one holds",
            "keep `section` where the file's own document says it, else `source`",
        )
    if whole is not None:
        return source(reading, whole, marked=marked)
    if section is None:
        if item is not None:
            reading.fault(
                item,
                f"{what} has no source; nobody could check it against the text",
                "add `section:`, or `source: {document, section}` for another document",
            )
        return Source(document="", section="")
    document = reading.document or ""
    return _source(reading, document, reading.text(section, "section"), marked=marked)


def source(reading: Reading, item: Item | None, *, marked: bool = False) -> Source:
    """A passage of a listed document: `{document, section}`."""
    fields = reading.fields(item, "the source", ("document", "section"), ("provisional",))
    at = fields.get("document")
    document = reading.text(at, "document")
    if at is not None and document and document not in reading.documents:
        reading.fault(
            at,
            f"document {document!r} is not listed in documents.yaml; "
            "a reader could not find the text",
            "list it there, or cite a listed one",
        )
    marked = reading.flag(fields.get("provisional"), "provisional") or marked
    return _source(reading, document, reading.text(fields.get("section"), "section"), marked=marked)


def _source(reading: Reading, document: str, section: str, *, marked: bool) -> Source:
    known = reading.documents.get(document)
    provisional = marked or (known is not None and known.status == "provisional")
    return Source(document=document, section=section, provisional=provisional)


def span(reading: Reading, fields: dict[str, Item], what: str) -> tuple[date, date | None]:
    """The `first` and `last` day of something, both included; last None for `open`."""
    first = reading.day(fields.get("first"), "first")
    last = reading.last_day(fields.get("last"), "last")
    if last is not None and last < first:
        reading.fault(
            fields["last"],
            f"the last day {last} of {what} lies before its first, {first}; it would never hold",
            "correct one of the two",
        )
    return first, last


def in_force(reading: Reading, item: Item | None, use: UseInterpretations) -> InForce | None:
    """The days a text is in force; None where they are absent or faulty.

    `use` reads the list of interpretation ids.
    """
    if item is None:
        return None
    before = len(reading.faults)
    fields = reading.fields(
        item, "in_force", ("first", "last"), (*CITED, "phase_in", "interpretations")
    )
    first, last = span(reading, fields, "in_force")
    where = cited(reading, item, fields, "in_force")
    phase_in = tuple(
        _phase_in(reading, each) for each in reading.items(fields.get("phase_in"), "phase_in")
    )
    chosen = use(fields.get("interpretations"))
    if len(reading.faults) > before:
        return None
    return InForce(first=first, last=last, source=where, phase_in=phase_in, interpretations=chosen)


def within(outer: Days, narrower: InForce | None) -> Days:
    """The days of `outer` on which the narrower dates hold too."""
    if outer is None or narrower is None:
        return None
    lasts = [last for last in (outer[1], narrower.last) if last is not None]
    return max(outer[0], narrower.first), min(lasts, default=None)


def _phase_in(reading: Reading, item: Item) -> PhaseIn:
    fields = reading.fields(item, "phase_in", ("last", "counties", "elsewhere"), CITED)
    for county in reading.items(fields.get("counties"), "counties"):
        name = reading.text(county, "county")
        if name and name not in COUNTIES:
            reading.fault(
                county,
                f"unknown county {name!r}; members who live there would be answered as elsewhere",
                "write the name of a California county without the word County",
            )
    elsewhere = reading.word(fields.get("elsewhere"), "elsewhere", ("not-met", "unknown"))
    return PhaseIn(
        last=reading.day(fields.get("last"), "last"),
        counties=reading.texts(fields.get("counties"), "counties"),
        elsewhere=NOT_MET if elsewhere == "not-met" else UNKNOWN,
        source=cited(reading, item, fields, "phase_in"),
    )


def parameter(reading: Reading, name: str, item: Item) -> Parameter | None:
    """A parameter with all its values by first day; None where it is faulty."""
    before = len(reading.faults)
    what = f"parameter {name!r}"
    fields = reading.fields(item, what, ("unit", "values"))
    unit = reading.text(fields.get("unit"), "unit")
    values = [
        _value(reading, each, unit, what) for each in reading.items(fields.get("values"), "values")
    ]
    if len(reading.faults) > before:
        return None
    if not values:
        reading.fault(item, f"{what} has no values; no rule could use it", "add a dated value")
        return None
    ordered = sorted(values, key=lambda pair: pair[0].first)
    for (one, _), (other, at) in pairwise(ordered):
        if one.last is None or other.first <= one.last:
            reading.fault(
                at,
                f"a value of {what} from {other.first} overlaps the one from {one.first}; "
                "on some days two numbers would hold",
                "end the earlier one the day before the later begins",
            )
    return Parameter(name=name, unit=unit, values=tuple(value for value, _ in ordered))


def _value(reading: Reading, item: Item, unit: str, what: str) -> tuple[Value, Item]:
    fields = reading.fields(item, f"a value of {what}", ("value", "first", "last"), CITED)
    first, last = span(reading, fields, f"a value of {what}")
    value: int | str | tuple[str, ...] = ""
    given = fields.get("value")
    if given is not None:
        if isinstance(given.content, tuple):
            value = reading.texts(given, "value")
        elif is_number(given):
            value = reading.number(given, "value")
        else:
            value = reading.text(given, "value")
        if unit in _COUNTED and not isinstance(value, int):
            reading.wrong_type(
                given, f"a value of {what} in {unit}", "a whole number", "write digits"
            )
    where = cited(reading, item, fields, f"a value of {what}")
    return Value(value=value, first=first, last=last, source=where), item


def uncovered(values: Iterable[Value], first: date, last: date | None) -> date | None:
    """The first day from `first` to `last` that no value covers; None when all are covered."""
    day = first
    for value in values:
        if value.last is not None and value.last < day:
            continue
        if value.first > day:
            return day
        if value.last is None or value.last == date.max:
            return None
        day = value.last + timedelta(days=1)
        if last is not None and day > last:
            return None
    return day


def interpretation(reading: Reading, item: Item) -> Interpretation:
    """A reading of a text, with its effect."""
    fields = reading.fields(
        item,
        "an interpretation",
        ("id", "question", "choice", "effect"),
        ("alternatives", *CITED),
    )
    supported = "source" in fields or "section" in fields
    return Interpretation(
        id=reading.identifier(fields.get("id"), "the interpretation's id"),
        question=reading.text(fields.get("question"), "question"),
        choice=reading.text(fields.get("choice"), "choice"),
        alternatives=reading.texts(fields.get("alternatives"), "alternatives"),
        effect=reading.text(fields.get("effect"), "effect"),
        source=cited(reading, item, fields, "the interpretation") if supported else None,
    )
