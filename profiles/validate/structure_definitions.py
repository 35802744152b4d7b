"""StructureDefinitions as trees: what each profile of ours asks of each element.

Of a differential is read: `min`, `max`, `fixed[x]`, `pattern[x]`, types of a choice, slices that
a pattern or the URL of an extension tells apart, target types of references, required bindings,
and constraints in FHIRPath. What a base profile of others asks, our profiles ask themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE, canonicals
from profiles.code_systems import codes_of
from profiles.fhirpath import Expression, expression

_DEFINITIONS = Path(__file__).parent.parent / "definitions"
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/"

Severity = Literal["error", "warning"]


class Constraint(Struct, frozen=True):
    """A rule on an element and what is below it."""

    key: str
    severity: Severity
    #: The rule in words.
    human: str
    expression: Expression
    #: What to do where it is broken.
    remedy: str


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
    #: Types a choice may have; empty: those of FHIR.
    types: tuple[str, ...] = ()
    #: Resource types a reference may point at; empty: those of FHIR.
    targets: tuple[str, ...] = ()
    #: The codes of a required value set, as (system, code); None: not bound.
    codes: frozenset[tuple[str, str]] | None = None
    #: Where the pattern that tells the slices apart stands below the value; `$this`: itself.
    discriminator: str = "$this"
    #: Of a slice of extensions: the URL that tells it apart.
    extension: str | None = None
    constraints: tuple[Constraint, ...] = ()
    slices: list[Element] = []
    children: list[Element] = []


class Profile(Struct, frozen=True):
    """A profile of ours on one resource type, or an extension of ours."""

    id: str
    #: `Task`, or `Extension`.
    type: str
    root: Element


@cache
def profiles(base: str = DEFAULT_BASE) -> Mapping[str, Profile]:
    """The shipped profiles of resources by their canonical URL under `base`."""
    return MappingProxyType(
        {url: one for url, one in _structures(base).items() if one.type != "Extension"}
    )


@cache
def extensions(base: str = DEFAULT_BASE) -> Mapping[str, Profile]:
    """The shipped extensions by their URL under `base`."""
    return MappingProxyType(
        {url: one for url, one in _structures(base).items() if one.type == "Extension"}
    )


@cache
def _structures(base: str) -> Mapping[str, Profile]:
    return {one["url"]: _profile(one, base) for one in _shipped("structure", base)}


def _shipped(folder: str, base: str) -> Iterator[dict[str, Any]]:
    for file in sorted((_DEFINITIONS / folder).glob("*.json")):
        text = file.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
        yield msgspec.json.decode(text)


@cache
def _value_sets(base: str) -> Mapping[str, frozenset[tuple[str, str]]]:
    return {
        one["url"]: frozenset(
            (include["system"], code)
            for include in one["compose"]["include"]
            for code in _included(include)
        )
        for one in _shipped("bindings", base)
    }


def _included(include: dict[str, Any]) -> Iterator[str]:
    """Codes that are listed, or else all those of a CodeSystem of ours."""
    if "concept" in include:
        yield from (concept["code"] for concept in include["concept"])
    else:
        yield from codes_of(include["system"].rpartition("/")[2]) or ()


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
    types = stated.get("type", [])
    return Element(
        name=name,
        short=stated.get("short", ""),
        min=stated.get("min", 0),
        max=None if maximum == "*" else int(maximum),
        fixed=_choice(stated, "fixed"),
        pattern=_choice(stated, "pattern"),
        types=tuple(one["code"] for one in types),
        targets=tuple(
            target.removeprefix(_FHIR_TYPE)
            for type_ in types
            for target in type_.get("targetProfile", [])
        ),
        codes=_value_sets(base)[binding["valueSet"]]
        if binding.get("strength") == "required"
        else None,
        discriminator=discriminators[0]["path"],
        extension=next((url for type_ in types for url in type_.get("profile", [])), None),
        constraints=tuple(_constraint(one, base) for one in stated.get("constraint", [])),
    )


def _constraint(stated: dict[str, Any], base: str) -> Constraint:
    remedy = canonicals(base).structure("remedy")
    return Constraint(
        key=stated["key"],
        severity=stated["severity"],
        human=stated["human"],
        expression=expression(stated["expression"]),
        remedy=next(one["valueString"] for one in stated["extension"] if one["url"] == remedy),
    )


def _choice(stated: dict[str, Any], prefix: str) -> Any:
    return next((value for name, value in stated.items() if name.startswith(prefix)), None)
