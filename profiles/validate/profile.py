"""Checks a resource by the profiles of ours that it claims (`structure_definitions`).

To add a profile is to add a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from profiles.validate.fault import Fault
from profiles.validate.structure_definitions import Element, Profile, extensions


class _Check(Struct, frozen=True):
    """What stays the same while one resource is checked."""

    #: Id of the profile, as a fault names it.
    rule: str
    resource: dict[str, Any]
    base: str
    warnings: bool


def profile_faults(
    profile: Profile, resource: dict[str, Any], path: str, base: str, *, warnings: bool = False
) -> Iterator[Fault]:
    """What the profile asks and the resource does not do.

    Args:
        profile: one of ours.
        resource: it, as JSON.
        path: its FHIRPath.
        base: our canonical base in this deployment.
        warnings: whether to tell what is only advised, too.
    """
    if resource.get("resourceType") != profile.type:
        found = f"claims a profile of {profile.type}"
        yield Fault(f"{path}.meta.profile", profile.id, found, "Claim a profile of its own type.")
        return
    check = _Check(profile.id, resource, base, warnings)
    yield from _constrained(profile.root, resource, path, check)
    yield from _below(profile.root, resource, path, check)


def _constrained(element: Element, value: Any, path: str, check: _Check) -> Iterator[Fault]:
    for one in element.constraints:
        if one.severity == "warning" and not check.warnings:
            continue
        if not one.expression.holds(value, check.resource):
            found = f"breaks the rule: {one.human}"
            yield Fault(path, f"{check.rule} {one.key}", found, one.remedy, one.severity)


def _below(element: Element, value: object, path: str, check: _Check) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    for child in element.children:
        given = list(_values(value, child.name, path))
        yield from _counted(child, len(given), f"{path}.{child.name}", check)
        for one, place in given:
            yield from _asked(child, one, place, check)
        for part in child.slices:
            members = [each for each in given if _belongs(each[0], part, child.discriminator)]
            yield from _counted(part, len(members), f"{path}.{child.name}", check)
            for one, place in members:
                yield from _constrained(part, one, place, check)
                yield from _below(_defined(part, check), one, place, check)


def _asked(element: Element, value: Any, path: str, check: _Check) -> Iterator[Fault]:
    """What the profile asks of one value, and of all below it."""
    if element.fixed is not None and value != element.fixed:
        remedy = f"Write it as: {_shown(element.fixed)}."
        yield Fault(path, check.rule, "is not the fixed value", remedy)
    if element.pattern is not None and not _holds(value, element.pattern):
        remedy = f"Let it hold: {_shown(element.pattern)}."
        yield Fault(path, check.rule, "does not hold what the profile asks", remedy)
    if element.codes is not None and element.codes.isdisjoint(_codes(value, element.codes)):
        known = ", ".join(sorted(code for _, code in element.codes))
        found = "has no code of the value set the profile binds it to"
        yield Fault(path, check.rule, found, f"Use one of: {known}.")
    if element.targets and isinstance(value, dict) and not _points_at(value, element.targets):
        remedy = f"Refer to one of: {', '.join(element.targets)}."
        yield Fault(path, check.rule, "points at a type the profile does not allow", remedy)
    if element.name.endswith("[x]") and element.types and not _typed(element, path):
        remedy = f"Give one of: {', '.join(element.types)}."
        yield Fault(path, check.rule, "is of a type the profile does not allow", remedy)
    yield from _constrained(element, value, path, check)
    yield from _below(element, value, path, check)


def _typed(element: Element, path: str) -> bool:
    """Whether a choice is of a type that may stand: `valueString` of `value[x]` is a string."""
    suffix = path.rpartition(".")[2].partition("[")[0].removeprefix(element.name[:-3])
    return suffix in {type_[0].upper() + type_[1:] for type_ in element.types}


def _defined(part: Element, check: _Check) -> Element:
    """The extension's own definition, of a slice that is one of ours."""
    known = None if part.extension is None else extensions(check.base).get(part.extension)
    return part if known is None else known.root


def _counted(element: Element, many: int, path: str, check: _Check) -> Iterator[Fault]:
    if many < element.min:
        found = "is required and is missing" if many == 0 else f"is there {many} times"
        asked = f"at least {element.min}: {element.short}"
        yield Fault(path, check.rule, found, f"The profile asks for {asked}.")
    if element.max is not None and many > element.max:
        allowed = "none here" if element.max == 0 else f"at most {element.max}"
        remedy = f"The profile allows {allowed}: {element.short}."
        yield Fault(path, check.rule, f"is there {many} times", remedy)


def _values(parent: dict[str, Any], name: str, path: str) -> Iterator[tuple[Any, str]]:
    """The values of an element, or of every type of a choice such as `occurrence[x]`."""
    stem = name.removesuffix("[x]")
    for key, value in parent.items():
        if key == name or (
            stem != name and key.startswith(stem) and key[len(stem) :][:1].isupper()
        ):
            if isinstance(value, list):
                yield from ((one, f"{path}.{key}[{index}]") for index, one in enumerate(value))
            else:
                yield value, f"{path}.{key}"


def _belongs(value: object, part: Element, discriminator: str) -> bool:
    """Whether a value is in a slice: it holds the pattern that tells the slice apart."""
    if part.extension is not None:
        return isinstance(value, dict) and value.get("url") == part.extension
    if discriminator == "$this":
        return part.pattern is not None and _holds(value, part.pattern)
    child = next((one for one in part.children if one.name == discriminator), None)
    within = value.get(discriminator) if isinstance(value, dict) else None
    return child is not None and child.pattern is not None and _holds(within, child.pattern)


def _holds(value: object, pattern: object) -> bool:
    """FHIR's pattern: everything in it is in the value; of a list, in any place."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            _holds(value.get(name), each) for name, each in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(_holds(one, each) for one in value) for each in pattern
        )
    return value == pattern


def _codes(value: object, bound: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The codes of a value; a bare `code` is of whatever system the value set takes it from."""
    if isinstance(value, str):
        yield from (pair for pair in bound if pair[1] == value)
    elif isinstance(value, dict):
        for coding in value.get("coding", [value]):
            if isinstance(coding, dict):
                yield str(coding.get("system")), str(coding.get("code"))


def _points_at(value: dict[str, Any], targets: tuple[str, ...]) -> bool:
    """Whether a reference points at an allowed type, as far as it tells its type."""
    stated = value.get("reference")
    if isinstance(stated, str) and not stated.startswith(("#", "urn:")):
        parts = stated.partition("/_history/")[0].split("/")
        return len(parts) > 1 and parts[-2] in targets
    return value.get("type", targets[0]) in targets


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()
