"""The timeline draws the visits and windows that the evaluation counted, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from adapter.samples import all_samples
from adapter.workbench.evaluate.questions.choices import LOOK_BACK_MONTHS
from adapter.workbench.evaluate.timeline.drawing import LEFT, RIGHT, UNDATED, WIDTH, Scale, ticks
from adapter.workbench.evaluate.timeline.timeline import Timeline, timeline
from eligibility.dates import add_months
from eligibility.determination import Determination, Finding, TraceNode
from eligibility.packs import plans, texts
from tests.unit.adapter.workbench.answering import DAY, answered, bundle, chart_of, encounter

SCALE = Scale(add_months(DAY, -13), add_months(DAY, 1))


def drawn(chart: bytes, answers: dict[str, str] | None = None, plan: str | None = None) -> Timeline:
    found = answered(chart, answers, plan=plan)
    return timeline(found.facts, found.determination)


def standings(of: Timeline) -> Counter[str]:
    return Counter(
        {
            standing: sum(
                mark.many for lane in of.lanes for mark in lane.marks if mark.standing == standing
            )
            for standing in ("counts", "perhaps", "not", "later")
        }
    )


def windows(determination: Determination) -> set[tuple[date, date]]:
    """Every window in which the evaluation counted visits."""

    def below(node: TraceNode) -> list[Finding]:
        own = [node.finding] if node.finding is not None and node.finding.count else []
        return own + [one for child in node.children for one in below(child)]

    return {
        (finding.window.first, finding.window.last)
        for result in determination.populations
        for variant in result.variants
        if variant.trace is not None
        for finding in below(variant.trace)
        if finding.window is not None
    }


@pytest.mark.parametrize("plan", plans())
@pytest.mark.parametrize("name", [one.id for one in all_samples(DAY)])
def test_windows_stand_where_the_evaluation_counted(name: str, plan: str) -> None:
    """The edges of each band are the first and last day of a window of the trace."""
    found = answered(chart_of(name), plan=plan)
    shown = timeline(found.facts, found.determination)
    edges = {(SCALE.x(first), SCALE.x(last)) for first, last in windows(found.determination)}
    assert shown.bands
    assert {(band.x, round(band.x + band.width, 1)) for band in shown.bands} <= edges


def test_five_visits_that_count() -> None:
    """All five are in one window of six months, and the band says so."""
    shown = drawn(chart_of("five-emergency-visits"))
    assert standings(shown) == Counter(counts=5)
    (band,) = shown.bands
    assert band.label == "Avoidable emergency visits: 5 in 6 months; 5 needed"
    assert band.outcome == "met"
    assert band.over == ((shown.lanes[0].top, shown.lanes[0].height),)
    assert shown.rows[0].says == "counts for avoidable emergency visits"


def test_what_nobody_judged_could_count() -> None:
    """Two count and four could; a yes makes one of them count, a no takes one away."""
    chart = chart_of("visits-nobody-judged")
    assert standings(drawn(chart)) == Counter(counts=2, perhaps=4)
    assert drawn(chart).bands[0].label == (
        "Avoidable emergency visits: 2 in 6 months, 4 more perhaps; 5 needed"
    )
    said = {"avoidability.Encounter/encounter-6": "yes", "avoidability.Encounter/encounter-5": "no"}
    assert standings(drawn(chart, said)) == Counter(counts=3, perhaps=2, **{"not": 1})


def test_visits_that_are_undated_later_or_long_ago() -> None:
    """Undated ones stand at the edge, later ones ahead of the day, old ones are only counted."""
    shown = drawn(
        bundle(
            encounter("undated", None),
            encounter("later", "2025-08-01"),
            encounter("old", "2023-01-01"),
            encounter("last-year", "2024-06-01"),
        )
    )
    (lane,) = [one for one in shown.lanes if one.label == "Emergency visit"]
    assert [(mark.standing, mark.x) for mark in lane.marks if mark.x == UNDATED] == [
        ("perhaps", UNDATED)
    ]
    assert standings(shown) == Counter(perhaps=1, later=1, **{"not": 1})
    assert [mark.x > shown.today for mark in lane.marks if mark.standing == "later"] == [True]
    assert any("older than May 15, 2024" in note for note in shown.notes)
    outside = [row for row in shown.rows if row.reference == "Encounter/last-year"]
    assert outside[0].says == "not counted: outside the window with the most visits"


def test_an_emergency_visit_that_became_a_stay_is_drawn_once() -> None:
    """As the stay, which is what counts."""
    stay = encounter("stay", "2025-05-01", "IMP", period={"start": "2025-05-01"}, status="onleave")
    shown = drawn(
        bundle(encounter("ed", "2025-05-01", partOf={"reference": "Encounter/stay"}), stay)
    )
    assert sum(standings(shown).values()) == 1
    assert any(bar.x + bar.width == shown.today for lane in shown.lanes for bar in lane.bars)


def test_a_stay_that_began_long_ago_and_goes_on_is_drawn() -> None:
    """A resident of three years is a resident on the day."""
    stay = encounter("stay", "2022-05-01", "IMP", status="in-progress")
    (bar,) = (bar for lane in drawn(bundle(stay)).lanes for bar in lane.bars)
    assert bar.x == LEFT


def test_hundreds_of_visits_stay_readable() -> None:
    """No two marks of a standing overlap, none is lost, and the table is short."""
    visits = [
        encounter(
            f"e{number}",
            (DAY - timedelta(days=number * 37 % 390)).isoformat(),
            ("EMER", "IMP", "OBSENC")[number % 3],
            serviceProvider={"display": f"Hospital {number}"},
        )
        for number in range(500)
    ]
    shown = drawn(bundle(*visits))
    assert sum(standings(shown).values()) == 500
    for lane in shown.lanes:
        for standing in shown.standings:
            places = [mark.x for mark in lane.marks if mark.standing == standing]
            assert all(after - before >= 11 for before, after in pairwise(places))
    assert len(shown.rows) == 100
    assert any("latest 100 of 500" in note for note in shown.notes)


def test_everything_is_drawn_inside() -> None:
    """Every position lies in the drawing, for every sample."""
    for name in (one.id for one in all_samples(DAY)):
        shown = drawn(chart_of(name))
        for lane in shown.lanes:
            assert all(LEFT <= mark.x <= UNDATED for mark in lane.marks)
            assert all(bar.x >= LEFT and bar.x + bar.width <= RIGHT + 3 for bar in lane.bars)
            assert lane.top + lane.height <= shown.height
        assert all(band.label_x + 6 * len(band.label) <= WIDTH for band in shown.bands)


@pytest.mark.parametrize("last", (date.max, date.max.replace(day=1)))
def test_the_months_end_with_the_calendar(last: date) -> None:
    """Asked about its last days, the drawing once grew without end."""
    assert [one.label for one in ticks(Scale(add_months(last, -2), last))][-1] == "Dec"


def test_a_record_without_anything_is_empty() -> None:
    """Then there is nothing to draw but windows."""
    assert drawn(bundle()).empty
    assert not drawn(chart_of("nothing-to-say")).empty  # insured


def test_no_policy_looks_back_further_than_is_declared_or_drawn() -> None:
    """A declaration that these are all the visits reaches as far back as any text counts."""
    months = [
        value.value
        for plan in plans()
        for policy in texts(plan).policies
        for parameter in policy.parameters.values()
        if parameter.unit == "months"
        for value in parameter.values
    ]
    assert months
    assert all(isinstance(one, int) and one <= LOOK_BACK_MONTHS for one in months)
