"""The operators of FHIRPath, with its logic of three values: true, false and empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

Values = list[Any]
#: The right side is asked for only when it matters.
Later = Callable[[], Values]

TRUE: Values = [True]
FALSE: Values = [False]


def is_true(values: Values) -> bool:
    """Whether a collection counts as true: one value, and not false."""
    return len(values) == 1 and values[0] is not False


def _truth(values: Values) -> bool | None:
    return None if not values else is_true(values)


def _and(left: Values, right: Later) -> Values:
    first = _truth(left)
    if first is False:
        return FALSE
    second = _truth(right())
    if second is False:
        return FALSE
    return TRUE if first and second else []


def _or(left: Values, right: Later) -> Values:
    first = _truth(left)
    if first:
        return TRUE
    second = _truth(right())
    if second:
        return TRUE
    return FALSE if first is False and second is False else []


def _xor(left: Values, right: Later) -> Values:
    first, second = _truth(left), _truth(right())
    return [] if first is None or second is None else [first is not second]


def _implies(left: Values, right: Later) -> Values:
    first = _truth(left)
    if first is False:
        return TRUE
    second = _truth(right())
    if second:
        return TRUE
    return FALSE if first and second is False else []


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal; true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _equal(left: Values, right: Later) -> Values:
    other = right()
    if not left or not other:
        return []
    return [len(left) == len(other) and all(map(same, left, other))]


def _unequal(left: Values, right: Later) -> Values:
    equal = _equal(left, right)
    return [not equal[0]] if equal else []


def _in(left: Values, right: Later) -> Values:
    if not left:
        return []
    return [any(same(left[0], one) for one in right())]


def _contains(left: Values, right: Later) -> Values:
    other = right()
    return [any(same(one, other[0]) for one in left)] if other else []


def _union(left: Values, right: Later) -> Values:
    found: Values = []
    for one in (*left, *right()):
        if not any(same(one, each) for each in found):
            found.append(one)
    return found


def _joined(left: Values, right: Later) -> Values:
    texts = [one for one in (*left[:1], *right()[:1]) if isinstance(one, str)]
    return ["".join(texts)]


def _plus(left: Values, right: Later) -> Values:
    other = right()
    if not left or not other:
        return []
    one, two = left[0], other[0]
    if isinstance(one, str) and isinstance(two, str):
        return [one + two]
    if isinstance(one, int | float) and isinstance(two, int | float):
        return [one + two]
    return []


def _ordered(test: Callable[[int], bool]) -> Callable[[Values, Later], Values]:
    def compare(left: Values, right: Later) -> Values:
        other = right()
        order = _order(left[0], other[0]) if len(left) == len(other) == 1 else None
        return [] if order is None else [test(order)]

    return compare


def _order(one: Any, other: Any) -> int | None:
    """-1, 0 or 1; None: they cannot be told apart, as 2026 and 2026-05 cannot."""
    if isinstance(one, str) and isinstance(other, str):
        if one[:4].isdigit() and other[:4].isdigit() and one != other:
            return _instants(one, other)
        return (one > other) - (one < other)
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return (one > other) - (one < other)
    return None


def _instants(one: str, other: str) -> int | None:
    """Dates and instants, as far as both are told; a day without an hour is in no zone."""
    if "T" in one and "T" in other:
        try:
            first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
            return (first > second) - (first < second)
        except (TypeError, ValueError):
            return None
    length = min(len(one.partition("T")[0]), len(other.partition("T")[0]))
    head, head_of_other = one[:length], other[:length]
    return None if head == head_of_other else (head > head_of_other) - (head < head_of_other)


OPERATORS: Mapping[str, Callable[[Values, Later], Values]] = MappingProxyType(
    {
        "and": _and,
        "or": _or,
        "xor": _xor,
        "implies": _implies,
        "=": _equal,
        "!=": _unequal,
        "in": _in,
        "contains": _contains,
        "|": _union,
        "&": _joined,
        "+": _plus,
        "<": _ordered(lambda order: order < 0),
        ">": _ordered(lambda order: order > 0),
        "<=": _ordered(lambda order: order <= 0),
        ">=": _ordered(lambda order: order >= 0),
    }
)
