"""The parameters that say how an answer is to look: `_sort`, `_count`, `_include` and the like.

FHIR R4 search, "Managing returned resources" (https://hl7.org/fhir/R4/search.html#return).
"""

from __future__ import annotations

import re

from adapter.fhir_api.faults import Refused, refused
from adapter.search.parameters import parameter, parameters
from adapter.search.query import Include, Parameter

#: Matches on a page: what is given unasked, and at most.
COUNT, MOST_COUNT = 20, 200
_SORT_KEYS = 5

_TOTALS = ("none", "estimate", "accurate")
_SUMMARIES = ("true", "text", "data", "count", "false")
_ELEMENT = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)


class Unknown(Exception):
    """A parameter, or one that it names, is not known: left out or refused, as the client likes."""


def costly(what: str) -> Refused:
    """The refusal of a search that asks for too much."""
    return refused(400, "too-costly", f"the search has {what}; ask for less at once")


class Results:
    """How the answer to a search of one type is to look."""

    def __init__(self, type: str) -> None:
        self._type = type
        self.includes: list[Include] = []
        self.revincludes: list[Include] = []
        self.sort: list[tuple[Parameter, bool]] = []
        self.count = COUNT
        self.total = self.summary = ""
        self.elements: tuple[str, ...] = ()

    def add(self, name: str, value: str) -> bool:
        """Read one parameter; False: it is not one of these.

        Raises:
            Unknown: it names a parameter that is none.
            Refused: 400, its value is none it takes.
        """
        base, _, modifier = name.partition(":")
        if base in ("_include", "_revinclude"):
            if modifier not in ("", "iterate", "recurse"):
                raise refused(400, "not-supported", f"{base} knows no modifier but :iterate")
            self._include(base, value, iterate=bool(modifier))
        elif name == "_sort":
            self._sort(value)
        elif name == "_count":
            if not value.isascii() or not value.isdecimal():
                raise refused(400, "value", "_count is a number, 0 or more")
            self.count = min(int(value), MOST_COUNT) if len(value) < 10 else MOST_COUNT
        elif name == "_total":
            self.total = _one_of(name, value, _TOTALS)
        elif name == "_summary":
            self.summary = _one_of(name, value, _SUMMARIES)
        elif name == "_elements":
            self._elements(value)
        else:
            return False
        return True

    def _include(self, base: str, value: str, *, iterate: bool) -> None:
        source, _, rest = value.partition(":")
        name, _, target = rest.partition(":")
        if value == "*" and base == "_include":
            source, name = self._type, "*"
        if name == "*":
            found = [one for one in parameters(source).values() if one.kind == "reference"]
        else:
            one = parameter(source, name)
            found = [one] if one is not None and one.kind == "reference" else []
        if not found:
            raise Unknown
        into = self.includes if base == "_include" else self.revincludes
        into.extend(Include(one, target, iterate) for one in found)

    def _sort(self, value: str) -> None:
        keys = []
        for each in value.split(","):
            found = parameter(self._type, each.removeprefix("-"))
            if found is None:
                raise Unknown
            keys.append((found, each.startswith("-")))
        if len(keys) > _SORT_KEYS:
            raise costly(f"more than {_SORT_KEYS} parameters to sort by")
        self.sort = keys

    def _elements(self, value: str) -> None:
        names = tuple(one.strip() for one in value.split(",") if one.strip())
        if not names or not all(_ELEMENT.fullmatch(one) for one in names) or len(names) > 100:
            raise refused(400, "value", "_elements is a list of top-level elements of the type")
        self.elements = names


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise refused(400, "value", f"{name} is one of {', '.join(allowed)}")
    return value
