"""The functions of FHIRPath that are known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from profiles.fhirpath.operators import FALSE, TRUE, is_true, same

Values = list[Any]
Criteria = Callable[[Any], Values]


def _text(values: Values) -> str | None:
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None


def _of_text(test: Callable[[str, str], bool]) -> Callable[..., Values]:
    def function(values: Values, argument: Values) -> Values:
        text, other = _text(values), _text(argument)
        return [] if text is None or other is None else [test(text, other)]

    return function


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _distinct(values: Values) -> Values:
    found: Values = []
    for one in values:
        if not any(same(one, each) for each in found):
            found.append(one)
    return found


def _descendants(values: Values) -> Values:
    return [one for value in values for one in _below(value)]


def _below(value: Any) -> Iterator[Any]:
    children = value.values() if isinstance(value, dict) else ()
    for child in children:
        for one in child if isinstance(child, list) else [child]:
            if one is not None:
                yield one
                yield from _below(one)


def _not(values: Values) -> Values:
    return [not is_true(values)] if values else []


def _has_value(values: Values) -> Values:
    return [len(values) == 1 and not isinstance(values[0], dict | list)]


def _number(values: Values) -> Values:
    text = values[0] if len(values) == 1 else None
    if isinstance(text, int):
        return [int(text)]
    return [int(text)] if isinstance(text, str) and re.fullmatch(r"[+-]?\d{1,18}", text) else []


def _extension(values: Values, url: Values) -> Values:
    named = _text(url)
    return [
        one
        for value in values
        if isinstance(value, dict)
        for one in value.get("extension", ())
        if isinstance(one, dict) and one.get("url") == named
    ]


FUNCTIONS: Mapping[str, Callable[..., Values]] = MappingProxyType(
    {
        "exists": lambda values: [bool(values)],
        "empty": lambda values: [not values],
        "not": _not,
        "count": lambda values: [len(values)],
        "first": lambda values: values[:1],
        "last": lambda values: values[-1:],
        "distinct": _distinct,
        "isDistinct": lambda values: [len(_distinct(values)) == len(values)],
        "allTrue": lambda values: [all(one is True for one in values)],
        "hasValue": _has_value,
        "descendants": _descendants,
        "extension": _extension,
        "toInteger": _number,
        "length": lambda values: [len(values[0])] if _text(values) is not None else [],
        "startsWith": _of_text(str.startswith),
        "endsWith": _of_text(str.endswith),
        "contains": _of_text(lambda text, other: other in text),
        "matches": _of_text(lambda text, other: _pattern(other).search(text) is not None),
    }
)


def _where(values: Values, criteria: Criteria) -> Values:
    return [one for one in values if is_true(criteria(one))]


def _exists(values: Values, criteria: Criteria) -> Values:
    return TRUE if any(is_true(criteria(one)) for one in values) else FALSE


def _all(values: Values, criteria: Criteria) -> Values:
    return TRUE if all(is_true(criteria(one)) for one in values) else FALSE


def _select(values: Values, criteria: Criteria) -> Values:
    return [each for one in values for each in criteria(one)]


#: Functions whose argument is asked of every value.
WITH_CRITERIA: Mapping[str, Callable[..., Values]] = MappingProxyType(
    {"where": _where, "exists": _exists, "all": _all, "select": _select}
)
