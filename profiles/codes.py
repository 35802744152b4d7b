"""Our own codes: attestations, programmes, Populations of Focus, aid codes, override reasons.

The CodeSystem resources are read when first asked for (`code_systems`); every table is keyed by
code, in the order of its CodeSystem. The codes of a referral under way are in `referral_codes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from msgspec import Struct

from profiles.code_systems import Label, concepts

ValueType = Literal["boolean", "integer", "date", "code"]


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
                value=cast(ValueType, concept.codes("value")[0]),
                per_encounter="encounter" in concept.codes("scope"),
                answers=concept.codes("answer"),
            )
            for concept in concepts("ecm-attestation")
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
                enrolment=concept.flag("enrolment") is not False,
            )
            for concept in concepts("ecm-program")
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
                number=concept.number("number"),
                variants=MappingProxyType(
                    {
                        each.code.removeprefix(f"{concept.code}-"): (each.code, each.display)
                        for each in concept.concept
                    }
                ),
                labels=concept.labels("label"),
            )
            for concept in concepts("ecm-population-of-focus")
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
                program=next(iter(concept.codes("program")), None),
            )
            for concept in concepts("medi-cal-aid-code")
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
                standard=concept.codes("standard")[0],
                suppresses=concept.flag("suppresses") is True,
            )
            for concept in concepts("ecm-override-reason")
        }
    )


@cache
def answers() -> Mapping[str, str]:
    """Give the display of each coded answer."""
    return MappingProxyType({concept.code: concept.display for concept in concepts("ecm-answer")})


@cache
def card_topics() -> Mapping[str, str]:
    """Give the display of each topic a card may have."""
    return MappingProxyType({one.code: one.display for one in concepts("ecm-card-topic")})
