"""The places in a resource that a path of FHIRPath leads to, so that they can be changed.

Functions: `where(…)`, `extension('url')`, `ofType(…)`, `as(…)`, `first()`, `last()`, `single()`,
`exists()`, `empty()`, `not()`. `value` stands for `value[x]`. A path that asks for more is refused
with what is not known, never followed in part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adapter.fhir_api.fhirpath import (
    Expression,
    Function,
    Index,
    Literal,
    Name,
    Operation,
    Path,
    Unreadable,
    read_expression,
)
from profiles.validate.definitions import Element, elements_of


class Place:
    """One element: where it stands and what it is."""

    __slots__ = ("above", "holder", "index", "key", "name", "type")

    def __init__(
        self, holder: Any, key: str, index: int | None, type: str, above: Place | None, name: str
    ) -> None:
        #: The object it stands in; of the resource itself: that.
        self.holder = holder
        #: Empty: it is the resource itself.
        self.key = key
        #: In a list; None: it does not repeat.
        self.index = index
        #: Of the element; empty: a primitive.
        self.type = type
        self.above = above
        #: As a path names it: `value` for `valueCode`.
        self.name = name

    @property
    def value(self) -> Any:
        """The element; None: it has extensions only."""
        if not self.key:
            return self.holder
        held = self.holder.get(self.key)
        if self.index is None:
            return held
        return held[self.index] if isinstance(held, list) and self.index < len(held) else None

    def remove(self) -> None:
        """Take it away, and what is empty thereby."""
        for key in (self.key, f"_{self.key}"):
            held = self.holder.get(key)
            if self.index is not None and isinstance(held, list):
                if self.index < len(held):
                    del held[self.index]
                if all(one is None for one in held):
                    del self.holder[key]
            elif held is not None:
                del self.holder[key]
        if not self.holder and self.above is not None and self.above.key:
            self.above.remove()


def places(resource: dict[str, Any], path: str) -> list[Place]:
    """Where a path leads, in order; empty: to nothing.

    Args:
        resource: that is to be changed.
        path: begins with the type of the resource.

    Raises:
        Unreadable: the path is none, or more than is understood here, or leads to no place.
    """
    expression = read_expression(path)
    root = Place(resource, "", None, str(resource.get("resourceType", "")), None, "")
    found = _evaluate(expression, [root])
    if not all(isinstance(one, Place) for one in found):
        raise Unreadable("leads to a value that stands nowhere in the resource")
    return [one for one in found if isinstance(one, Place)]


def keys_of(type: str, name: str) -> list[str]:
    """The keys of an element: `value` has `valueCode`, `valueString` …; others their name."""
    elements = elements_of(type)
    if name in elements:
        return [name]
    return [key for key in elements if re.fullmatch(re.escape(name) + r"[A-Z]\w*", key)]


def _evaluate(expression: Expression, focus: Sequence[Any]) -> list[Any]:
    if isinstance(expression, Literal):
        return [expression.value]
    if isinstance(expression, Path):
        found = list(focus)
        for place, step in enumerate(expression.steps):
            found = _step(step, found, is_first=place == 0)
        return found
    left = _evaluate(expression.left, focus)
    right = _evaluate(expression.right, focus)
    return _operated(expression, left, right)


def _operated(operation: Operation, left: list[Any], right: list[Any]) -> list[Any]:
    if operation.operator == "and":
        return [_is_true(left) and _is_true(right)]
    if operation.operator == "or":
        return [_is_true(left) or _is_true(right)]
    if not left or not right:
        return []
    equal = [_value(one) for one in left] == [_value(one) for one in right]
    return [equal == (operation.operator == "=")]


def _step(
    step: Name | Index | Function | Expression, focus: list[Any], *, is_first: bool
) -> list[Any]:
    if isinstance(step, Name):
        if is_first and (step.name == "$this" or _is_root(focus, step.name)):
            return focus
        return [child for one in focus if isinstance(one, Place) for child in _child(one, step)]
    if isinstance(step, Index):
        return focus[step.number : step.number + 1]
    if isinstance(step, Function):
        return _call(step, focus)
    return _evaluate(step, focus)


def _is_root(focus: list[Any], name: str) -> bool:
    return len(focus) == 1 and isinstance(focus[0], Place) and focus[0].type == name


def _call(step: Function, focus: list[Any]) -> list[Any]:
    name, argument = step.name, step.argument
    if argument is None and name in _PLAIN:
        return _PLAIN[name](focus)
    if name == "where" and argument is not None:
        return [one for one in focus if _is_true(_evaluate(argument, [one]))]
    if name == "extension" and isinstance(argument, Literal):
        found = _step(Name("extension"), focus, is_first=False)
        return [one for one in found if one.value.get("url") == argument.value]
    if name in ("ofType", "as") and isinstance(argument, Path):
        last = argument.steps[-1]
        if isinstance(last, Name):
            return [one for one in focus if _is_of(one, last.name)]
    raise Unreadable("uses a function, or an argument of one, that is not understood here")


def _only(focus: list[Any]) -> list[Any]:
    if len(focus) > 1:
        raise Unreadable("has single() where there are several")
    return focus


#: Functions without an argument.
_PLAIN: dict[str, Callable[[list[Any]], list[Any]]] = {
    "first": lambda focus: focus[:1],
    "last": lambda focus: focus[-1:],
    "single": _only,
    "exists": lambda focus: [bool(focus)],
    "empty": lambda focus: [not focus],
    "not": lambda focus: [not _value(focus[0])] if focus else [],
}


def _child(place: Place, step: Name) -> Iterator[Place]:
    value = place.value
    if not isinstance(value, dict):
        if step.name == "extension" and place.index is None and place.key:
            # Extensions of a primitive stand beside it.
            beside = place.holder.get(f"_{place.key}")
            if isinstance(beside, dict):
                above = Place(place.holder, f"_{place.key}", None, "Extension", place.above, "")
                element = elements_of("Extension")["extension"]
                yield from _placed(beside, element, above, "extension")
        return
    keys = keys_of(place.type, step.name)
    if not keys:
        raise Unreadable("has a name that FHIR R4 does not know in its place")
    elements = elements_of(place.type)
    for key in keys:
        yield from _placed(value, elements[key], place, step.name)


def _placed(holder: dict[str, Any], element: Element, above: Place, name: str) -> Iterator[Place]:
    key, type = element.name, element.type
    held, extras = holder.get(key), holder.get(f"_{key}")
    if not element.repeats:
        if held is not None or extras is not None:
            yield Place(holder, key, None, _type(held, type), above, name)
        return
    values = held if isinstance(held, list) else []
    count = max(len(values), len(extras) if isinstance(extras, list) else 0)
    for index in range(count):
        one = values[index] if index < len(values) else None
        yield Place(holder, key, index, _type(one, type), above, name)


def _type(value: Any, type: str) -> str:
    """The type; of a resource in another, what it says."""
    if not type and isinstance(value, dict):
        return str(value.get("resourceType", ""))
    return type


def _is_of(one: Any, type: str) -> bool:
    if not isinstance(one, Place):
        return False
    choice = one.name + type[:1].upper() + type[1:]
    return one.type == type or one.key == choice


def _value(one: Any) -> Any:
    return one.value if isinstance(one, Place) else one


def _is_true(found: list[Any]) -> bool:
    return len(found) == 1 and _value(found[0]) is True
