"""How the criteria of a text are joined, in words: `a and (b or c) and not d`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from eligibility.logic import Outcome, all_of, any_of, negate

_TOKEN = re.compile(r"[()]|[a-z0-9-]+")


def names(sentence: str) -> frozenset[str]:
    """The criteria a sentence names."""
    return frozenset(_TOKEN.findall(sentence)) - {"and", "or", "not", "(", ")"}


def outcome(sentence: str, of: Mapping[str, Outcome]) -> Outcome:
    """What the sentence comes to when its criteria come to `of`."""
    tokens = iter(_TOKEN.findall(sentence))
    return _sentence(tokens, of)[0]


def _sentence(tokens: Iterator[str], of: Mapping[str, Outcome]) -> tuple[Outcome, str]:
    """Reads up to a closing parenthesis or the end; `and` and `or` are never mixed in one level."""
    parts: list[Outcome] = []
    word = ""
    for token in tokens:
        if token == ")":
            break
        if token in ("and", "or"):
            assert word in ("", token), "parentheses are needed where `and` meets `or`"
            word = token
        else:
            parts.append(_part(token, tokens, of))
    return (any_of(parts) if word == "or" else all_of(parts)), word


def _part(token: str, tokens: Iterator[str], of: Mapping[str, Outcome]) -> Outcome:
    if token == "not":
        return negate(_part(next(tokens), tokens, of))
    return _sentence(tokens, of)[0] if token == "(" else of[token]
