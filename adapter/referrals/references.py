"""References within a resource, and which of them the rules of referrals can follow.

A referral hangs together by references: a Task to its order, both to one member. Those that decide
who sees what are followed only as `Type/id`. Any other spelling that might mean the same
(`Patient/1/../2`, `Patient/1?x`, an absolute URL of this server, one version, a contained resource,
a logical identifier) is refused where it matters, so that no two readers can understand it
differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

from adapter.fhir_api.faults import refused
from adapter.referrals.lookup import Lookup, Resource
from adapter.search.indexing import about

_LOCAL = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})")

#: What may be about several people: a family, a set of records, the paper trail.
_ABOUT_MANY = frozenset({"Patient", "RelatedPerson", "Group", "List", "Provenance", "AuditEvent"})


def name(resource: Resource) -> str:
    """`Type/id` of a resource."""
    return f"{resource['resourceType']}/{resource['id']}"


def local(reference: object) -> str | None:
    """`Type/id` of a Reference element (or its text); None: any other form, or none at all."""
    text = reference.get("reference") if isinstance(reference, dict) else reference
    return text if isinstance(text, str) and _LOCAL.fullmatch(text) else None


def id_of(reference: str) -> str:
    """The id in `Type/id`."""
    return reference.partition("/")[2]


def each(value: object) -> Iterator[dict[str, Any]]:
    """The objects of a list; of anything else, nothing."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def references(value: object) -> list[str]:
    """`Type/id` of every Reference within, wherever it stands; other forms are left out."""
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: object, found: list[str]) -> None:
    if isinstance(value, dict):
        if "reference" in value and (place := local(value)) is not None:
            found.append(place)
        for inner in value.values():
            if isinstance(inner, dict | list):
                _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)


def added(before: Resource | None, after: Resource) -> list[str]:
    """The references of a resource that were not in it before, but for those to itself."""
    known = set(references(before)) | {name(after)}
    return [one for one in dict.fromkeys(references(after)) if one not in known]


def same(one: object, other: object) -> bool:
    """Whether two Reference elements lead to the same; what is shown beside does not count."""
    return _target(one) == _target(other)


def _target(reference: object) -> object:
    if isinstance(reference, list):
        return [_target(one) for one in reference]
    if isinstance(reference, dict):
        return reference.get("reference"), reference.get("identifier")
    return reference


def patient_of(resource: Resource) -> str | None:
    """Id of the Patient it is about; None: nobody in particular, or several people."""
    return None if resource.get("resourceType") in _ABOUT_MANY else about(resource)


def check_references(before: Resource | None, after: Resource, lookup: Lookup) -> None:
    """Whatever is newly referred to has to be there for the writer, and be about the same member.

    Raises:
        Refused: 422. What is another's is answered like what does not exist.
    """
    patient = patient_of(after)
    for reference in added(before, after):
        found = lookup.resource(reference)
        if found is None:
            leads_nowhere(after["resourceType"])
        theirs = found.get("id") if found["resourceType"] == "Patient" else patient_of(found)
        if patient is not None and theirs is not None and theirs != patient:
            raise refused(
                422,
                "invariant",
                f"the {after['resourceType']} is about one member, and a {found['resourceType']} "
                "that it refers to is about another; refer to records of one member only",
                after["resourceType"],
            )


def leads_nowhere(path: str) -> NoReturn:
    """The answer for what is not there and for what the writer may not see.

    Raises:
        Refused: 422.
    """
    raise refused(
        422,
        "not-found",
        "a reference leads to nothing that you may see here; write what it refers to first, or in "
        "the same transaction, and refer to it as Type/id",
        path,
    )


def followed(resource: Resource, element: str, types: tuple[str, ...], lookup: Lookup) -> Resource:
    """What an element refers to that has to be here and be seen by the writer.

    Raises:
        Refused: 422, naming the element.
    """
    path = f"{resource['resourceType']}.{element}"
    reference = local(resource.get(element))
    if reference is None or reference.partition("/")[0] not in types:
        raise refused(
            422,
            "value",
            f"{path} has to be a reference to a {' or '.join(types)} on this server, written "
            "Type/id",
            path,
        )
    found = lookup.resource(reference)
    if found is None:
        leads_nowhere(path)
    return found
