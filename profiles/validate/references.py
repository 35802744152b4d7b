"""The form of `Reference.reference`, and whether its type may stand where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from profiles.validate.fault import FHIR, Fault

_RELATIVE = re.compile(
    r"([A-Z][A-Za-z]{1,63})/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?"
)
_ABSOLUTE = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?/" + _RELATIVE.pattern)
_URN = re.compile(
    r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:oid:[012](\.(0|[1-9][0-9]*))+"
)


def reference_faults(
    given: dict[str, Any], allowed: tuple[str, ...], path: str, contained: frozenset[str]
) -> Iterator[Fault]:
    """Faults of a Reference.

    Args:
        given: it, as JSON.
        allowed: resource types it may point at; empty: any.
        path: its FHIRPath.
        contained: what the resource contains, as `#id`.
    """
    stated, type_ = given.get("reference"), given.get("type")
    target = None
    if isinstance(stated, str):
        path_of_it = f"{path}.reference"
        match = _RELATIVE.fullmatch(stated)
        target = match[1] if match else None
        if match is None and (absolute := _ABSOLUTE.fullmatch(stated)) is not None:
            target = absolute[2]
        elif stated.startswith("#"):
            if stated not in contained:
                found = "points at nothing contained in the resource"
                yield Fault(path_of_it, FHIR, found, "Contain the resource, or refer to another.")
        elif match is None and not _URN.fullmatch(stated):
            found = "has no form of a reference: Type/id, an absolute URL of that form, urn, #id"
            yield Fault(path_of_it, FHIR, found, "Write it in one of these forms.")
    for where, name in (("reference", target), ("type", type_)):
        if isinstance(name, str) and allowed and name not in allowed:
            remedy = f"Refer to one of: {', '.join(allowed)}."
            yield Fault(f"{path}.{where}", FHIR, "points at a type that may not stand here", remedy)
    if target is not None and type_ is not None and target != type_:
        yield Fault(f"{path}.type", FHIR, "is not the type of the reference", "Make the two agree.")
