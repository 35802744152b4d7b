"""Where a referral stands, by when, whom it is about and how far it came, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from adapter.casework.member import Contact, age, contacts, languages, name_of, words
from adapter.casework.progress import progress
from adapter.casework.wording import due, moment, stands
from adapter.referrals.business_days import end_of
from profiles.canonicals import DEFAULT_BASE

#: Noon in California on a Monday.
NOW = datetime(2026, 3, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "state", "says"),
    (
        (date(2026, 2, 27), "overdue", "overdue by 3 days"),
        (date(2026, 3, 1), "overdue", "overdue by 1 day"),
        (date(2026, 3, 2), "today", "due today"),
        (date(2026, 3, 3), "soon", "due tomorrow"),
        (date(2026, 3, 5), "soon", "due in 3 days"),
        (date(2026, 3, 6), "later", "due Mar 6"),
        (date(2027, 3, 6), "later", "due Mar 6, 2027"),
    ),
)
def test_a_due_day_runs_to_its_end(last: date, state: str, says: str):
    found = due(end_of(last), NOW)
    assert (found.day, found.state, found.says) == (last, state, says)


def test_what_is_due_within_the_day_is_overdue_the_same_day():
    """72 hours may end at noon."""
    at = int(NOW.timestamp() * 1000)
    assert due(at, NOW).says == "overdue since today"
    assert due(at + 1, NOW).says == "due today"


def test_an_instant_is_told_in_the_members_zone():
    """Half past midnight in Greenwich is the evening before."""
    assert moment(datetime(2026, 3, 2, 0, 30, tzinfo=UTC), NOW) == "yesterday, 4:30 PM"
    assert moment(NOW - timedelta(hours=1), NOW) == "today, 11:00 AM"
    assert moment(datetime(2025, 12, 31, 20, tzinfo=UTC), NOW) == "Dec 31, 2025, 12:00 PM"


@pytest.mark.parametrize(
    ("status", "business", "says"),
    (
        ("requested", "sent-to-plan", "Sent to the plan"),
        ("on-hold", "authorized", "On hold: authorized"),
        ("completed", "loop-closed", "Completed: services received"),
        ("completed", "enrolled", "Completed: services received"),
        ("rejected", "returned-for-correction", "Returned for correction"),
        ("rejected", "loop-closed", "Declined"),
        ("in-progress", "something-else", "Under way"),
        ("unheard-of", "", "unheard-of"),
    ),
)
def test_where_it_stands(status: str, business: str, says: str):
    assert stands(status, business) == says


def test_a_member_has_the_official_name_and_ways_to_be_reached():
    patient = {
        "name": [
            {"use": "old", "family": "Before"},
            {"use": "nickname", "text": "Ann"},
            {"use": "official", "family": "Garcia", "given": ["Ana", "Maria"]},
        ],
        "telecom": [
            {"system": "phone", "value": "1", "use": "mobile"},
            {"system": "phone", "value": "2", "use": "old"},
            {"system": "email", "value": "a@example.org"},
        ],
        "address": [{"line": ["1 Main St"], "city": "Davis", "state": "CA", "postalCode": "9"}],
        "contact": [
            {
                "relationship": [{"text": "Sister"}],
                "name": {"family": "Garcia"},
                "telecom": [{"system": "phone", "value": "3"}],
            }
        ],
        "communication": [
            {"language": {"text": "English"}},
            {"language": {"text": "Spanish"}, "preferred": True},
        ],
    }
    assert name_of(patient) == "Ana Maria Garcia"
    assert name_of({"name": [{"use": "nickname", "text": "Ann"}, {"family": "X"}]}) == "Ann"
    assert name_of({}) == name_of({"name": "Ana"}) == ""
    assert contacts(patient) == (
        Contact(kind="Telephone, mobile", value="1"),
        Contact(kind="E-mail", value="a@example.org"),
        Contact(kind="Address", value="1 Main St, Davis, CA 9"),
        Contact(kind="Contact, Sister", value="Garcia · 3"),
    )
    assert languages(patient) == ("Spanish", "English")
    assert words({"coding": [{"code": "es"}]}) == "es"
    assert words("es") == ""


def test_an_age_is_in_months_under_two_years():
    assert age(date(2026, 1, 31), date(2026, 3, 2)) == "1 month"
    assert age(date(2024, 3, 3), date(2026, 3, 2)) == "23 months"
    assert age(date(2024, 3, 2), date(2026, 3, 2)) == "2 years"


def _version(status: str, business: str, at: str) -> dict[str, object]:
    system = f"{DEFAULT_BASE}/CodeSystem/ecm-referral-business-status"
    return {
        "resourceType": "Task",
        "status": status,
        "businessStatus": {"coding": [{"system": system, "code": business}]},
        "meta": {"lastUpdated": at},
    }


def test_the_line_shows_what_was_reached_and_what_was_passed_over():
    """A step back does not undo a step; what ended early never reaches the rest."""
    asked = _version("requested", "sent-to-plan", "1")
    authorized = _version("in-progress", "authorized", "2")
    provider = _version("rejected", "provider-declined", "3")
    waits = _version("in-progress", "awaiting-provider", "4")
    line = progress(waits, [[asked, authorized, waits], [provider]], "referrer", DEFAULT_BASE)
    assert [one.state for one in line] == [
        "done",
        "done",
        "now",
        "ahead",
        "ahead",
        "ahead",
        "ahead",
    ]
    assert [one.at for one in line[:3]] == ["1", "", "2"]
    ended = _version("cancelled", "loop-closed", "5")
    line = progress(ended, [[asked, authorized, ended]], "plan", DEFAULT_BASE)
    states = [one.state for one in line]
    assert states == ["done", "done", "done", "skipped", "skipped", "skipped", "now"]
    assert line[0].title == "Received"
