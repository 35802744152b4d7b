"""What somebody sends is checked before any rule sees it: its content, and where it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adapter.fhir_api.faults import Issue, Refused, refused
from adapter.fhir_api.lookup import StoreLookup
from profiles.referral_codes import taken_in

if TYPE_CHECKING:
    from adapter.store.resources import Unit

#: Of one resource; a large questionnaire with all its answers has some thousands.
_MOST_ELEMENTS = 20_000


def check_content(resource: dict[str, Any], base: str) -> None:
    """Refuse what FHIR, a profile it claims or our codes do not allow.

    Raises:
        Refused: 422 with every fault; 413 for more than can be checked in reasonable time.
    """
    from profiles.validate import validate

    if _is_larger(resource, _MOST_ELEMENTS):
        raise refused(
            413, "too-costly", f"the resource has more than {_MOST_ELEMENTS} elements; part it"
        )
    faults = validate(_as_taken_in(resource), base=base)
    if faults:
        raise Refused(
            422,
            *(
                Issue(
                    code="invariant",
                    diagnostics=str(one),
                    expression=one.expression,
                )
                for one in faults
            ),
        )


def check_references(
    unit: Unit, lookup: StoreLookup, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    """Refuse what newly refers to something that is not there for this writer.

    What the same transaction is still to write counts as there.

    Raises:
        Refused: 422.
    """
    known = {reference for reference, _ in _references(before, "")}
    for reference, path in _references(after, str(after["resourceType"])):
        place = lookup.place(reference)
        if place is None or reference in known or place in unit.promised:
            continue
        if place != (after["resourceType"], after["id"]) and not lookup.resource(reference):
            raise refused(
                422,
                "not-found",
                "the reference leads to nothing that you may see here; write what it refers "
                "to first, or in the same transaction",
                path,
            )


def _as_taken_in(resource: dict[str, Any]) -> dict[str, Any]:
    """A Task with the status it will have: peers write some that its profile does not know."""
    status = resource.get("status")
    if resource["resourceType"] != "Task" or not isinstance(status, str):
        return resource
    return resource | {"status": taken_in(status)[0]}


def _is_larger(value: Any, than: int) -> bool:
    """Whether it has more objects, lists and values; a check of each takes its time."""
    waiting, count = [value], 0
    while waiting and count <= than:
        one = waiting.pop()
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        count += len(inner)
        waiting += inner
    return count > than


def _references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference, f"{path}.reference"
        for name, each in value.items():
            yield from _references(each, f"{path}.{name}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _references(each, f"{path}[{place}]")
