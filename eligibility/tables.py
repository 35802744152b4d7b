"""The tables beside the policies: who pays, what an aid code says, what to ask.

They hold the same for every plan. `eligibility.registry` reads and keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from eligibility.provenance import Source

Who = Literal["clinician", "member", "plan", "county", "facility"]


class CountyList(Struct, frozen=True, kw_only=True):
    """Where a plan serves members, shown to a person; never used to guess a plan."""

    first: date
    #: None: open.
    last: date | None
    counties: tuple[str, ...]
    provisional: bool = False


class RegisteredPlan(Struct, frozen=True, kw_only=True):
    """A Medi-Cal managed care plan by which a member may be covered."""

    id: str
    title: str
    #: The plan whose policy folder answers; None: the state's.
    policy: str | None = None
    names: tuple[str, ...]
    #: `system|value`.
    identifiers: tuple[str, ...] = ()
    #: Its names are on commercial or Medicare cards too.
    sells_other_insurance: bool = False
    counties: tuple[CountyList, ...] = ()
    note: str | None = None
    source: Source


class AidCode(Struct, frozen=True, kw_only=True):
    """What a Medi-Cal aid code on a Coverage says, from `first` to `last`."""

    code: str
    label: str
    #: An enrolment for the Coverage's period, run by `state`.
    program: str | None = None
    state: str | None = None
    #: A concept it stands for.
    sign: str | None = None
    first: date
    #: None: open.
    last: date | None
    source: Source


class Question(Struct, frozen=True, kw_only=True):
    """What to ask where the data do not decide."""

    #: Attestation or programme code.
    code: str
    #: `{date}` in a question about an encounter is the day of the visit.
    question: str
    #: Who can answer, the likeliest first.
    who: tuple[Who, ...]
    #: By itself reveals something about the member: show it only where that may be seen.
    sensitive: bool


class Questions(Struct, frozen=True, kw_only=True):
    """All questions, by code."""

    attestations: Mapping[str, Question]
    #: About one encounter.
    encounters: Mapping[str, Question]
    programs: Mapping[str, Question]


class Payors(Struct, frozen=True, kw_only=True):
    """`registry.yaml`: the plans, and names that are no plan's."""

    plans: tuple[RegisteredPlan, ...]
    fee_for_service_names: tuple[str, ...]
    medi_cal_unspecific_names: tuple[str, ...]
