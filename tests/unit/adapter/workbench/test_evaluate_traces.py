"""The reasons of an answer on a page say what the determination says, of every invented member."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.datastructures import MultiDict

from adapter.samples import all_samples
from adapter.workbench.evaluate.asked import Asked, Chart, asked_of, determination_of, read_chart
from adapter.workbench.evaluate.glance import at_a_glance
from adapter.workbench.evaluate.reasons.entries import Entries
from adapter.workbench.evaluate.reasons.records import Criterion
from adapter.workbench.evaluate.results import reasons_of, result_of
from eligibility.determination import TraceNode
from eligibility.packs import plans
from eligibility.reasons import better
from profiles.canonicals import DEFAULT_BASE
from tests.unit.adapter.workbench.answering import DAY, chart_of

SAMPLES = [one.id for one in all_samples(DAY)]


def asking(name: str, **fields: str) -> tuple[Asked, Chart]:
    """A question of an invented member."""
    asked = asked_of(chart_of(name), MultiDict(fields), today=DAY)
    return asked, read_chart(asked, base=DEFAULT_BASE)


def flat(one: Criterion) -> Iterator[Criterion]:
    """A criterion and all below it."""
    yield one
    for child in (*one.criteria, *one.spare):
        yield from flat(child)


def nodes(one: TraceNode) -> Iterator[TraceNode]:
    """A node and all below it."""
    yield one
    for child in one.children:
        yield from nodes(child)


@pytest.mark.parametrize("plan", plans())
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_of_the_trace_is_lost(name: str, plan: str):
    """Outcomes, sections, evidence, missing answers; each piece of evidence is in the chart."""
    asked, chart = asking(name, plan=plan)
    determination = determination_of(asked, chart.facts)
    entries = Entries(chart.resources)
    state = {one.id: one for one in determination.state}
    narrower = {one.population for one in determination.narrower}
    for result in determination.populations:
        trace = reasons_of(determination, entries, result.id)
        assert trace is not None
        assert trace.more == 0
        variants = list(result.variants)
        if result.id in narrower:
            variants += state[result.id].variants
        assert len(trace.texts) == len(variants)
        told = [one for text in trace.texts if text.criterion for one in flat(text.criterion)]
        known = [one for variant in variants if variant.trace for one in nodes(variant.trace)]
        assert sorted(one.outcome for one in told) == sorted(one.outcome.value for one in known)
        assert sorted(one.rule for one in told) == sorted(one.criterion.rule or "" for one in known)
        names = {one.number: one.reference for one in trace.spoken}
        assert all(one.entry is not None for one in trace.spoken)
        assert {names[number] for one in told for number, _ in one.evidence} == {
            one.reference for node in known if node.finding for one in node.finding.evidence
        }
        for text in trace.texts:
            assert text.title
            assert text.document
            assert text.section
            assert text.version
            assert text.reason or text.criterion


@pytest.mark.parametrize("plan", plans())
@pytest.mark.parametrize("name", SAMPLES)
def test_each_population_says_why_in_a_line(name: str, plan: str):
    """Nine, in the state's order, by the better of the plan's answer and the state's."""
    asked, chart = asking(name, plan=plan)
    determination = determination_of(asked, chart.facts)
    glances = at_a_glance(determination)[:9]
    assert [one.number for one in glances] == list(range(1, 10))
    for one, (result, _) in zip(glances, better(determination), strict=True):
        assert (one.outcome, one.possible) == (result.outcome.value, result.possible)
        assert one.because.rstrip().endswith((".", "?", ")", "”"))
    narrower = {one.population for one in determination.narrower}
    told = {one.id for one in glances if any("plan’s own text" in note for note in one.notes)}
    assert told == narrower


@pytest.mark.parametrize("name", SAMPLES)
def test_the_headline_says_what_to_do(name: str):
    """A referral where it can be made, questions where they decide, and by whose rules."""
    asked, chart = asking(name)
    result = result_of(asked, chart, ())
    said = result.headline
    assert said.on == "Jun 15, 2025"
    assert said.plan
    assert said.advice
    calls = {
        "eligible": "refer",
        "choice": "refer",
        "possible": "ask",
        "undetermined": "ask",
        "excluded": "nothing",
        "not-a-member": "check",
        "not-eligible": "nothing",
    }
    assert said.call == calls[said.status]
    assert all(row.trace is None for row in result.rows)
    assert result.command == f"ecm evaluate FILE --as-of {DAY}"


def test_reasons_are_told_only_where_they_are_asked_for():
    """What is folded is not sent; `*` opens all."""
    asked, chart = asking("five-emergency-visits")
    some = result_of(asked, chart, ["homelessness"])
    assert [row.glance.id for row in some.rows if row.trace] == ["homelessness"]
    assert all(row.trace for row in result_of(asked, chart, ["*"]).rows)


def test_the_last_visit_is_offered_where_the_record_ended_long_ago():
    """A record of years ago says nothing of today."""
    asked, chart = asking("five-emergency-visits")
    assert result_of(asked, chart, ()).last_visit is None
    later, chart = asking("five-emergency-visits", asOf=f"{DAY.year + 3}-01-01")
    assert result_of(later, chart, ()).last_visit is not None
