"""FHIR dates become days of the member's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.dates import Days
from mappings.inbound.dates import Unreadable, read_moment

PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    (
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-05-01", date(2024, 5, 1), date(2024, 5, 1)),
        ("0001-01-01", date.min, date.min),
        ("9999", date(9999, 1, 1), date.max),
    ),
)
def test_a_partial_date_is_the_days_it_covers(text, first, last):
    assert read_moment(text, PACIFIC) == (Days(first, last), None)


@pytest.mark.parametrize(
    ("text", "day"),
    (
        ("2024-05-01T06:59:59Z", date(2024, 4, 30)),
        ("2024-05-01T07:00:00Z", date(2024, 5, 1)),
        ("2024-05-01T00:30:00+00:00", date(2024, 4, 30)),
        ("2024-04-30T23:59:59-07:00", date(2024, 4, 30)),
        ("2024-05-01T05:06:58+10:00", date(2024, 4, 30)),
        ("2024-05-01T06:59:59.948281Z", date(2024, 4, 30)),
        ("2024-05-01T06:59:59.9482819Z", date(2024, 4, 30)),
        ("2016-12-31T23:59:60Z", date(2016, 12, 31)),
    ),
)
def test_an_instant_is_the_day_it_was_where_the_member_lives(text, day):
    days, instant = read_moment(text, PACIFIC)
    assert days == Days(day, day)
    assert instant is not None
    assert instant.tzinfo is not None


@pytest.mark.parametrize(
    "text", ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00+00:00", "2024-05-01T00:00:00.000Z")
)
def test_midnight_utc_is_a_date_in_disguise(text):
    assert read_moment(text, PACIFIC) == (Days(date(2024, 5, 1), date(2024, 5, 1)), None)


def test_midnight_in_another_zone_is_an_instant():
    days, instant = read_moment("2024-05-01T00:00:00-04:00", PACIFIC)
    assert days == Days(date(2024, 4, 30), date(2024, 4, 30))
    assert instant == datetime(2024, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ("2024-05-01T23:59", "2024-05-01T23:59:59", "2024-05-01 23:59"))
def test_a_time_without_zone_is_the_day_as_written(text):
    assert read_moment(text, PACIFIC) == (Days(date(2024, 5, 1), date(2024, 5, 1)), None)


def test_without_a_known_zone_an_instant_is_the_day_as_written():
    days, instant = read_moment("2024-05-01T01:00:00Z", None)
    assert days == Days(date(2024, 5, 1), date(2024, 5, 1))
    assert instant is not None


@pytest.mark.parametrize(
    "text",
    (
        "",
        "0000",
        "0000-01-01",
        "10000-01-01",
        "2024-13",
        "2024-02-30",
        "20240501",
        "2024-5-1",
        "2024-W18-3",
        "2024-W18-3T10:00:00Z",
        "2024-05-01T25:00:00Z",
        "2024-05-01Tnoon",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:00:00-23:59",
        "yesterday",
        "\uff12\uff10\uff12\uff14",
        "2024-05-01\x00",
    ),
)
def test_what_no_calendar_knows_is_unreadable(text):
    with pytest.raises(Unreadable):
        read_moment(text, ZoneInfo("Pacific/Guam"))


@given(st.text(max_size=40))
def test_any_text_is_read_or_unreadable(text):
    try:
        days, _ = read_moment(text, PACIFIC)
    except Unreadable:
        return
    assert days.first <= days.last
