"""References within a resource, and putting others in their place.

Pure functions on decoded resources. A reference is the object with a text `reference`, or a logical
one with `identifier` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Resource = dict[str, Any]

#: Gets a Reference with a text `reference` that is not contained; gives the one to put in its
#: place, or None where there is none.
Resolve = Callable[[Resource], Resource | None]


class _Gone:
    """In place of what held a reference that nothing was put in place of."""


_GONE = _Gone()


def references(value: Any) -> Iterator[str]:
    """Every reference in a resource but those to what it contains, in its order."""
    if isinstance(value, dict):
        found = value.get("reference")
        if isinstance(found, str) and not found.startswith("#"):
            yield found
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def with_references(resource: Resource, resolve: Resolve) -> Resource:
    """The resource with every reference put through `resolve`.

    Where there is none to put in its place, the reference goes, and with it the smallest part that
    would be incomplete: a list loses the item that held it (an `input` of a Task, an actor of a
    Consent), an object the element.
    """
    made = {name: _resolved(value, resolve) for name, value in resource.items()}
    return {name: value for name, value in made.items() if value is not _GONE}


def _resolved(value: Any, resolve: Resolve) -> Any:
    if isinstance(value, list):
        items = [one for one in (_resolved(each, resolve) for each in value) if one is not _GONE]
        return items or (_GONE if value else value)
    if not isinstance(value, dict):
        return value
    reference = value.get("reference")
    if isinstance(reference, str) and not reference.startswith("#"):
        found = resolve(value)
        return _GONE if found is None else found
    made = {name: _resolved(each, resolve) for name, each in value.items()}
    # What is left of a backbone element without its reference would say something else.
    return _GONE if any(each is _GONE for each in made.values()) else made
