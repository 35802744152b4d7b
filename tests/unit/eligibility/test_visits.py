"""One event per physical visit (input contract, section 2, Encounter)."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any

from eligibility.dates import Days
from eligibility.facts import Visit
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.visits import events

AS_OF = date(2025, 6, 20)


def visit(ref: str, day: str | None, kind: Any = "emergency", **more: Any) -> Visit:
    on = date.fromisoformat(day) if day else None
    start = Days(on, on) if on else None
    return Visit(ref=f"Encounter/{ref}", kind=kind, start=start, **more)


def refs(*visits: Visit) -> list[tuple[str, ...]]:
    return [event.refs for event in events(visits, AS_OF)]


def test_two_sources_one_visit() -> None:
    """The same kind on the same day at the same provider, or at none, is one visit."""
    assert refs(
        visit("a", "2025-04-03", provider="Organization/x"),
        visit("b", "2025-04-03", provider="Organization/x"),
        visit("c", "2025-04-03"),
    ) == [("Encounter/a", "Encounter/b", "Encounter/c")]


def test_two_hospitals_two_visits() -> None:
    """Two providers on one day are two visits."""
    assert (
        len(refs(visit("a", "2025-04-03", provider="x"), visit("b", "2025-04-03", provider="y")))
        == 2
    )


def test_order_does_not_matter() -> None:
    """However the records come, the events are the same."""
    some = [
        visit("a", "2025-04-03", provider="x"),
        visit("b", "2025-04-03"),
        visit("c", "2025-04-03", provider="y"),
        visit("d", "2025-04-04", kind="hospital", provider="y"),
    ]
    assert events(some, AS_OF) == events(some[::-1], AS_OF)


def test_emergency_visit_that_became_a_stay_by_part_of() -> None:
    """A stay that is part of an emergency visit, or the other way round, swallows it."""
    assert refs(
        visit("ed", "2025-06-02"), visit("ip", "2025-06-02", "hospital", part_of="Encounter/ed")
    ) == [("Encounter/ip", "Encounter/ed")]
    assert refs(
        visit("ed", "2025-06-02", part_of="Encounter/ip"), visit("ip", "2025-06-02", "hospital")
    ) == [("Encounter/ip", "Encounter/ed")]


def test_stay_within_24_hours_at_the_same_provider() -> None:
    """A stay 24 hours after the visit ends is the same event; a minute later it is not."""
    leaves = datetime(2025, 6, 2, 10, tzinfo=UTC)
    ed = visit(
        "ed", "2025-06-02", provider="x", starts_at=leaves - timedelta(hours=4), ends_at=leaves
    )
    in_time = visit(
        "ip", "2025-06-03", "hospital", provider="x", starts_at=leaves + timedelta(hours=24)
    )
    late = visit(
        "ip",
        "2025-06-03",
        "hospital",
        provider="x",
        starts_at=leaves + timedelta(hours=24, minutes=1),
    )
    assert len(refs(ed, in_time)) == 1
    assert len(refs(ed, late)) == 2


def test_stay_elsewhere_is_another_event() -> None:
    """A stay at another provider the same day is not the visit's."""
    assert (
        len(
            refs(
                visit("ed", "2025-06-02", provider="x"),
                visit("ip", "2025-06-02", "hospital", provider="y"),
            )
        )
        == 2
    )


def test_future_visits_are_not_there_yet() -> None:
    """A visit after the day asked about has not happened."""
    assert refs(visit("a", "2025-06-21"), visit("b", "2025-06-20")) == [("Encounter/b",)]


def test_partial_start_is_cut_off_at_the_day() -> None:
    """June 2025, asked on the 20th, is 1 to 20 June."""
    month = Visit(
        ref="Encounter/a", kind="emergency", start=Days(date(2025, 6, 1), date(2025, 6, 30))
    )
    (event,) = events([month], AS_OF)
    assert event.start == Days(date(2025, 6, 1), AS_OF)


def test_records_that_disagree_cancel_out() -> None:
    """What one record says fills another's silence; two opposite statements are unknown."""
    (agreed,) = events(
        [visit("a", "2025-04-03", "hospital", unplanned=MET), visit("b", "2025-04-03", "hospital")],
        AS_OF,
    )
    (disputed,) = events(
        [
            visit("a", "2025-04-03", "hospital", unplanned=MET),
            visit("b", "2025-04-03", "hospital", unplanned=NOT_MET),
        ],
        AS_OF,
    )
    assert agreed.unplanned is MET
    assert disputed.unplanned is UNKNOWN


def test_a_very_long_chart_is_read_in_the_time_of_its_length() -> None:
    """Twenty thousand visits to one hospital, each stay two days after an emergency visit."""
    day = date(1900, 1, 1)
    visits = []
    for number in range(10_000):
        on = day + timedelta(days=4 * number)
        later = on + timedelta(days=2)
        visits.append(visit(f"Encounter/e{number}", on.isoformat(), provider="Organization/o1"))
        visits.append(
            visit(f"Encounter/s{number}", later.isoformat(), "hospital", provider="Organization/o1")
        )
    started = process_time()
    found = events(visits, date(2026, 3, 18))
    assert process_time() - started < 5  # One with another, they took minutes.
    assert len(found) == 20_000
