"""Whether one resource meets a clause, told from its index rows without a database.

Says in Python what `adapter.store.search_conditions` says in SQL; a test holds the two together.
Chains and `_has` are about other resources, so they are not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from adapter.search.query import Clause, Parameter, Value
from adapter.store.records import IndexRows


class Entry(Struct, frozen=True, kw_only=True):
    """A resource as searches see it."""

    id: str
    updated_at: int
    rows: IndexRows


def meets(clause: Clause, entry: Entry) -> bool:
    """Whether the resource meets a clause without chain or `_has`."""
    if clause.chain or clause.has:
        raise ValueError("a chain needs the resources around")
    if clause.modifier == "missing":
        return _has_any(clause.parameter, entry) is (clause.values[0].text == "false")
    found = any(
        _any_row(parameter, clause.modifier, value, entry)
        for parameter in (clause.parameter, *clause.alternatives)
        for value in clause.values
    )
    return found is (clause.modifier != "not")


def _any_row(parameter: Parameter, modifier: str, value: Value, entry: Entry) -> bool:
    if parameter.name == "_id":
        return entry.id == value.text and value.system is None
    if parameter.name == "_lastUpdated":
        return compares(value, entry.updated_at, entry.updated_at)
    if modifier in ("text", "exact", "contains") or parameter.kind == "string":
        return any(
            is_text(modifier, value.text, norm, exact)
            for param, norm, exact in entry.rows.strings
            if param == parameter.param
        )
    return _READERS[parameter.kind](parameter, modifier, value, entry.rows)


def is_text(modifier: str, wanted: str, norm: str, exact: str) -> bool:
    """A text: from its beginning, anywhere, or exactly; one without letters and digits is none."""
    if modifier == "exact":
        return exact == wanted
    if not wanted:
        return False
    return wanted in norm if modifier == "contains" else norm.startswith(wanted)


def compares(value: Value, low: float, high: float) -> bool:
    """A range of the resource beside the range that is asked for (FHIR R4 search, prefixes)."""
    within = value.low <= low and high <= value.high
    return {
        "eq": within,
        "ne": not within,
        "gt": high > value.high,
        "lt": low < value.low,
        "ge": high > value.high or within,
        "le": low < value.low or within,
        "sa": low > value.high,
        "eb": high < value.low,
        "ap": low <= value.high and high >= value.low,
    }[value.prefix]


def _token(parameter: Parameter, modifier: str, value: Value, rows: IndexRows) -> bool:
    param = f"{parameter.param}:of-type" if modifier == "of-type" else parameter.param
    return any(
        of == param
        and value.system in (None, system)
        and (code == value.text if value.text else code != "")
        for of, system, code in rows.tokens
    )


def _reference(parameter: Parameter, modifier: str, value: Value, rows: IndexRows) -> bool:
    for param, type, id, url, identifier in rows.references:
        if param != parameter.param:
            continue
        if modifier == "identifier":
            found = is_identifier(value, identifier)
        elif value.url:
            found = url == value.url
        else:
            found = id == value.target_id and _is_type(parameter, value, type)
        if found:
            return True
    return False


def _is_type(parameter: Parameter, value: Value, type: str) -> bool:
    if parameter.targets and type not in parameter.targets:
        return False
    return value.target_type in ("", type)


def is_identifier(value: Value, identifier: str) -> bool:
    """A logical reference: by system and value, by system alone, or by value alone."""
    if value.system is None:
        return identifier.endswith(value.text)
    return identifier == value.text if value.text else identifier.startswith(value.system)


def _range(parameter: Parameter, _: str, value: Value, rows: IndexRows) -> bool:
    return any(
        compares(value, low, high) for param, low, high in rows.dates if param == parameter.param
    )


def _quantity(parameter: Parameter, _: str, value: Value, rows: IndexRows) -> bool:
    return any(
        compares(value, low, high)
        for param, low, high, system, code in rows.numbers
        if param == parameter.param and value.system in (None, system) and value.text in ("", code)
    )


_READERS: dict[str, Callable[[Parameter, str, Value, IndexRows], bool]] = {
    "token": _token,
    "uri": _token,
    "reference": _reference,
    "date": _range,
    "number": _quantity,
    "quantity": _quantity,
}


def _has_any(parameter: Parameter, entry: Entry) -> bool:
    rows = entry.rows
    if parameter.kind == "reference":
        return any(
            not parameter.stored or not parameter.targets or type in ("", *parameter.targets)
            for param, type, *_ in rows.references
            if param == parameter.param
        )
    return parameter.param in _params(parameter, rows)


def _params(parameter: Parameter, rows: IndexRows) -> Iterator[str]:
    found: Iterable[tuple[object, ...]] = {
        "token": rows.tokens,
        "uri": rows.tokens,
        "date": rows.dates,
        "string": rows.strings,
    }.get(parameter.kind, rows.numbers)
    return (str(row[0]) for row in found)
