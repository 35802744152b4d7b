"""Reads as much of FHIRPath as patches use (http://hl7.org/fhirpath/N1).

Elements by name, indexers, functions with up to one argument, literals, `=`, `!=`, `and`, `or` and
brackets. What an expression leads to is found in `fhirpath_places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

_LONGEST = 1000
_DEEPEST = 12

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<number>\d{1,18}(?:\.\d{1,18})?)"
    r"|(?P<date>@[\dT:.+Z-]{1,40})"
    r"|(?P<name>\$this|[A-Za-z_]\w*|`[^`]+`)"
    r"|(?P<mark>!=|[.()\[\]=]))",
    re.ASCII,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Unreadable(ValueError):
    """A text is no FHIRPath, or more of it than is understood; the message says what is wrong."""


class Literal(Struct, frozen=True):
    """A value."""

    value: str | bool | Decimal


class Name(Struct, frozen=True):
    """The elements of that name; the first of a path may be the type of the resource."""

    name: str


class Index(Struct, frozen=True):
    """One of several."""

    number: int


class Function(Struct, frozen=True):
    """`where(…)` and the like."""

    name: str
    argument: Expression | None


class Path(Struct, frozen=True):
    """Steps, each from what those before lead to."""

    steps: tuple[Name | Index | Function | Expression, ...]


class Operation(Struct, frozen=True):
    """`=`, `!=`, `and` or `or` between two."""

    operator: str
    left: Expression
    right: Expression


Expression = Literal | Path | Operation


def read_expression(text: str) -> Expression:
    """The expression a text is.

    Raises:
        Unreadable: it is none.
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"is longer than {_LONGEST} characters")
    reader = _Reader(list(_tokens(text)))
    expression = reader.expression()
    reader.end()
    return expression


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"has a character at {at} that is not understood")
        at = match.end()
        kind = str(match.lastgroup)
        found = match[kind]
        if kind == "string":
            found = _ESCAPED.sub(r"\1", found[1:-1])
        elif kind == "name":
            found = found.strip("`")
            kind = found if found in ("and", "or", "true", "false") else kind
        elif kind == "mark":
            kind = found
        yield kind, found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def expression(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable(f"is nested more than {_DEEPEST} deep")
        left = self._all()
        while self._takes("or"):
            left = Operation("or", left, self._all())
        self._depth -= 1
        return left

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise Unreadable("goes on after its end")

    def _all(self) -> Expression:
        left = self._equality()
        while self._takes("and"):
            left = Operation("and", left, self._equality())
        return left

    def _equality(self) -> Expression:
        left = self._term()
        for operator in ("=", "!="):
            if self._takes(operator):
                return Operation(operator, left, self._term())
        return left

    def _term(self) -> Expression:
        kind, text = self._peek()
        literal: str | bool | Decimal | None = None
        if kind == "string":
            literal = text
        elif kind == "date":
            literal = text[1:]
        elif kind == "number":
            literal = Decimal(text)
        elif kind in ("true", "false"):
            literal = kind == "true"
        if literal is not None:
            self._at += 1
            return Literal(literal)
        return self._path()

    def _path(self) -> Expression:
        steps: list[Name | Index | Function | Expression] = []
        if self._takes("("):
            steps.append(self.expression())
            self._expect(")")
        else:
            steps.append(self._member())
        while True:
            if self._takes("["):
                number = self._expect("number")
                if not number.isdecimal():
                    raise Unreadable("has an index that is no whole number")
                self._expect("]")
                steps.append(Index(int(number)))
            elif self._takes("."):
                steps.append(self._member())
            else:
                return Path(tuple(steps))

    def _member(self) -> Name | Function:
        name = self._expect("name")
        if not self._takes("("):
            return Name(name)
        argument = None if self._peek()[0] == ")" else self.expression()
        self._expect(")")
        return Function(name, argument)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _takes(self, kind: str) -> bool:
        if self._peek()[0] != kind:
            return False
        self._at += 1
        return True

    def _expect(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            wanted = "a name" if kind == "name" else "a number" if kind == "number" else kind
            raise Unreadable(f"lacks {wanted}")
        self._at += 1
        return text
