"""An expression of FHIRPath as a function of JSON.

A collection is a list of JSON values. As JSON does not say of what type a value is, a type is told
by the name of a choice (`value` is `valueReference`) or by `resourceType`. Malformed JSON makes an
empty collection, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from profiles.fhirpath.functions import FUNCTIONS, WITH_CRITERIA
from profiles.fhirpath.operators import OPERATORS, is_true
from profiles.fhirpath.parsing import (
    Call,
    Indexed,
    Literal,
    Member,
    Node,
    Operation,
    This,
    Typed,
    UnknownExpression,
    Variable,
    parse,
)
from profiles.fhirpath.types import CHOICES, is_of

Values = list[Any]
#: Of the focus and of the resource.
Run = Callable[[Values, Any], Values]

_CONSTANTS = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}


class Expression:
    """An expression, ready to be asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._run = _compiled(parse(text))

    def values(self, element: Any, resource: Any = None) -> list[Any]:
        """What it gives for an element.

        Args:
            element: the focus, as JSON.
            resource: what `%resource` stands for; None: the element itself.
        """
        return self._run([element], element if resource is None else resource)

    def holds(self, element: Any, resource: Any = None) -> bool:
        """Whether it is true for an element. Empty is not true, as FHIR's validator has it."""
        return is_true(self.values(element, resource))


@cache
def expression(text: str) -> Expression:
    """Read an expression, once for each text; they come from our own files.

    Raises:
        UnknownExpression: it is none, or says what is not known here.
    """
    return Expression(text)


def _compiled(node: Node) -> Run:
    match node:
        case Literal(value):
            constant = [] if value is None else [value]
            return lambda _focus, _resource: constant
        case This():
            return lambda focus, _resource: focus
        case Variable(name):
            return _variable(name)
        case Member(of, name):
            return _member(of, name)
        case Call():
            return _call(node)
        case Indexed(of, index):
            return _indexed(_compiled(of), _compiled(index))
        case Typed(of, operator, type_):
            return _typed(of, operator, type_)
        case Operation(operator, left, right):
            return _operation(operator, _compiled(left), _compiled(right))


def _variable(name: str) -> Run:
    if name in ("resource", "rootResource", "context"):
        return lambda _focus, resource: [resource]
    if name not in _CONSTANTS:
        raise UnknownExpression(f"%{name} is no variable known here")
    constant = [_CONSTANTS[name]]
    return lambda _focus, _resource: constant


def _member(of: Node | None, name: str) -> Run:
    if name[0].isupper():  # the type of the resource, at the head of a path

        def typed(focus: Values, _resource: Any) -> Values:
            return [one for one in focus if is_of(one, name)]

        return typed
    given = None if of is None else _compiled(of)

    def member(focus: Values, resource: Any) -> Values:
        found: Values = []
        for one in focus if given is None else given(focus, resource):
            if isinstance(one, dict):
                value = one.get(name)
                if value is None:
                    value = _of_choice(one, name)
                if isinstance(value, list):
                    found.extend(each for each in value if each is not None)
                elif value is not None:
                    found.append(value)
        return found

    return member


def _of_choice(element: dict[str, Any], name: str) -> Any:
    """`value` of `valueReference`; else what stands beside a primitive that has no value."""
    length = len(name)
    for key, value in element.items():
        if key.startswith(name) and key[length:] in CHOICES:
            return value
    return element.get(f"_{name}")


def _call(call: Call) -> Run:
    if call.name in ("is", "as", "ofType") and len(call.arguments) == 1:
        (argument,) = call.arguments
        if not isinstance(argument, Member):
            raise UnknownExpression(f"{call.name}() takes the name of a type")
        operator = "is" if call.name == "is" else "as"
        return _typed(call.of or This(), operator, argument.name)
    given: Run = (lambda focus, _resource: focus) if call.of is None else _compiled(call.of)
    arguments = tuple(_compiled(one) for one in call.arguments)
    if call.name in WITH_CRITERIA and arguments:
        made = WITH_CRITERIA[call.name]

        def with_criteria(focus: Values, resource: Any) -> Values:
            return made(given(focus, resource), *(_bound(one, resource) for one in arguments))

        return with_criteria
    if call.name not in FUNCTIONS:
        raise UnknownExpression(f"{call.name}() is no function known here")
    function = FUNCTIONS[call.name]

    def plain(focus: Values, resource: Any) -> Values:
        return function(
            given(focus, resource), *(argument(focus, resource) for argument in arguments)
        )

    return plain


def _bound(run: Run, resource: Any) -> Callable[[Any], Values]:
    return lambda one: run([one], resource)


def _indexed(of: Run, index: Run) -> Run:
    def indexed(focus: Values, resource: Any) -> Values:
        found, place = of(focus, resource), index(focus, resource)
        if len(place) == 1 and isinstance(place[0], int) and 0 <= place[0] < len(found):
            return [found[place[0]]]
        return []

    return indexed


def _typed(of: Node, operator: str, type_: str) -> Run:
    if isinstance(of, Member) and not of.name[0].isupper():
        named = _chosen(of, type_)
    else:
        given = _compiled(of)

        def named(focus: Values, resource: Any) -> Values:
            return [one for one in given(focus, resource) if is_of(one, type_)]

    if operator == "as":
        return named
    whole = _compiled(of)

    def is_typed(focus: Values, resource: Any) -> Values:
        return [bool(named(focus, resource))] if whole(focus, resource) else []

    return is_typed


def _chosen(of: Member, type_: str) -> Run:
    """The values of a choice that have the type: `value as Reference` is `valueReference`."""
    chosen = _compiled(Member(of.of, f"{of.name}{type_[0].upper()}{type_[1:]}"))
    plain = _compiled(of)

    def values(focus: Values, resource: Any) -> Values:
        found = chosen(focus, resource)
        return found or [one for one in plain(focus, resource) if is_of(one, type_)]

    return values


def _operation(operator: str, left: Run, right: Run) -> Run:
    function = OPERATORS[operator]

    def operation(focus: Values, resource: Any) -> Values:
        return function(left(focus, resource), lambda: right(focus, resource))

    return operation
