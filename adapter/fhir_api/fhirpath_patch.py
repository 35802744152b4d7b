"""FHIRPath Patch: `Parameters` whose operations name places in a resource by FHIRPath.

https://hl7.org/fhir/R4/fhirpatch.html. Operations are done in order, on what those before left; one
that does not fit refuses the whole patch.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from adapter.fhir_api.fhirpath import Unreadable
from adapter.fhir_api.fhirpath_places import Place, keys_of, places
from adapter.fhir_api.patch_operations import PatchOperation, read_operations
from profiles.validate.definitions import elements_of


def fhirpath_patch(parameters: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The change that a Parameters resource asks for.

    Raises:
        Refused: 400, it is no patch. What it gives changes the resource it gets, and raises 422
            where the patch does not fit.
    """
    operations = read_operations(parameters)

    def change(resource: dict[str, Any]) -> dict[str, Any]:
        for operation in operations:
            try:
                found = places(resource, operation.path)
            except Unreadable as fault:
                raise operation.does_not_fit(str(fault)) from None
            _APPLIED[operation.type](operation, found)
        return resource

    return change


def _add(operation: PatchOperation, found: list[Place]) -> None:
    parent = _single(operation, found)
    holder = parent.value
    if not isinstance(holder, dict):
        raise operation.does_not_fit("leads to a value, which has no elements")
    key = _key(operation, parent.type, operation.name)
    element = elements_of(parent.type)[key]
    value = _content(operation, element.type)
    if element.repeats:
        holder.setdefault(key, [])
        _made_even(holder, key)
        holder[key].append(value)
        _made_even(holder, key)
    elif any(name in holder for name in keys_of(parent.type, operation.name)):
        raise operation.does_not_fit("has this element already; replace it")
    else:
        holder[key] = value


def _insert(operation: PatchOperation, found: list[Place]) -> None:
    place = _the_list(operation, found)
    if operation.index > len(found):
        raise operation.does_not_fit("has fewer elements than the index")
    value = _content(operation, elements_of(_parent(place))[place.key].type)
    for key in _made_even(place.holder, place.key):
        place.holder[key].insert(operation.index, value if key == place.key else None)


def _delete(operation: PatchOperation, found: list[Place]) -> None:
    if not found:
        return
    place = _single(operation, found)
    if not place.key:
        raise operation.does_not_fit("is the whole resource; delete that by DELETE")
    place.remove()


def _replace(operation: PatchOperation, found: list[Place]) -> None:
    place = _single(operation, found)
    if not place.key:
        raise operation.does_not_fit("is the whole resource; replace that by PUT")
    key = _key(operation, _parent(place), place.name)
    value = _content(operation, elements_of(_parent(place))[key].type)
    if place.index is None:
        place.holder.pop(place.key, None)
        place.holder.pop(f"_{place.key}", None)
        place.holder[key] = value
        return
    for each in _made_even(place.holder, place.key):
        place.holder[each][place.index] = value if each == place.key else None


def _move(operation: PatchOperation, found: list[Place]) -> None:
    place = _the_list(operation, found)
    if max(operation.source, operation.destination) >= len(found):
        raise operation.does_not_fit("has fewer elements than source or destination")
    for key in _made_even(place.holder, place.key):
        items = place.holder[key]
        items.insert(operation.destination, items.pop(operation.source))


_APPLIED: dict[str, Callable[[PatchOperation, list[Place]], None]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


def _single(operation: PatchOperation, found: list[Place]) -> Place:
    if len(found) != 1:
        raise operation.does_not_fit(
            "leads to several elements; name one" if found else "leads to nothing"
        )
    return found[0]


def _the_list(operation: PatchOperation, found: list[Place]) -> Place:
    """The first of a list, all of which the path leads to."""
    if not found or found[0].index is None:
        raise operation.does_not_fit("leads to no list")
    first = found[0]
    if any(one.holder is not first.holder or one.key != first.key for one in found):
        raise operation.does_not_fit("leads to several lists; name one")
    if [one.index for one in found] != list(range(len(first.holder.get(first.key, ())))):
        raise operation.does_not_fit("leads to a part of a list; name all of it")
    return first


def _content(operation: PatchOperation, type: str) -> Any:
    # A patch may be applied more than once, and each time to another resource.
    return deepcopy(operation.content(type))


def _key(operation: PatchOperation, parent: str, name: str) -> str:
    """The key of an element; of a choice, by the type of the value."""
    for key in keys_of(parent, name):
        if key in (name, name + operation.suffix):
            return key
    raise operation.does_not_fit("names an element that FHIR R4 does not know there")


def _parent(place: Place) -> str:
    return place.above.type if place.above is not None else ""


def _made_even(holder: dict[str, Any], key: str) -> tuple[str, ...]:
    """The keys of a list and of its primitives' extensions, which are as long as each other."""
    extras = holder.get(f"_{key}")
    if not isinstance(extras, list):
        return (key,)
    longest = max(len(extras), len(holder.setdefault(key, [])))
    for each in (extras, holder[key]):
        each.extend([None] * (longest - len(each)))
    return key, f"_{key}"
