"""Our own codes: attestations, programmes, Populations of Focus, answers, Medi-Cal aid codes.

The CodeSystem resources in `definitions/code_systems/` are the single source. They are read when
first asked for; every table is keyed by code, in the order of its CodeSystem.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import msgspec
from msgspec import Struct

ValueType = Literal["boolean", "integer", "date", "code"]

_FOLDER = Path(__file__).parent / "definitions" / "code_systems"


class Attestation(Struct, frozen=True, kw_only=True, gc=False):
    """A statement a person can make of a member."""

    code: str
    display: str
    #: Type of its answer.
    value: ValueType
    #: Its answer may be about one encounter.
    per_encounter: bool
    #: Codes of `answers()` that may answer a question of type code.
    answers: tuple[str, ...] = ()


class Program(Struct, frozen=True, kw_only=True, gc=False):
    """A programme a member may be in."""

    code: str
    display: str
    #: False for a wait list: being listed is not being enrolled.
    enrolment: bool


class PopulationOfFocus(Struct, frozen=True, kw_only=True, gc=False):
    """A Population of Focus."""

    code: str
    display: str
    #: Its number in the state's order; None for an overlay, which is no door of its own.
    number: int | None


class AidCode(Struct, frozen=True, kw_only=True, gc=False):
    """A Medi-Cal aid code; the shipped ones are a provisional fragment of the state's chart."""

    code: str
    display: str
    #: The programme it is evidence of, where it is of one.
    program: str | None


@cache
def attestations() -> Mapping[str, Attestation]:
    """Give the attestation codes."""
    return MappingProxyType(
        {
            concept.code: Attestation(
                code=concept.code,
                display=concept.display,
                value=cast(ValueType, _codes(concept, "value")[0]),
                per_encounter="encounter" in _codes(concept, "scope"),
                answers=_codes(concept, "answer"),
            )
            for concept in _read("ecm-attestation")
        }
    )


@cache
def programs() -> Mapping[str, Program]:
    """Give the programme codes, wait lists included."""
    return MappingProxyType(
        {
            concept.code: Program(
                code=concept.code,
                display=concept.display,
                enrolment=not any(
                    p.code == "enrolment" and p.valueBoolean is False for p in concept.property
                ),
            )
            for concept in _read("ecm-program")
        }
    )


@cache
def populations_of_focus() -> Mapping[str, PopulationOfFocus]:
    """Give the nine Populations of Focus in the state's order, then the overlay."""
    return MappingProxyType(
        {
            concept.code: PopulationOfFocus(
                code=concept.code,
                display=concept.display,
                number=next((p.valueInteger for p in concept.property if p.code == "number"), None),
            )
            for concept in _read("ecm-population-of-focus")
        }
    )


@cache
def aid_codes() -> Mapping[str, AidCode]:
    """Give the Medi-Cal aid codes we know; the state has many more."""
    return MappingProxyType(
        {
            concept.code: AidCode(
                code=concept.code,
                display=concept.display,
                program=next(iter(_codes(concept, "program")), None),
            )
            for concept in _read("medi-cal-aid-code")
        }
    )


@cache
def answers() -> Mapping[str, str]:
    """Give the display of each coded answer."""
    return MappingProxyType({concept.code: concept.display for concept in _read("ecm-answer")})


class _Property(Struct, gc=False):
    code: str
    valueCode: str | None = None  # noqa: N815 - FHIR's own name of the element
    valueInteger: int | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815


class _Concept(Struct):
    code: str
    display: str
    property: list[_Property] = []


class _CodeSystem(Struct):
    concept: list[_Concept]


def _read(name: str) -> list[_Concept]:
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=_CodeSystem).concept


def _codes(concept: _Concept, name: str) -> tuple[str, ...]:
    return tuple(p.valueCode for p in concept.property if p.code == name and p.valueCode)
