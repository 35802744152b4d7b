"""SMART scopes as this service reads them: a closed grammar.

SMART App Launch 2.2, "Scopes for requesting FHIR Resources": `system/Task.crus`, with a suffix that
is an in-order subset of `cruds`, or `read`, `write` and `*` of version 1. A search may follow that
narrows what the scope is about: `system/Observation.rs?category=laboratory`. Anything else is
refused, never guessed at: a scope that is read more kindly than it was granted lets somebody in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

#: Create, read, update, delete, search.
LETTERS = "cruds"
_VERSION_1 = {"read": "rs", "write": "cud", "*": LETTERS}

_SCOPE = re.compile(
    r"system/(?P<type>\*|[A-Z][A-Za-z]{1,40})"
    r"\.(?P<does>c?r?u?d?s?|read|write|\*)"
    r"(?:\?(?P<search>[!-~]{1,500}))?",
    re.ASCII,
)
#: One parameter without modifier or chain; no escapes, quotes or commas, which could be read twice.
_PAIR = re.compile(r"(?P<name>_?[a-z][a-z-]{0,60})=(?P<value>[\w.:/|#-]{1,300})", re.ASCII)

#: Scopes in one request or registration.
_MOST = 100


#: Search parameters that must all hold, each (name, values with commas between them).
Search = tuple[tuple[str, str], ...]


class Malformed(ValueError):
    """A text is no scope this service knows; the message says what to write."""


class Scope(Struct, frozen=True, kw_only=True):
    """One scope."""

    #: `*`: every type.
    type: str
    #: Letters of `cruds`, in that order.
    does: str
    #: What must hold of a resource, in alphabetical order.
    search: Search = ()

    def __str__(self) -> str:
        """As it is written, in version 2."""
        search = "&".join(f"{name}={value}" for name, value in self.search)
        return f"system/{self.type}.{self.does}" + (f"?{search}" if search else "")


def read_scope(text: str) -> Scope:
    """The scope a text is.

    Raises:
        Malformed: it is none.
    """
    match = _SCOPE.fullmatch(text)
    if match is None or not match["does"]:
        raise Malformed("write system/TYPE.LETTERS, letters of `cruds` in this order")
    pairs = tuple(map(_PAIR.fullmatch, (match["search"] or "").split("&")))
    search: list[tuple[str, str]] = []
    if match["search"] is not None:
        for pair in pairs:
            if pair is None:
                raise Malformed("after `?` write parameter=value, without modifiers or escapes")
            search.append((pair["name"], pair["value"]))
        if match["type"] == "*":
            raise Malformed("a search narrows one type; write the type instead of *")
    return Scope(
        type=match["type"],
        does=_VERSION_1.get(match["does"], match["does"]),
        search=tuple(sorted(set(search))),
    )


def read_scopes(text: str) -> tuple[Scope, ...]:
    """The scopes of a request, parted by single spaces (RFC 6749, section 3.3).

    Raises:
        Malformed: one of them is none, or there are far too many.
    """
    words = text.split(" ")
    if len(words) > _MOST:
        raise Malformed(f"at most {_MOST} scopes can be asked for at once")
    return tuple(dict.fromkeys(map(read_scope, words)))


def granted(asked: Iterable[Scope], registered: Iterable[Scope]) -> tuple[Scope, ...]:
    """What of the scopes asked for a client gets: the part that its registration covers."""
    registered = tuple(registered)
    found: dict[tuple[str, Search], set[str]] = {}
    for one in asked:
        for other in registered:
            if one.type != other.type and "*" not in (one.type, other.type):
                continue
            does = set(one.does) & set(other.does)
            if does:
                type = other.type if one.type == "*" else one.type
                search = tuple(sorted({*one.search, *other.search}))
                found.setdefault((type, search), set()).update(does)
    return tuple(
        Scope(
            type=type, does="".join(letter for letter in LETTERS if letter in left), search=search
        )
        for (type, search), does in found.items()
        if (left := does - _covered(type, search, found))
    )


def _covered(type: str, search: Search, found: Mapping[tuple[str, Search], set[str]]) -> set[str]:
    """Letters that another scope has for more of the type."""
    return {
        letter
        for (other, narrower), does in found.items()
        if other == type and set(narrower) < set(search)
        for letter in does
    }


class Permissions:
    """What a set of scopes allows.

    Raises:
        Malformed: several scopes narrow one type in ways that no single search can express.
    """

    def __init__(self, scopes: Iterable[Scope]) -> None:
        found: dict[tuple[str, str], set[Search]] = {}
        for scope in scopes:
            for letter in scope.does:
                found.setdefault((scope.type, letter), set()).add(scope.search)
        self._searches = {place: _either(searches) for place, searches in found.items()}

    def of(self, type: str, letter: str) -> Search | None:
        """What must hold of the resource; empty: nothing; None: it may not be done at all."""
        if ("*", letter) in self._searches:
            return ()
        return self._searches.get((type, letter))


def _either(searches: set[Search]) -> Search:
    """One search for what any of these finds."""
    if () in searches:
        return ()
    least = [one for one in searches if not any(set(other) < set(one) for other in searches)]
    if len(least) == 1:
        return least[0]
    names = {name for one in least for name, _ in one}
    if len(names) > 1 or any(len(one) > 1 for one in least):
        raise Malformed("scopes that narrow one type must all use the same single parameter")
    return ((names.pop(), ",".join(sorted(value for one in least for _, value in one))),)
