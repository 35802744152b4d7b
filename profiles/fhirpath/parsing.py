"""An expression of FHIRPath as a tree.

Grammar: http://hl7.org/fhirpath/N1/grammar.html, with the operators of `_POWERS`.
"""

from __future__ import annotations

import re

from msgspec import Struct


class UnknownExpression(ValueError):
    """The text is no FHIRPath, or a part of it that is not known here."""


class Literal(Struct, frozen=True):
    """`'text'`, `3`, `true`; `{}` has None."""

    value: str | int | float | bool | None


class This(Struct, frozen=True):
    """`$this`."""


class Variable(Struct, frozen=True):
    """`%resource`, `%ucum`."""

    name: str


class Member(Struct, frozen=True):
    """`name` of whatever `of` gives; None: of the focus."""

    of: Node | None
    name: str


class Call(Struct, frozen=True):
    """`of.name(arguments)`."""

    of: Node | None
    name: str
    arguments: tuple[Node, ...]


class Indexed(Struct, frozen=True):
    """`of[index]`."""

    of: Node
    index: Node


class Typed(Struct, frozen=True):
    """`of is Type`, `of as Type`."""

    of: Node
    operator: str
    type: str


class Operation(Struct, frozen=True):
    """`left operator right`."""

    operator: str
    left: Node
    right: Node


Node = Literal | This | Variable | Member | Call | Indexed | Typed | Operation

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_]\w*|`[^`]+`)
    | (?P<variable>%(?:[A-Za-z_][\w-]*|'[^']*'|`[^`]*`))
    | (?P<this>\$this)
    | (?P<symbol><=|>=|!=|[=<>|&+()\[\]{}.,])
    )""",
    re.VERBOSE,
)

#: Operator → how tightly it binds; the tightest last.
_POWERS = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    "=": 5,
    "!=": 5,
    "<": 6,
    ">": 6,
    "<=": 6,
    ">=": 6,
    "|": 7,
    "is": 8,
    "as": 8,
    "+": 9,
    "&": 9,
}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def parse(text: str) -> Node:
    """Read an expression.

    Raises:
        UnknownExpression: it is none, or says what is not known here.
    """
    parser = _Parser(_tokens(text), text)
    node = parser.expression(0)
    if parser.here[0] != "end":
        raise parser.unknown()
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place, text = [], 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise UnknownExpression(f"{text!r}: cannot be read from place {place}")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return [*found, ("end", "")]


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._text = text

    @property
    def here(self) -> tuple[str, str]:
        return self._tokens[self._next]

    def unknown(self) -> UnknownExpression:
        return UnknownExpression(f"{self._text!r}: {self.here[1] or 'its end'!r} is not expected")

    def expression(self, power: int) -> Node:
        left = self._postfix()
        while (binds := _POWERS.get(self.here[1], 0)) > power and self.here[0] in (
            "name",
            "symbol",
        ):
            operator = self._take()
            if operator in ("is", "as"):
                left = Typed(left, operator, self._type())
            else:
                left = Operation(operator, left, self.expression(binds))
        return left

    def _take(self, expected: str | None = None) -> str:
        if expected is not None and self.here[1] != expected:
            raise self.unknown()
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _postfix(self) -> Node:
        node = self._term()
        while self.here[0] == "symbol" and self.here[1] in (".", "["):
            if self._take() == "[":
                node = Indexed(node, self.expression(0))
                self._take("]")
            else:
                node = self._named(node)
        return node

    def _term(self) -> Node:
        kind, text = self.here
        if kind == "string":
            self._take()
            return Literal(re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1]))
        if kind == "number":
            self._take()
            return Literal(float(text) if "." in text else int(text))
        if kind == "variable":
            self._take()
            return Variable(text[1:].strip("'`"))
        if kind == "this":
            self._take()
            return This()
        if kind == "name":
            if text in ("true", "false"):
                self._take()
                return Literal(text == "true")
            return self._named(None)
        return self._bracketed()

    def _bracketed(self) -> Node:
        if self.here[1] == "{":
            self._take()
            self._take("}")
            return Literal(None)
        self._take("(")
        node = self.expression(0)
        self._take(")")
        return node

    def _named(self, of: Node | None) -> Node:
        if self.here[0] == "this":
            raise self.unknown()
        if self.here[0] != "name":
            raise self.unknown()
        name = self._take().strip("`")
        if self.here[1] != "(":
            return Member(of, name)
        self._take()
        arguments: list[Node] = []
        while self.here[1] != ")":
            arguments.append(self.expression(0))
            if self.here[1] != ")":
                self._take(",")
        self._take(")")
        return Call(of, name, tuple(arguments))

    def _type(self) -> str:
        if self.here[0] != "name":
            raise self.unknown()
        name = self._take()
        while self.here[1] == ".":
            self._take()
            name = self._take()
        return name
