"""Everything the page shows of one answer, made once from the chart and its determination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from msgspec import Struct

from adapter.dates import in_words
from adapter.question import spelled
from adapter.workbench.evaluate.asked import COVERAGE, Asked, Chart, determination_of
from adapter.workbench.evaluate.comparison import Comparison, comparison
from adapter.workbench.evaluate.glance import Glance, at_a_glance
from adapter.workbench.evaluate.headline import Headline, headline
from adapter.workbench.evaluate.questions.questions import Questions, open_questions
from adapter.workbench.evaluate.reasons.entries import Entries
from adapter.workbench.evaluate.reasons.records import Trace
from adapter.workbench.evaluate.reasons.traces import (
    trace_of,
    trace_of_exclusion,
    trace_of_membership,
)
from adapter.workbench.evaluate.timeline.timeline import Timeline, timeline
from eligibility.determination import Determination, ExclusionResult
from eligibility.facts import Issue
from eligibility.logic import MET, UNKNOWN
from eligibility.report import sorted_issues, undecided_exclusions
from eligibility.wording import EXCLUSION_KINDS

#: How far back the last visit has to lie for the page to offer that day.
_LONG_AGO_DAYS = 400


class Row(Struct, frozen=True, kw_only=True):
    """A population and, where it is opened, its reasons."""

    glance: Glance
    #: None: its reasons are fetched when it is opened.
    trace: Trace | None
    is_open: bool = False


class Against(Struct, frozen=True, kw_only=True):
    """A programme or service that stands against it, or may; or whether the plan covers at all."""

    id: str
    title: str
    outcome: str
    #: What it does: `excludes ECM`.
    does: str
    #: What to do instead; empty: nothing is said.
    alternative: str
    trace: Trace | None


class Result(Struct, frozen=True, kw_only=True):
    """One answer."""

    headline: Headline
    rows: tuple[Row, ...]
    membership: Against
    against: tuple[Against, ...]
    #: Titles of exclusions that nothing points to and that nobody ruled out.
    not_ruled_out: tuple[str, ...]
    #: The plan's offer to look case by case; empty: none.
    review: str
    timeline: Timeline
    comparison: Comparison
    questions: Questions
    issues: tuple[Issue, ...]
    #: `2 warnings, 1 note`.
    issues_counted: str
    command: str
    #: The last visit of a record that ends long before the day; None: it does not.
    last_visit: date | None
    last_visit_in_words: str


def result_of(asked: Asked, chart: Chart, opened: Collection[str]) -> Result:
    """What the page shows.

    Args:
        asked: the question.
        chart: as it was read.
        opened: ids of populations and exclusions whose reasons are shown; `*`: all.

    Raises:
        UnusableInput, UnknownPlan: as `determination_of`.
    """
    determination = determination_of(asked, chart.facts)
    entries = Entries(chart.resources)
    glances = at_a_glance(determination)
    issues = tuple(sorted_issues(determination.issues))
    last = _last_visit(asked, chart)
    review = determination.discretionary_review
    return Result(
        headline=headline(
            determination,
            chart.facts,
            entries.patient(determination.member),
            glances,
            chosen=asked.plan is not None,
            coverage=asked.answers.get(COVERAGE, ""),
        ),
        rows=tuple(
            Row(
                glance=one,
                trace=reasons_of(determination, entries, one.id)
                if _wanted(one.id, opened)
                else None,
                is_open=one.id in opened,
            )
            for one in glances
        ),
        membership=Against(
            id="membership",
            title="Member of the plan",
            outcome=determination.membership.outcome.value,
            does=determination.membership.reason.rstrip("."),
            alternative="",
            trace=trace_of_membership(determination, entries),
        ),
        against=tuple(
            _against(one, determination, entries)
            for one in determination.exclusions
            if one.outcome is MET or one in undecided_exclusions(determination)
        ),
        not_ruled_out=tuple(
            one.exclusion.title
            for one in determination.exclusions
            if one.outcome is UNKNOWN and not one.evidence
        ),
        review=review.rule if review is not None else "",
        timeline=timeline(chart.facts, determination),
        comparison=comparison(
            chart.facts,
            plan=determination.plan,
            as_of=asked.as_of,
            policy_date=asked.policy_date,
            complete=chart.complete,
            known=determination,
        ),
        questions=open_questions(determination, asked.answers, chart.facts, chart.resources),
        issues=issues,
        issues_counted=_counted(issues),
        command="ecm evaluate "
        + spelled(
            "FILE",
            plan=asked.plan,
            as_of=asked.as_of,
            policy_date=asked.policy_date,
            patient=asked.patient,
            complete=chart.complete,
        ),
        last_visit=last,
        last_visit_in_words=in_words(last) if last else "",
    )


def reasons_of(determination: Determination, entries: Entries, id: str) -> Trace | None:
    """The reasons of one population or overlay; None: there is none of that id."""
    for result in (*determination.populations, *determination.overlays):
        if result.id == id:
            return trace_of(result, determination, entries)
    return None


def _wanted(id: str, opened: Collection[str]) -> bool:
    return id in opened or "*" in opened


def _against(result: ExclusionResult, determination: Determination, entries: Entries) -> Against:
    does = EXCLUSION_KINDS[result.kind]
    return Against(
        id=result.exclusion.id,
        title=result.exclusion.title,
        outcome=result.outcome.value,
        does=does if result.outcome is MET else f"{does}, if it applies",
        alternative=result.exclusion.alternative or "",
        trace=trace_of_exclusion(result, determination, entries),
    )


def _counted(issues: Collection[Issue]) -> str:
    words = {"error": "error", "warning": "warning", "information": "note"}
    counts = Counter(one.severity for one in issues)
    return ", ".join(
        f"{count} {words[severity]}{'' if count == 1 else 's'}"
        for severity, count in counts.items()
    )


def _last_visit(asked: Asked, chart: Chart) -> date | None:
    starts = [one.start.last for one in chart.facts.visits if one.start is not None]
    if not starts or (asked.as_of - max(starts)).days < _LONG_AGO_DAYS:
        return None
    return max(starts)
