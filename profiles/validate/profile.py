"""Profiles as data: checks a resource by the StructureDefinitions in `definitions/structure/`.

Of a differential is read: `min`, `max`, `fixed[x]`, `pattern[x]`, slices that a pattern tells
apart, target types of references, and required bindings to the value sets in
`definitions/bindings/`. What a base profile of others asks, our profiles ask themselves. To add a
profile is to add a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE
from profiles.validate.fault import Fault

_DEFINITIONS = Path(__file__).parent.parent / "definitions"
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/"


class Element(Struct):
    """What a profile asks of one element, or of one slice of it."""

    #: Name in its parent: `identifier`, `value[x]`; of a slice the name of the slice.
    name: str
    #: What it is, in words.
    short: str
    min: int = 0
    #: None: as many as FHIR allows.
    max: int | None = None
    #: A value it has to equal, or to hold.
    fixed: Any = None
    pattern: Any = None
    #: Resource types a reference may point at; empty: those of FHIR.
    targets: tuple[str, ...] = ()
    #: The codes of a required value set, as (system, code); None: not bound.
    codes: frozenset[tuple[str, str]] | None = None
    #: Where the pattern that tells the slices apart stands below the value; `$this`: itself.
    discriminator: str = "$this"
    slices: list[Element] = []
    children: list[Element] = []


class Profile(Struct, frozen=True):
    """A profile of ours on one resource type."""

    id: str
    type: str
    root: Element


@cache
def profiles(base: str = DEFAULT_BASE) -> Mapping[str, Profile]:
    """The shipped profiles of resources by their canonical URL under `base`."""
    found = {}
    for definition in _shipped("structure", base):
        if definition["kind"] == "resource":
            found[definition["url"]] = _profile(definition, base)
    return MappingProxyType(found)


def profile_faults(profile: Profile, resource: dict[str, Any], path: str) -> Iterator[Fault]:
    """What the profile asks and the resource does not do."""
    if resource.get("resourceType") != profile.type:
        found = f"claims a profile of {profile.type}"
        yield Fault(f"{path}.meta.profile", profile.id, found, "Claim a profile of its own type.")
        return
    yield from _below(profile.root, resource, path, profile.id)


# --- reading a StructureDefinition ---


def _shipped(folder: str, base: str) -> Iterator[dict[str, Any]]:
    for file in sorted((_DEFINITIONS / folder).glob("*.json")):
        text = file.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
        yield msgspec.json.decode(text)


@cache
def _value_sets(base: str) -> Mapping[str, frozenset[tuple[str, str]]]:
    return {
        one["url"]: frozenset(
            (include["system"], concept["code"])
            for include in one["compose"]["include"]
            for concept in include["concept"]
        )
        for one in _shipped("bindings", base)
    }


def _profile(definition: dict[str, Any], base: str) -> Profile:
    """Builds the tree from the ids: `Task.identifier:placer.type` stands below `…:placer`."""
    elements: dict[str, Element] = {}
    for stated in definition["differential"]["element"]:
        parent_id, _, name = stated["id"].rpartition(".")
        sliced_id, _, slice_name = name.partition(":")
        element = elements[stated["id"]] = _element(slice_name or name, stated, base)
        if slice_name:
            elements[f"{parent_id}.{sliced_id}"].slices.append(element)
        elif parent_id:
            elements[parent_id].children.append(element)
    return Profile(definition["id"], definition["type"], elements[definition["type"]])


def _element(name: str, stated: dict[str, Any], base: str) -> Element:
    binding = stated.get("binding", {})
    maximum = stated.get("max", "*")
    discriminators = stated.get("slicing", {}).get("discriminator", [{"path": "$this"}])
    return Element(
        name=name,
        short=stated["short"],
        min=stated.get("min", 0),
        max=None if maximum == "*" else int(maximum),
        fixed=_choice(stated, "fixed"),
        pattern=_choice(stated, "pattern"),
        targets=tuple(
            target.removeprefix(_FHIR_TYPE)
            for type_ in stated.get("type", [])
            for target in type_.get("targetProfile", [])
        ),
        codes=_value_sets(base)[binding["valueSet"]]
        if binding.get("strength") == "required"
        else None,
        discriminator=discriminators[0]["path"],
    )


def _choice(stated: dict[str, Any], prefix: str) -> Any:
    return next((value for name, value in stated.items() if name.startswith(prefix)), None)


# --- checking a resource ---


def _below(element: Element, value: object, path: str, rule: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    for child in element.children:
        given = list(_values(value, child.name, path))
        yield from _counted(child, len(given), f"{path}.{child.name}", rule)
        for one, place in given:
            yield from _asked(child, one, place, rule)
        for part in child.slices:
            members = [each for each in given if _belongs(each[0], part, child.discriminator)]
            yield from _counted(part, len(members), f"{path}.{child.name}", rule)
            for one, place in members:
                yield from _below(part, one, place, rule)


def _asked(element: Element, value: Any, path: str, rule: str) -> Iterator[Fault]:
    """What the profile asks of one value, and of all below it."""
    if element.fixed is not None and value != element.fixed:
        yield Fault(path, rule, "is not the fixed value", f"Write it as: {_shown(element.fixed)}.")
    if element.pattern is not None and not _holds(value, element.pattern):
        remedy = f"Let it hold: {_shown(element.pattern)}."
        yield Fault(path, rule, "does not hold what the profile asks", remedy)
    if element.codes is not None and element.codes.isdisjoint(_codes(value, element.codes)):
        known = ", ".join(sorted(code for _, code in element.codes))
        found = "has no code of the value set the profile binds it to"
        yield Fault(path, rule, found, f"Use one of: {known}.")
    if element.targets and isinstance(value, dict) and not _points_at(value, element.targets):
        remedy = f"Refer to one of: {', '.join(element.targets)}."
        yield Fault(path, rule, "points at a type the profile does not allow", remedy)
    yield from _below(element, value, path, rule)


def _counted(element: Element, many: int, path: str, rule: str) -> Iterator[Fault]:
    if many < element.min:
        found = "is required and is missing" if many == 0 else f"is there {many} times"
        asked = f"at least {element.min}: {element.short}"
        yield Fault(path, rule, found, f"The profile asks for {asked}.")
    if element.max is not None and many > element.max:
        allowed = "none here" if element.max == 0 else f"at most {element.max}"
        remedy = f"The profile allows {allowed}: {element.short}."
        yield Fault(path, rule, f"is there {many} times", remedy)


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
