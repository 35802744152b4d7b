"""How the rows of one parameter are taken from the element it looks at.

An element may be of several FHIR data types; its JSON tells which. Nothing here raises: what has
another shape than FHIR gives it makes no row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapter.search.amounts import MOST, amount
from adapter.search.instants import FIRST, LAST, span
from adapter.search.query import Parameter
from adapter.search.references import target
from adapter.search.texts import kept, normalized


class Rows:
    """The rows of one resource, while they are collected; one may be there twice."""

    __slots__ = ("bases", "dates", "numbers", "references", "strings", "tokens")

    def __init__(self, bases: tuple[str, ...]) -> None:
        self.bases = bases
        self.tokens: list[tuple[str, str, str]] = []
        self.references: list[tuple[str, str, str, str, str]] = []
        self.dates: list[tuple[str, int, int]] = []
        self.strings: list[tuple[str, str, str]] = []
        self.numbers: list[tuple[str, float, float, str, str]] = []


#: Adds the rows of an element, a list of which is taken member by member.
Take = Callable[[Any, Rows], None]


def each(take: Take) -> Take:
    """Take members of lists one by one."""

    def members(value: Any, rows: Rows) -> None:
        if value.__class__ is list:
            for one in value:
                members(one, rows)
        else:
            take(value, rows)

    return members


def reference(parameter: Parameter) -> Take:
    """Reference and canonical; the latter is found with its version and without."""
    param = parameter.param

    def take(value: Any, rows: Rows) -> None:
        if value.__class__ is dict:
            text, identifier, type = (
                value.get("reference"), value.get("identifier"), value.get("type"),
            )  # fmt: skip
            of, id, url = target(text, rows.bases) if text.__class__ is str else ("", "", "")
            if not of and type.__class__ is str:
                of = kept(type)
            named = ""
            if identifier.__class__ is dict and identifier.get("value").__class__ is str:
                named = identified(identifier.get("system"), identifier["value"])
            rows.references.append((param, of, id, url, named))
        elif value.__class__ is str and value:
            canonical, bar, _ = value.partition("|")
            rows.references.append((param, "", "", kept(value), ""))
            if bar:
                rows.references.append((param, "", "", kept(canonical), ""))

    return each(take)


def identified(system: object, value: str) -> str:
    """An identifier in one text: `system|value`."""
    return kept(f"{system if isinstance(system, str) else ''}|{value}")


def uri(parameter: Parameter) -> Take:
    """uri, url and canonical; the latter is found with its version and without."""
    param = parameter.param

    def take(value: Any, rows: Rows) -> None:
        if value.__class__ is str and value:
            rows.tokens.append((param, "", kept(value)))
            canonical, bar, _ = value.partition("|")
            if bar:
                rows.tokens.append((param, "", kept(canonical)))

    return each(take)


def date(parameter: Parameter) -> Take:
    """date, dateTime, instant, Period, and Timing from its first to its last day."""
    param = parameter.param

    def take(value: Any, rows: Rows) -> None:
        found = _covered(value)
        if found is not None:
            rows.dates.append((param, *found))

    return each(take)


def _covered(value: Any) -> tuple[int, int] | None:
    if value.__class__ is str:
        return span(value)
    if value.__class__ is not dict:
        return None
    if "event" in value or "repeat" in value:
        events = value.get("event")
        repeat = value.get("repeat")
        bounds = repeat.get("boundsPeriod") if repeat.__class__ is dict else None
        spans = (
            [_covered(one) for one in events if isinstance(one, str)]
            if isinstance(events, list)
            else []
        )
        found = [one for one in (*spans, _covered(bounds)) if one is not None]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None
    start, end = value.get("start"), value.get("end")
    first = span(start) if start.__class__ is str else None
    last = span(end) if end.__class__ is str else None
    if first is None and last is None:
        return None
    low, high = first[0] if first else FIRST, last[1] if last else LAST
    return (low, high) if low <= high else None


#: Members of HumanName and Address that a search without a part looks in.
_PARTS = (
    "text", "family", "given", "prefix", "suffix",
    "line", "city", "district", "state", "postalCode", "country",
)  # fmt: skip


def string(parameter: Parameter) -> Take:
    """String, markdown, HumanName, Address and the text of a CodeableConcept."""
    param = parameter.param

    def take(value: Any, rows: Rows) -> None:
        if value.__class__ is str:
            rows.strings.append((param, normalized(value), kept(value)))
        elif value.__class__ is dict:
            for part in _PARTS:
                if part in value:
                    inner(value[part], rows)

    def plain(value: Any, rows: Rows) -> None:
        if value.__class__ is str:
            rows.strings.append((param, normalized(value), kept(value)))

    inner = each(plain)
    return each(take)


def quantity(parameter: Parameter) -> Take:
    """Quantity, Age, Duration, Range and plain numbers; a unit that is no code is found as one."""
    param = parameter.param

    def take(value: Any, rows: Rows) -> None:
        if value.__class__ is not dict:
            number = amount(value)
            if number is not None:
                rows.numbers.append((param, number, number, "", ""))
            return
        if "value" in value:
            number = amount(value["value"])
            if number is not None:
                comparator = value.get("comparator")
                low = -MOST if comparator in ("<", "<=") else number
                high = MOST if comparator in (">", ">=") else number
                measured(value, low, high, rows)
        elif "low" in value or "high" in value:
            ends = [value.get("low"), value.get("high")]
            first, last = (
                amount(end.get("value")) if isinstance(end, dict) else None for end in ends
            )
            unit = ends[0] if isinstance(ends[0], dict) else ends[1]
            low = -MOST if first is None else first
            high = MOST if last is None else last
            if isinstance(unit, dict) and low <= high and (first, last) != (None, None):
                measured(unit, low, high, rows)

    def measured(of: dict[str, Any], low: float, high: float, rows: Rows) -> None:
        system, code, unit = of.get("system"), of.get("code"), of.get("unit")
        code = kept(code) if isinstance(code, str) else ""
        rows.numbers.append((
            param, low, high, kept(system) if isinstance(system, str) else "", code,
        ))  # fmt: skip
        if isinstance(unit, str) and unit and unit != code:
            rows.numbers.append((param, low, high, "", kept(unit)))

    return each(take)
