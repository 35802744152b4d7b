"""Filters of a subscription: which search parameters, and whether a resource meets them.

The Backport writes a filter as a search: `Task?owner=Organization/1`, `owner=Organization/1` or
`Task.owner=Organization/1`. It means what the same search would find, so it is parsed by the search
and compared with what the search would index.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl

from adapter.errors import AdapterError
from adapter.fhir_api.faults import Refused
from adapter.notifications.topics import Topic
from adapter.search.matching import Entry, meets
from adapter.search.parsing import parse
from adapter.search.query import Clause

_KEY = re.compile(
    r"(?:(?P<type>[A-Z][A-Za-z]*)\.)?(?P<name>[a-z_][A-Za-z-]*)(?::(?P<mod>[a-z-]+))?"
)
_MODIFIERS = frozenset({"", "not", "identifier", "missing"})


class Unsupported(AdapterError):
    """A filter that this server does not apply; the message says which do."""


def read_filters(topic: Topic, written: str) -> tuple[str, ...]:
    """The filters of one extension, each `name[:modifier]=value`.

    Raises:
        Unsupported: the topic cannot be narrowed so.
    """
    type, mark, query = written.rpartition("?")
    if mark and type != topic.type:
        raise Unsupported(f"a filter of this topic is about {topic.type}; write {topic.type}?…")
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs:
        raise Unsupported(f"a filter is empty; write {topic.filters[0]}=value")
    found = []
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if match is None or (match["type"] or topic.type) != topic.type:
            raise Unsupported(_choices(topic))
        if match["name"] not in topic.filters or (match["mod"] or "") not in _MODIFIERS:
            raise Unsupported(_choices(topic))
        modifier = f":{match['mod']}" if match["mod"] else ""
        found.append(f"{match['name']}{modifier}={value}")
    try:
        _clauses(topic.type, tuple(found))
    except Refused as fault:
        raise Unsupported(f"a filter's value cannot be used: {fault}") from None
    return tuple(found)


def matches(type: str, filters: tuple[str, ...], entry: Entry) -> bool:
    """Whether a resource meets all of them.

    Args:
        type: of the resource.
        filters: as `read_filters` gives them, or the condition of a topic.
        entry: the resource as searches see it.
    """
    return all(meets(clause, entry) for clause in _clauses(type, filters))


def condition(written: str) -> tuple[str, ...]:
    """The condition of a topic as filters."""
    return tuple(written.split("&")) if written else ()


@lru_cache(maxsize=4096)
def _clauses(type: str, filters: tuple[str, ...]) -> tuple[Clause, ...]:
    pairs = [one.partition("=") for one in filters]
    return parse(type, [(name, value) for name, _, value in pairs], strict=True).clauses


def _choices(topic: Topic) -> str:
    return (
        f"this topic can be narrowed by {', '.join(topic.filters)}, as name=value or name:not=value"
    )
