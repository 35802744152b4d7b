"""What is known of one member, in the words of the programme: dated facts, each with its evidence.

The mappers write these records; `eligibility.evaluate` reads them. They know neither FHIR nor a
policy nor `as_of`: a fact is what a source says, and when it says it holds. A reference
(`Encounter/e1`) is only a name to show as evidence. Absence of a fact says nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from eligibility.dates import Days, Span
from eligibility.logic import UNKNOWN, Outcome

#: The sources a caller may declare complete for a range of days.
Source = Literal["encounters", "conditions", "programs", "screenings"]

VisitKind = Literal["emergency", "hospital", "snf", "observation"]


class Issue(Struct, frozen=True, kw_only=True):
    """A fault or an oddity in the data, told to the caller instead of raised.

    `details` never holds patient data: it names what was found, why it matters, what was done.
    """

    #: `error` (left out), `warning` (read with a doubt) or `information`.
    severity: Literal["error", "warning", "information"]
    #: A stable, hyphenated word for the kind of issue, e.g. `entered-in-error`, `other-patient`.
    code: str
    details: str
    #: The resource, e.g. `Encounter/e1`, or where it stands, e.g. `Bundle.entry[4]`.
    resource: str | None = None
    #: FHIRPath of the element, e.g. `Encounter.period.start`.
    expression: str | None = None


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """A person's answer to one attestation question."""

    #: Attestation code, e.g. `complex-need`.
    code: str
    #: The answer; None when it was `unknown` or `declined`. Dates are `Days`.
    value: bool | int | Days | str | None
    #: When it was given (None: undated, older than every dated answer).
    on: Days | None
    #: The encounter it is about, where it is about one.
    encounter: str | None = None
    ref: str


class Sign(Struct, frozen=True, kw_only=True, gc=False):
    """Coded data that stands for a concept (a value set): a diagnosis, a procedure, a flag."""

    #: The concept, i.e. the id of a shipped ValueSet, e.g. `homeless-sheltered`.
    concept: str
    kind: Literal["condition", "procedure", "flag", "encounter", "relation"]
    #: A condition or a flag counts as current when its status says so; other kinds are True.
    active: bool = True
    #: Onset of a condition; performance of a procedure; period of a flag or an encounter; birth of
    #: a related person.
    on: Days | None = None
    #: When a condition was recorded.
    recorded: Days | None = None
    #: When a condition abated or a flag ended.
    ended: Days | None = None
    ref: str


class Screening(Struct, frozen=True, kw_only=True, gc=False):
    """One answer to one question of a screening instrument (PRAPARE, AHC-HRSN, Hunger Vital Sign).

    The latest answer to a question speaks; `concepts` is what it stands for (empty: nothing found).
    """

    #: LOINC code of the question.
    question: str
    concepts: tuple[str, ...]
    #: False when the answer is "declined" or "unable to answer".
    answered: bool = True
    #: Where it was not answered: the concepts an answer could have stood for.
    left_open: tuple[str, ...] = ()
    on: Days | None
    ref: str


class Enrolment(Struct, frozen=True, kw_only=True, gc=False):
    """A period in a programme."""

    #: Programme code, e.g. `foster-care`.
    program: str
    span: Span
    #: The source says that it is over, though perhaps not when.
    ended: bool = False
    #: Postal code of the state that runs it (`CA`), where that is known.
    state: str | None = None
    ref: str


class Visit(Struct, frozen=True, kw_only=True, gc=False):
    """An encounter that may count as utilization."""

    kind: VisitKind
    #: The day it started (None: undated, so it may lie in any window).
    start: Days | None
    #: The instants, where the source gives them with a zone.
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    end: Days | None = None
    #: Who provided it, to recognize the same visit from two sources.
    provider: str | None = None
    #: The encounter it is part of.
    part_of: str | None = None
    unplanned: Outcome = UNKNOWN
    #: Due to mental health or substance use, by principal diagnosis, else by reason.
    behavioural: Outcome = UNKNOWN
    #: It is still going on, as far as the source knows.
    open: bool = False
    ref: str


class CoverageSpan(Struct, frozen=True, kw_only=True, gc=False):
    """A period of insurance."""

    #: Payor names and identifiers as written: `("Anthem Blue Cross", "urn:…|123")`.
    payors: tuple[str, ...]
    #: `managed-care` (MCPOL), `public` (PUBLICPOL), `commercial`, or None when no type is stated.
    type: Literal["managed-care", "public", "commercial"] | None
    active: bool
    #: None when no period is stated; else its ends may be open.
    span: Span | None
    #: Medi-Cal aid codes, upper case.
    aid_codes: tuple[str, ...] = ()
    ref: str


class MemberFacts(Struct, frozen=True, kw_only=True):
    """All that is known of one member."""

    #: `Patient/p1`.
    member: str
    born: Days | None = None
    #: Known to be dead; `died` says when, where that is known.
    deceased: bool = False
    died: Days | None = None
    county: str | None = None
    #: OMB race category codes as self-reported; empty: not stated.
    races: tuple[str, ...] = ()
    #: By attestation code, in no order.
    answers: dict[str, tuple[Answer, ...]] = {}
    #: By concept, in no order.
    signs: dict[str, tuple[Sign, ...]] = {}
    #: By LOINC question code, in no order.
    screenings: dict[str, tuple[Screening, ...]] = {}
    #: By programme code, in no order.
    enrolments: dict[str, tuple[Enrolment, ...]] = {}
    visits: tuple[Visit, ...] = ()
    coverages: tuple[CoverageSpan, ...] = ()
    #: Sources of which something could not be read or is known to be missing: a caller's
    #: declaration that such a source is complete is not believed.
    incomplete: frozenset[Source] = frozenset()
    issues: tuple[Issue, ...] = ()


class Completeness(Struct, frozen=True, kw_only=True, gc=False):
    """A caller's word that the facts of one source are all there are from `first` to `last`."""

    source: Source
    first: date
    last: date
