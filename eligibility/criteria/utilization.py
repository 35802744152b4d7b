"""Counting visits and stays in a window, as a range (input contract, sections 1, 2 and 5).

A visit whose avoidability nobody has judged, or whose day is only partly known, widens the range
`[low, high]`; `high` is open when the encounters are not declared complete for the look-back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil

from msgspec import Struct

from eligibility.context import Context
from eligibility.criteria.counting import DAY, Candidate, most
from eligibility.dates import add_days, add_months
from eligibility.determination import Count, Evidence, Finding, Missing, MissingKind, Window
from eligibility.facts import Answer, VisitKind
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.standing import disputed, latest
from eligibility.visits import Event

_AVOIDABLE = "avoidable-encounter"


class Visits(Struct, frozen=True, kw_only=True):
    """At least `at_least` events of `kinds`, within `within_months` inside the look-back.

    Without `within_months` the look-back itself is the window; without a look-back the window ends
    on the day asked about.
    """

    kinds: tuple[VisitKind, ...]
    at_least: int
    look_back_months: int | None = None
    within_months: int | None = None
    avoidable: bool = False
    unplanned: bool = False
    behavioural: bool = False
    short_term_days: int | None = None
    #: How many certain ones are evidence; without it `at_least` possible ones are.
    signal: int | None = None
    #: `unknown`: the text states no number, so fewer than `at_least` (but some) is never a no.
    below: str | None = None
    flags: tuple[str, ...] = ()

    def find(self, context: Context) -> Finding:
        """Counts, and counts again by the other readings of a window when that could matter."""
        as_of = context.as_of
        months = self.look_back_months or self.within_months or 0
        since = add_months(as_of, -months)
        candidates, older = self._candidates(context, since)
        complete = context.is_complete("encounters", since, as_of)
        low, potential, window, inside = most(candidates, since, as_of, self.within_months)
        outcome = self._outcome(low, potential, complete=complete)
        alternatives: tuple[Outcome, ...] = ()
        if len(candidates) >= self.at_least:
            fixed = add_days(as_of, -ceil(months * 365 / 12))
            alternatives = self._alternatives(
                candidates, Window(since, as_of), fixed, outcome, complete=complete
            )
        flags = list(self.flags) if potential else []
        if older:
            flags.append("outside-look-back")
        if "hospital" in self.kinds and any(
            event.start is None or event.start.last >= since
            for event in context.events("observation")
        ):
            flags.append("observation-stay")
        return Finding(
            outcome=outcome,
            evidence=tuple(
                Evidence(ref, one.first if one.dated else None)
                for one in inside
                for ref in one.refs
            ),
            missing=self._missing(outcome, inside, potential, complete=complete),
            flags=tuple(flags),
            window=window,
            count=Count(low, potential if complete else None, self.at_least),
            alternatives=alternatives,
            indicated=potential >= self.at_least if self.signal is None else low >= self.signal,
            hinted=potential > 0 and not self.behavioural,
            undecided=tuple(one.refs[0] for one in inside if one.counts is not MET),
        )

    def _outcome(self, low: int, potential: int, *, complete: bool) -> Outcome:
        if low >= self.at_least:
            return MET
        if not complete or potential >= self.at_least or (potential and self.below == "unknown"):
            return UNKNOWN
        return NOT_MET

    def _alternatives(
        self,
        candidates: Sequence[Candidate],
        window: Window,
        fixed: date,
        outcome: Outcome,
        *,
        complete: bool,
    ) -> tuple[Outcome, ...]:
        """By fixed days; half-open at one end; half-open at the other. Empty when all agree."""
        since, as_of = window.first, window.last
        readings = (
            most(
                [one for one in candidates if one.last >= fixed],
                fixed,
                as_of,
                self.within_months,
                fixed_days=True,
            ),
            most(candidates, since + DAY, as_of, self.within_months, half_open=True),
            most(candidates, since, as_of - DAY, self.within_months),
        )
        found = tuple(self._outcome(low, high, complete=complete) for low, high, _, _ in readings)
        return found if any(one is not outcome for one in found) else ()

    def _candidates(self, context: Context, since: date) -> tuple[list[Candidate], bool]:
        """The events that may count, by day, and whether any was too old to be counted."""
        found: list[Candidate] = []
        older = False
        for kind in self.kinds:
            for event in context.events(kind):
                if event.start is not None and event.start.last < since:
                    older = older or self._weigh(event, context)[0] is not NOT_MET
                    continue
                counts, missing = self._weigh(event, context)
                if counts is NOT_MET:
                    continue
                start = event.start
                found.append(
                    Candidate(
                        start.first if start else since,
                        start.last if start else context.as_of,
                        counts if start else UNKNOWN,
                        missing if start else (Missing("data", "encounter-date", event.refs[0]),),
                        event.refs,
                        start is not None,
                    )
                )
        found.sort(key=lambda one: (one.first, one.last, one.refs))
        return found, older

    def _weigh(self, event: Event, context: Context) -> tuple[Outcome, tuple[Missing, ...]]:
        """Whether an event counts, and what is not known of it."""
        open_questions: list[Missing] = []
        on = event.start.first if event.start else None
        checks: list[tuple[Outcome, MissingKind, str]] = []
        if self.behavioural:
            checks.append((event.behavioural, "data", "principal-diagnosis"))
        if self.unplanned and event.kind == "hospital":
            checks.append((event.unplanned, "data", "admission-type"))
        if event.kind == "snf" and self.short_term_days is not None:
            checks.append((_short(event, self.short_term_days, context.as_of), "data", "snf-end"))
        if self.avoidable:
            checks.append((_avoidable(event, context), "avoidability", _AVOIDABLE))
        for outcome, kind, code in checks:
            if outcome is NOT_MET:
                return NOT_MET, ()
            if outcome is UNKNOWN:
                open_questions.append(Missing(kind, code, event.refs[0], on))
        return (UNKNOWN if open_questions else MET), tuple(open_questions)

    def _missing(
        self, outcome: Outcome, inside: Iterable[Candidate], potential: int, *, complete: bool
    ) -> tuple[Missing, ...]:
        if outcome is not UNKNOWN:
            return ()
        if potential >= self.at_least:
            return tuple(question for one in inside for question in one.missing)
        if not complete:
            return (Missing("encounters", "-or-".join(self.kinds)),)
        return (Missing("policy", "no-number-in-text"),)


def _short(event: Event, days: int, as_of: date) -> Outcome:
    """Whether a nursing-facility stay is short-term; an open one is while it is no longer."""
    if event.start is None:
        return UNKNOWN
    if event.end is not None and event.end.last <= as_of:
        if (event.end.last - event.start.first).days <= days:
            return MET
        return NOT_MET if (event.end.first - event.start.last).days > days else UNKNOWN
    if (as_of - event.start.last).days > days:
        return NOT_MET if event.open or event.end is not None else UNKNOWN
    return MET if (as_of - event.start.first).days <= days else UNKNOWN


def _avoidable(event: Event, context: Context) -> Outcome:
    """The answer for this event if there is one, else the blanket answer to date."""
    given = context.facts.answers.get(_AVOIDABLE)
    if given is None:
        return UNKNOWN
    own = [one for one in given if one.encounter in event.refs]
    spoken = latest(own, context.as_of)
    if spoken is None:
        spoken = latest([one for one in given if _blanket(one, event)], context.as_of)
    if spoken is not None and spoken.disputed:
        issue = disputed(_AVOIDABLE, spoken)
        if issue not in context.issues:
            context.issues.append(issue)
    if spoken is None or not isinstance(spoken.value, bool):
        return UNKNOWN
    return MET if spoken.value else NOT_MET


def _blanket(answer: Answer, event: Event) -> bool:
    if answer.encounter is not None:
        return False
    return answer.on is None or event.start is None or event.start.first <= answer.on.last
