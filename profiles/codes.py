"""Our own codes: attestations, programmes, Populations of Focus, aid codes, override reasons.

The CodeSystem resources in `definitions/code_systems/` are the single source. They are read when
first asked for; every table is keyed by code, in the order of its CodeSystem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class Label(Struct, frozen=True, gc=False):
    """A security label (`meta.security`): how guarded a resource is, or of what it tells."""

    system: str
    code: str
    display: str


class PopulationOfFocus(Struct, frozen=True, kw_only=True, gc=False):
    """A Population of Focus."""

    code: str
    display: str
    #: Its number in the state's order; None for an overlay, which is no door of its own.
    number: int | None
    #: By variant (`adult`, `child-youth`, `family`): its code and display, where texts define the
    #: age group apart.
    variants: Mapping[str, tuple[str, str]]
    #: What a resource bears that says that a member is in it; empty: no label beyond the usual.
    labels: tuple[Label, ...]


class AidCode(Struct, frozen=True, kw_only=True, gc=False):
    """A Medi-Cal aid code; the shipped ones are a provisional fragment of the state's chart."""

    code: str
    display: str
    #: The programme it is evidence of, where it is of one.
    program: str | None


class OverrideReason(Struct, frozen=True, kw_only=True, gc=False):
    """Why a card was set aside."""

    code: str
    display: str
    #: The nearest of HL7's non-adherence-reason-codes.
    standard: str
    #: The card is kept back from the member for a while.
    suppresses: bool


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
                enrolment=_flag(concept, "enrolment") is not False,
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
                variants=MappingProxyType(
                    {
                        each.code.removeprefix(f"{concept.code}-"): (each.code, each.display)
                        for each in concept.concept
                    }
                ),
                labels=tuple(
                    p.valueCoding
                    for p in concept.property
                    if p.code == "label" and p.valueCoding is not None
                ),
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
def override_reasons() -> Mapping[str, OverrideReason]:
    """Give the reasons for setting a card aside, in the order they are offered."""
    return MappingProxyType(
        {
            concept.code: OverrideReason(
                code=concept.code,
                display=concept.display,
                standard=_codes(concept, "standard")[0],
                suppresses=_flag(concept, "suppresses") is True,
            )
            for concept in _read("ecm-override-reason")
        }
    )


@cache
def answers() -> Mapping[str, str]:
    """Give the display of each coded answer."""
    return MappingProxyType({concept.code: concept.display for concept in _read("ecm-answer")})


@cache
def card_topics() -> Mapping[str, str]:
    """Give the display of each topic a card may have."""
    return MappingProxyType({one.code: one.display for one in _read("ecm-card-topic")})


@cache
def codes_of(id: str) -> frozenset[str] | None:
    """Give every code of a shipped CodeSystem, finer ones included; None: there is none of that id.

    Args:
        id: as it came in a resource; of any form.
    """
    if not any(file.stem == id for file in _FOLDER.glob("*.json")):
        return None
    return frozenset(_with_finer(_read(id)))


class _Property(Struct, gc=False):
    code: str
    valueCode: str | None = None  # noqa: N815 - FHIR's own name of the element
    valueInteger: int | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueCoding: Label | None = None  # noqa: N815


class _Concept(Struct):
    code: str
    display: str
    property: list[_Property] = []
    concept: list[_Concept] = []


class _CodeSystem(Struct):
    concept: list[_Concept]


def _read(name: str) -> list[_Concept]:
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=_CodeSystem).concept


def _with_finer(concepts: list[_Concept]) -> Iterator[str]:
    for concept in concepts:
        yield concept.code
        yield from _with_finer(concept.concept)


def _flag(concept: _Concept, name: str) -> bool | None:
    return next((p.valueBoolean for p in concept.property if p.code == name), None)


def _codes(concept: _Concept, name: str) -> tuple[str, ...]:
    return tuple(p.valueCode for p in concept.property if p.code == name and p.valueCode)
