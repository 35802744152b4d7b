"""By when: business days, timers, due dates that stay, and what is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adapter.clock import MEMBER_ZONE
from adapter.referrals import business_days, deadlines
from adapter.referrals.choices import Choices
from profiles.referral_codes import next_events
from tests.unit.adapter.referrals.referral import (
    OUTPUT,
    PLANS,
    PROVIDERS,
    SOURCE,
    Referral,
    because,
    coded,
    order,
    task,
)
from tests.unit.adapter.referrals.world import HOSPITAL, OTHER, PLAN


@pytest.mark.parametrize(
    ("day", "name"),
    (
        ("2026-01-01", "New Year"),
        ("2026-01-19", "Martin Luther King, third Monday"),
        ("2026-02-16", "Presidents, third Monday"),
        ("2026-03-31", "Cesar Chavez, California alone"),
        ("2026-05-25", "Memorial, last Monday"),
        ("2026-06-19", "Juneteenth"),
        ("2026-07-03", "the Friday before a fourth of July on Saturday"),
        ("2021-07-05", "the Monday after a fourth of July on Sunday"),
        ("2021-12-31", "the Friday before a New Year's Day on Saturday"),
        ("2023-01-02", "the Monday after a New Year's Day on Sunday"),
        ("2024-04-01", "the Monday after a Cesar Chavez Day on Sunday"),
        ("2026-09-07", "Labor, first Monday"),
        ("2026-10-12", "Columbus, federal alone"),
        ("2026-11-11", "Veterans"),
        ("2026-11-26", "Thanksgiving, fourth Thursday"),
        ("2026-11-27", "the day after it, California alone"),
        ("2026-12-25", "Christmas"),
        ("2026-11-28", "a Saturday"),
        ("2020-06-19", None),
        ("2026-01-02", None),
        ("2026-11-25", None),
    ),
)
def test_offices_are_closed_at_weekends_and_on_the_holidays_of_either_government(day, name):
    """With the day on which each is kept where it falls on a weekend."""
    assert business_days.is_business_day(date.fromisoformat(day)) is (name is None)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    (
        ("2026-01-05", 5, "2026-01-12"),
        ("2026-01-16", 1, "2026-01-20"),
        ("2026-01-17", 1, "2026-01-20"),
        ("2026-11-20", 5, "2026-12-01"),
        ("2026-12-24", 5, "2027-01-04"),
        ("2026-01-05", 0, "2026-01-05"),
    ),
)
def test_business_days_are_counted_from_the_day_after(start, count, end):
    """Across weekends, holidays and the turn of the year."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert business_days.after_business_days(first, count) == last


def test_a_deadline_ends_with_its_day_in_california():
    """Asked at 23:30 there, the day counts as that day, though it is the next one in UTC."""
    asked = datetime(2026, 1, 5, 23, 30, tzinfo=MEMBER_ZONE)
    due = deadlines.due("acknowledge", asked, "routine", Choices())
    assert due == datetime(2026, 1, 8, tzinfo=MEMBER_ZONE).timestamp() * 1000


def test_a_day_of_the_change_to_summer_time_is_a_day():
    """23 hours long."""
    asked = datetime(2026, 3, 5, 12, tzinfo=MEMBER_ZONE)
    due = deadlines.due("acknowledge", asked, "routine", Choices())
    assert due == datetime(2026, 3, 10, tzinfo=MEMBER_ZONE).timestamp() * 1000


@pytest.mark.parametrize("priority", ("urgent", "asap", "stat"))
def test_an_expedited_authorization_is_due_in_hours(priority):
    """72, weekends included."""
    asked = datetime(2026, 1, 9, 12, tzinfo=UTC)
    due = deadlines.due("decide-authorization", asked, priority, Choices())
    assert due == (asked + timedelta(hours=72)).timestamp() * 1000


def test_every_next_event_has_a_timer_with_its_source():
    """What is recalled or ours says so; a tenant may have other numbers, not other timers."""
    timers = deadlines.timers()
    beside = {"change-of-provider", "task-of-plan", "task-of-provider"}
    assert timers.keys() == next_events().keys() | beside
    for one in timers.values():
        assert one.source
        assert one.provisional or "MCCP2032" in one.source or "guidance" in one.source


def test_a_tenant_has_its_own_numbers():
    """Of days, in the unit of the timer."""
    asked = datetime(2026, 1, 5, 12, tzinfo=MEMBER_ZONE)
    choices = Choices(timers={"acknowledge": 1})
    assert deadlines.due_day("acknowledge", asked, "routine", choices) == date(2026, 1, 6)


# --- on the worklist ---


def due_on(referral: Referral, id: str = "task-3") -> date:
    """The last day on which it is in time."""
    due = datetime.fromtimestamp(referral.world.works[id].due_at / 1000 - 1, UTC)
    return due.astimezone(MEMBER_ZONE).date()


def test_a_referral_without_a_due_date_gets_one():
    """Five working days for the plan, ten for a provider."""
    referral = Referral().accepted()
    child = referral.handed_on()
    ends = [
        referral.world.current(one)["restriction"]["period"]["end"]
        for one in (referral.task, child)
    ]
    assert ends == ["2026-01-12", "2026-01-20"]


def test_a_due_date_that_is_given_stays_and_bounds_the_first_steps():
    """An earlier one comes before the timer; a later one changes nothing."""
    referral = Referral()
    mine = referral.world.create(SOURCE, "ServiceRequest", order("Patient/p", HOSPITAL))
    soon = {"restriction": {"period": {"end": "2026-01-06"}, "repetitions": 1}}
    place = referral.world.create(SOURCE, "Task", task(mine, "Patient/p", HOSPITAL, PLAN, **soon))
    assert referral.world.current(place)["restriction"] == soon["restriction"]
    assert due_on(referral, place.removeprefix("Task/")) == date(2026, 1, 6)


def test_a_note_moves_no_deadline_and_a_step_does():
    """The same thing is due when it was due."""
    referral = Referral()
    assert (due_on(referral), referral.world.works["task-3"].next_event) == (
        date(2026, 1, 7), "acknowledge",
    )  # fmt: skip
    referral.world.pass_days(1)
    referral.world.update(PLANS, referral.task, note=[{"text": "called"}])
    assert due_on(referral) == date(2026, 1, 7)
    referral.world.update(PLANS, referral.task, businessStatus=coded("acknowledged"))
    assert (due_on(referral), referral.world.works["task-3"].next_event) == (
        date(2026, 1, 12), "screen",
    )  # fmt: skip


def test_the_assignment_is_due_ten_business_days_after_the_authorization():
    """Whatever the day the Task was to be done by."""
    referral = Referral().accepted()
    referral.world.pass_days(4)
    referral.world.update(PLANS, referral.task, status="in-progress")
    assert referral.world.works["task-3"].next_event == "assign-provider"
    assert due_on(referral) == date(2026, 1, 26)


def test_a_member_who_changes_providers_waits_thirty_days_at_most():
    """Where the order replaces another, whatever a tenant's timers say."""
    referral = Referral(Choices(timers={"assign-provider": 90}))
    again = referral.world.create(
        SOURCE,
        "ServiceRequest",
        order("Patient/p", HOSPITAL, replaces=[{"reference": referral.order}]),
    )
    place = referral.world.create(SOURCE, "Task", task(again, "Patient/p", HOSPITAL, PLAN))
    for status in ("accepted", "in-progress"):
        referral.world.update(PLANS, place, status=status)
    assert due_on(referral, place.removeprefix("Task/")) == date(2026, 2, 4)


def test_what_is_told_monthly_is_due_with_the_next_month_after_each_report():
    """A note of the plan does not count as the provider's report."""
    referral = Referral().accepted()
    child = referral.handed_on()
    id = child.removeprefix("Task/")
    for elements in (
        {"status": "accepted"},
        {"status": "in-progress", "businessStatus": coded("outreach-initiated")},
    ):
        referral.world.update(PROVIDERS, child, **elements)
    assert due_on(referral, id) == date(2026, 2, 27)
    referral.world.pass_days(30)
    referral.world.update(PLANS, child, note=[{"text": "how is it going?"}])
    assert due_on(referral, id) == date(2026, 2, 27)
    note = [*referral.world.current(child)["note"], {"text": "third attempt"}]
    referral.world.update(PROVIDERS, child, note=note)
    assert due_on(referral, id) == date(2026, 3, 30)


def test_a_new_owner_has_the_whole_time():
    """What the one before let pass is not theirs."""
    referral = Referral(owner=None)
    referral.world.pass_days(2)
    referral.world.update(
        PLANS.__class__(tenant="t", client="o", party=OTHER, claims=True),
        referral.task,
        owner={"reference": "Organization/other"},
    )
    assert due_on(referral) == date(2026, 1, 9)


def test_what_has_ended_is_due_no_more():
    """Nothing is late that nobody waits for."""
    referral = Referral().accepted()
    referral.world.update(PLANS, referral.task, status="completed", output=OUTPUT)
    assert referral.world.works == {}


def test_a_pause_has_an_end():
    """Somebody looks at it again."""
    referral = Referral().accepted()
    referral.world.update(PLANS, referral.task, status="on-hold", statusReason=because("away"))
    assert referral.world.works["task-3"].next_event == "resume"
    assert due_on(referral) == date(2026, 2, 4)
