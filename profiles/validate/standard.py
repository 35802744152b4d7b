"""What FHIR R4 itself asks beyond structure: required bindings and invariants, as data.

`definitions/required_bindings.json` and `definitions/invariants.json` hold them as HL7 publishes
them. Both are found by the name of the library's model: `Timing.repeat` is `TimingRepeat`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

from profiles.fhirpath import Expression, expression

_DEFINITIONS = Path(__file__).parent.parent / "definitions"

#: The codes of a value set by code system, in its order.
Codes = Mapping[str, tuple[str, ...]]


class Invariant(Struct, frozen=True):
    """A rule on one element and what is below it."""

    key: str
    human: str
    expression: Expression
    remedy: str


@cache
def required_codes() -> Mapping[tuple[str, str], Codes]:
    """The codes each bound element may have, by model and element."""
    table = msgspec.json.decode((_DEFINITIONS / "required_bindings.json").read_bytes(), type=_Bound)
    sets = {
        name: MappingProxyType({system: tuple(codes) for system, codes in systems.items()})
        for name, systems in table.valueSets.items()
    }
    return MappingProxyType(
        {_placed(path): sets[value_set] for path, value_set in table.elements.items()}
    )


@cache
def invariants() -> Mapping[str, tuple[Invariant, ...]]:
    """The invariants by model."""
    rules = msgspec.json.decode((_DEFINITIONS / "invariants.json").read_bytes(), type=_Rules)
    found: dict[str, tuple[Invariant, ...]] = {}
    for one in rules.invariants:
        made = Invariant(one.key, one.human, expression(one.expression), one.remedy)
        model = _model(one.context)
        found[model] = (*found.get(model, ()), made)
    return MappingProxyType(found)


class _Bound(Struct):
    valueSets: dict[str, dict[str, list[str]]]  # noqa: N815 - FHIR's own name
    elements: dict[str, str]


class _Rule(Struct):
    key: str
    context: str
    human: str
    expression: str
    remedy: str


class _Rules(Struct):
    invariants: list[_Rule]


def _placed(path: str) -> tuple[str, str]:
    parent, _, name = path.rpartition(".")
    return _model(parent), name


def _model(path: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in path.split("."))
