"""How the criteria of a text are joined, in words: `a and (b or c) and not d`.

A sentence and a policy file say the same when their trees are equal once groups within groups of
the same word are one, and the order is left aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eligibility.model import Leaf, Node

#: The id of a criterion, or a word and what it joins.
Tree = str | tuple[str, frozenset["Tree"]]

_TOKEN = re.compile(r"[()]|[a-z0-9-]+")
_WORDS = {"all": "and", "any": "or", "not": "not"}


def in_words(sentence: str) -> Tree:
    """The tree of a sentence."""
    return _sentence(iter(_TOKEN.findall(sentence)))


def in_file(node: Node) -> Tree:
    """The tree of a policy file's criteria."""
    if isinstance(node, Leaf):
        return node.id
    return _group(_WORDS[node.operator], [in_file(child) for child in node.children])


def names(sentence: str) -> frozenset[str]:
    """The criteria a sentence names."""
    return frozenset(_TOKEN.findall(sentence)) - {"and", "or", "not", "(", ")"}


def _sentence(tokens: Iterator[str]) -> Tree:
    """Reads up to a closing parenthesis or the end; `and` and `or` are never mixed in one level."""
    parts: list[Tree] = []
    words: set[str] = set()
    for token in tokens:
        if token == ")":
            break
        if token in ("and", "or"):
            words.add(token)
        else:
            parts.append(_part(token, tokens))
    assert len(words) <= 1, "parentheses are needed where `and` meets `or`"
    return _group(words.pop() if words else "and", parts)


def _part(token: str, tokens: Iterator[str]) -> Tree:
    if token == "not":
        return _group("not", [_part(next(tokens), tokens)])
    return _sentence(tokens) if token == "(" else token


def _group(word: str, parts: list[Tree]) -> Tree:
    if word == "not":
        return (word, frozenset(parts))
    flat: set[Tree] = set()
    for part in parts:
        if isinstance(part, tuple) and part[0] == word:
            flat |= part[1]
        else:
            flat.add(part)
    return next(iter(flat)) if len(flat) == 1 else (word, frozenset(flat))
