"""The facts of one member as they stand on one day.

Answers grow old, conditions end, enrolments run out: `Context` says what speaks on `as_of`
(input contract, sections 2 and 5), each thing worked out once and only when a criterion asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from eligibility.dates import Span
from eligibility.determination import Evidence, Finding
from eligibility.facts import (
    Completeness,
    Enrolment,
    Issue,
    MemberFacts,
    Source,
)
from eligibility.logic import MET, UNKNOWN, Outcome
from eligibility.registry import Registry
from eligibility.standing import (
    Spoken,
    at_age,
    believed,
    day_of,
    disputed,
    holds,
    latest,
    newest,
    screened,
)
from eligibility.visits import Event, events


class Coded(Struct, frozen=True, gc=False):
    """What coded data says of one concept: what can meet a criterion, and what only suggests it."""

    meets: tuple[Evidence, ...] = ()
    suggests: tuple[Evidence, ...] = ()
    #: A screening asked for it and was not answered: its absence is no "no".
    left_open: bool = False


_NOTHING_CODED = Coded()
_FOSTER_CARE = "foster-care"
_AGED_OUT = "aged-out-foster-youth"
_NO_EVENTS: tuple[Event, ...] = ()


class Context:
    """One member, one day."""

    __slots__ = (
        "_ages",
        "_aided",
        "_answers",
        "_coded",
        "_enrolments",
        "_events",
        "_policy_date",
        "_ranges",
        "_registry",
        "_screened",
        "as_of",
        "complete",
        "facts",
        "issues",
        "memo",
        "populations",
        "spoken_of",
    )

    def __init__(
        self,
        facts: MemberFacts,
        as_of: date,
        complete: Sequence[Completeness],
        registry: Registry,
        policy_date: date,
    ) -> None:
        self.facts = facts
        self.as_of = as_of
        #: Findings by compiled test, so that plan and state work nothing out twice.
        self.memo: dict[int, Finding] = {}
        #: Outcomes of the populations already decided, for those that refer to others.
        self.populations: dict[str, Outcome] = {}
        self.issues: list[Issue] = []
        self._registry = registry
        self._policy_date = policy_date
        #: What was declared complete and is believed, overlapping and adjoining ranges joined.
        self.complete = believed(facts, complete, self.issues)
        self._ranges: dict[Source, list[Completeness]] = {}
        for declared in self.complete:
            self._ranges.setdefault(declared.source, []).append(declared)
        self._answers: dict[str, Spoken | None] = {}
        self._coded: dict[str, Coded] = {}
        self._screened = screened(facts.screenings, as_of, self.issues)
        self._events: dict[str, tuple[Event, ...]] | None = None
        self._enrolments: dict[str, tuple[Enrolment, ...]] | None = None
        self._aided: dict[str, tuple[Evidence, ...]] = {}
        self._ages: dict[int, Outcome] = {}
        #: The names of everything the facts say something of: codes, concepts, kinds, elements.
        #: A criterion that asks for none of it finds what it finds for a member of whom nothing is
        #: known (`eligibility.baseline`). Names of different things may be the same word.
        self.spoken_of = self._names()

    def _names(self) -> set[str]:
        facts = self.facts
        enrolments = self._programmes()
        names = {*facts.answers, *facts.signs, *enrolments, *{visit.kind for visit in facts.visits}}
        names.update(self._screened.found, self._screened.left_open)
        if self._aided or _FOSTER_CARE in enrolments:
            names.add(_AGED_OUT)
        if facts.born is not None:
            names.add("born")
        if facts.races:
            names.add("races")
        return names

    def decide(self, population: str, outcome: Outcome) -> None:
        """Keeps the outcome of a population, for criteria that refer to it."""
        self.populations[population] = outcome
        if outcome is not UNKNOWN:
            self.spoken_of.add(population)

    def at_age(self, years: int) -> Outcome:
        """Whether the member has completed `years` on the day."""
        if years not in self._ages:
            self._ages[years] = at_age(self.facts.born, years, self.as_of)
        return self._ages[years]

    # -- completeness ------------------------------------------------------------------------

    def is_complete(self, source: Source, first: date, last: date) -> bool:
        """Whether the caller declared `source` complete for every day from `first` to `last`."""
        ranges = self._ranges.get(source)
        if ranges is None:
            return False
        return any(one.first <= first and last <= one.last for one in ranges)

    # -- answers -----------------------------------------------------------------------------

    def answer(self, code: str) -> Spoken | None:
        """The answer to `code` that speaks on the day, or None where nobody was asked."""
        given = self.facts.answers.get(code)
        if given is None:
            return None
        if code not in self._answers:
            spoken = latest(given, self.as_of)
            self._answers[code] = spoken
            if spoken is not None and spoken.disputed:
                self.issues.append(disputed(code, spoken))
        return self._answers[code]

    # -- coded data --------------------------------------------------------------------------

    def coded(self, concept: str) -> Coded:
        """The signs and screening answers of a concept that hold on the day."""
        known = self._coded.get(concept)
        if known is None:
            known = self._coded[concept] = self._weigh(concept)
        return known

    def _weigh(self, concept: str) -> Coded:
        if concept == _AGED_OUT:
            return self._aged_out()
        signs = self.facts.signs.get(concept)
        meets = list(self._screened.found.get(concept, ()))
        left_open = concept in self._screened.left_open
        if signs is None and not meets and not left_open:
            return _NOTHING_CODED
        suggests: list[Evidence] = []
        for sign in signs or ():
            if holds(sign, self.as_of):
                weight = meets if sign.kind in ("condition", "procedure") else suggests
                weight.append(Evidence(sign.ref, day_of(sign)))
        return Coded(newest(meets), newest(suggests), left_open)

    # -- visits and programmes ---------------------------------------------------------------

    def events(self, kind: str) -> tuple[Event, ...]:
        """The physical visits of one kind up to the day, in order."""
        if self._events is None:
            by_kind: dict[str, list[Event]] = {}
            for event in events(self.facts.visits, self.as_of):
                by_kind.setdefault(event.kind, []).append(event)
            self._events = {kind: tuple(found) for kind, found in by_kind.items()}
        return self._events.get(kind, _NO_EVENTS)

    def enrolments(self, program: str) -> tuple[Enrolment, ...]:
        """The enrolments in a programme, those that an aid code states included."""
        return self._programmes().get(program, ())

    def _programmes(self) -> dict[str, tuple[Enrolment, ...]]:
        if self._enrolments is None:
            self._enrolments = self._read_aid_codes()
        return self._enrolments

    def _read_aid_codes(self) -> dict[str, tuple[Enrolment, ...]]:
        merged = self.facts.enrolments
        for coverage in self.facts.coverages:
            for code in coverage.aid_codes if coverage.active else ():
                meaning = self._registry.aid_code(code, self._policy_date)
                if meaning is None:
                    continue
                span = coverage.span or Span()
                if meaning.program is not None:
                    enrolment = Enrolment(
                        program=meaning.program, span=span, state=meaning.state, ref=coverage.ref
                    )
                    before = merged.get(meaning.program, ())
                    merged = {**merged, meaning.program: (*before, enrolment)}
                if meaning.sign is not None and (
                    span.start is None or span.start.first <= self.as_of
                ):
                    shown = (*self._aided.get(meaning.sign, ()), Evidence(coverage.ref))
                    self._aided[meaning.sign] = shown
        return merged

    def _aged_out(self) -> Coded:
        """Former foster youth: an aid code says so; foster care that ended after 18 suggests it."""
        suggests = tuple(
            Evidence(one.ref, one.span.end.first)
            for one in self.enrolments(_FOSTER_CARE)
            if one.span.end is not None
            and one.span.end.last <= self.as_of
            and at_age(self.facts.born, 18, one.span.end.last) is MET
        )
        return Coded(self._aided.get(_AGED_OUT, ()), suggests)
