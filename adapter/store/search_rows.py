"""Which rows of the index tables a value of a search finds, in SQL.

Says in SQL what `adapter.search.matching` says in Python; a test holds the two together. Every
value of a caller is bound by name, so none of it is read as SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from adapter.search.query import Clause, Parameter, Value
from adapter.search.texts import normalized

#: A condition that no row meets.
NEVER = "1 = 0"
#: A text of this length may be the beginning of a longer one and its digest.
_MAYBE_SHORTENED = 200


class Binding:
    """The values of one statement, each bound once."""

    def __init__(self, *, is_file: bool) -> None:
        """`is_file`: whether the statement is for SQLite."""
        self.is_file = is_file
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}

    def __call__(self, value: float | str) -> str:
        """The name that stands for the value in the statement."""
        place = (type(value), value)
        name = self._names.get(place)
        if name is None:
            name = self._names[place] = f"v{len(self._names)}"
            self.values[name] = value
        return f":{name}"

    def any_of(self, column: str, values: Iterable[str]) -> str:
        """That a column has one of these values."""
        names = [self(value) for value in dict.fromkeys(values)]
        if not names:
            return NEVER
        return f"{column} = {names[0]}" if len(names) == 1 else f"{column} IN ({', '.join(names)})"

    def listed(self, keys: Sequence[int]) -> str:
        """A table `k` whose `value` is each of the keys; their number changes no statement.

        What is joined to it by CROSS JOIN is looked up key by key.
        """
        name = f"k{len(self.values)}"
        if self.is_file:
            self.values[name] = f"[{','.join(map(str, keys))}]"
            return f"json_each(:{name}) AS k"
        self.values[name] = list(keys)
        return f"unnest(CAST(:{name} AS bigint[])) AS k(value)"


def table_of(parameter: Parameter, modifier: str) -> str:
    """The index table that has the rows of a clause."""
    if modifier == "text":
        return "string_index"
    return {
        "token": "token_index",
        "uri": "token_index",
        "string": "string_index",
        "date": "date_index",
        "reference": "reference_index",
    }.get(parameter.kind, "number_index")


def param_of(parameter: Parameter, modifier: str) -> str:
    """What those rows say as their parameter."""
    return f"{parameter.param}:of-type" if modifier == "of-type" else parameter.param


def found_rows(bind: Binding, clause: Clause, parameter: Parameter) -> str:
    """The condition on a row `i` of that table, for a clause without chain.

    For `:missing` it is whether a row counts as a value, for `:not` what must not be there.
    """
    if clause.modifier == "missing":
        if parameter.stored and parameter.targets:
            return bind.any_of("i.target_type", ("", *parameter.targets))
        return "1 = 1"
    if clause.modifier in ("text", "exact", "contains") or parameter.kind == "string":
        return either(_text(bind, clause.modifier, value.text) for value in clause.values)
    reader = _READERS[parameter.kind]
    return reader(bind, clause, parameter)


def either(conditions: Iterable[str]) -> str:
    """One of the conditions; none of them: never."""
    found = list(dict.fromkeys(one for one in conditions if one != NEVER))
    if len(found) < 2:
        return found[0] if found else NEVER
    return f"({_balanced(found)})"


def _balanced(conditions: list[str]) -> str:
    # SQLite takes an expression no more than 1,000 deep.
    if len(conditions) < 3:
        return " OR ".join(f"({one})" for one in conditions)
    half = len(conditions) // 2
    return f"({_balanced(conditions[:half])}) OR ({_balanced(conditions[half:])})"


def _text(bind: Binding, modifier: str, text: str) -> str:
    if modifier == "exact":
        exact = f"i.exact = {bind(text)}"
        if len(text) < _MAYBE_SHORTENED:
            return f"i.norm = {bind(normalized(text))} AND {exact}"
        return exact
    if not text:
        return NEVER
    if modifier == "contains":
        place = "instr" if bind.is_file else "strpos"
        return f"{place}(i.norm, {bind(text)}) > 0"
    return begins(bind, "i.norm", text)


def begins(bind: Binding, column: str, text: str) -> str:
    """That a text begins so, as a range of an index."""
    end = _after(text)
    first = f"{column} >= {bind(text)}"
    return f"{first} AND {column} < {bind(end)}" if end else first


def _after(text: str) -> str:
    """The first text in the order of code points that does not begin so; empty: there is none."""
    while text:
        last = ord(text[-1])
        if last < 0x10FFFF:
            # No half of a surrogate pair.
            return text[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        text = text[:-1]
    return ""


def _tokens(bind: Binding, clause: Clause, _: Parameter) -> str:
    by_system: dict[str | None, list[str]] = {}
    for value in clause.values:
        by_system.setdefault(value.system, []).append(value.text)
    conditions = []
    for system, codes in by_system.items():
        of = "" if system is None else f" AND i.system = {bind(system)}"
        if "" in codes:
            conditions.append(f"i.code <> ''{of}")
        conditions.append(
            f"{bind.any_of('i.code', filter(None, codes))}{of}" if any(codes) else NEVER
        )
    return either(conditions)


def _references(bind: Binding, clause: Clause, parameter: Parameter) -> str:
    if clause.modifier == "identifier":
        return either(_identifier(bind, value) for value in clause.values)
    urls = [value.url for value in clause.values if value.url]
    conditions = [f"{bind.any_of('i.url', urls)} AND i.url <> ''"] if urls else []
    by_type: dict[str, list[str]] = {}
    for value in clause.values:
        if not value.url:
            by_type.setdefault(value.target_type, []).append(value.target_id)
    for type, ids in by_type.items():
        types = (type,) if type else parameter.targets
        if type and parameter.targets and type not in parameter.targets:
            continue
        of = f" AND {bind.any_of('i.target_type', types)}" if types else ""
        conditions.append(f"{bind.any_of('i.target_id', ids)}{of}")
    return either(conditions)


def _identifier(bind: Binding, value: Value) -> str:
    some = "i.identifier <> ''"
    if value.system is None:
        long = len(value.text)
        return (
            f"{some} AND length(i.identifier) >= {long}"
            f" AND substr(i.identifier, length(i.identifier) - {long - 1}) = {bind(value.text)}"
        )
    if value.text:
        return f"{some} AND i.identifier = {bind(value.text)}"
    return f"{some} AND {begins(bind, 'i.identifier', value.system)}"


def _dates(bind: Binding, clause: Clause, _: Parameter) -> str:
    return either(
        ranged(bind, value, int(value.low), int(value.high), "i.low", "i.high")
        for value in clause.values
    )


def _numbers(bind: Binding, clause: Clause, _: Parameter) -> str:
    conditions = []
    for value in clause.values:
        of = ranged(bind, value, float(value.low), float(value.high), "i.low", "i.high")
        if value.system is not None:
            of = f"({of}) AND i.system = {bind(value.system)}"
        conditions.append(f"({of}) AND i.code = {bind(value.text)}" if value.text else of)
    return either(conditions)


def ranged(bind: Binding, value: Value, low: float, high: float, first: str, last: str) -> str:
    """A range of the resource beside the one asked for (`matching.compares`).

    Args:
        bind: takes the values.
        value: gives the prefix.
        low: where the range asked for begins.
        high: where it ends.
        first: the column where the resource's range begins.
        last: the column where it ends.
    """
    low_name, high_name = bind(low), bind(high)
    # The middle part says nothing new, but lets an index on `first` be a range.
    within = f"{first} >= {low_name} AND {first} <= {high_name} AND {last} <= {high_name}"
    return {
        "eq": within,
        "ne": f"NOT ({first} >= {low_name} AND {last} <= {high_name})",
        "gt": f"{last} > {high_name}",
        "lt": f"{first} < {low_name}",
        "ge": f"({last} > {high_name} OR ({within}))",
        "le": f"({first} < {low_name} OR ({within}))",
        "sa": f"{first} > {high_name}",
        "eb": f"{first} < {low_name} AND {last} < {low_name}",
        "ap": f"{first} <= {high_name} AND {last} >= {low_name}",
    }[value.prefix]


_READERS: dict[str, Callable[[Binding, Clause, Parameter], str]] = {
    "token": _tokens,
    "uri": _tokens,
    "reference": _references,
    "date": _dates,
    "number": _numbers,
    "quantity": _numbers,
}
