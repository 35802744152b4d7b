"""A filter means what the same search would find."""

from __future__ import annotations

from typing import Any

import pytest

from adapter.notifications.filters import condition, matches, read_filters
from adapter.notifications.topics import SDOH_TASK, topics
from adapter.search.indexing import index
from adapter.search.matching import Entry

TASK: dict[str, Any] = {
    "resourceType": "Task",
    "id": "t1",
    "status": "accepted",
    "intent": "order",
    "owner": {"reference": "Organization/o1"},
    "requester": {"identifier": {"system": "urn:npi", "value": "1"}},
    "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
}
AT = 1_780_000_000_000


def holds(*written: str, task: dict[str, Any] = TASK) -> bool:
    topic = topics()[SDOH_TASK]
    filters = tuple(one for each in written for one in read_filters(topic, each))
    entry = Entry(id=task["id"], updated_at=AT, rows=index("Task", task))
    return matches("Task", filters, entry)


@pytest.mark.parametrize(
    ("written", "expected"),
    (
        ("owner=Organization/o1", True),
        ("Task?owner=Organization/o1", True),
        ("Task.owner=Organization/o1", True),
        ("owner=Organization/o2", False),
        ("owner=Organization/o2,Organization/o1", True),
        ("owner:missing=true", False),
        ("requester:identifier=urn:npi|1", True),
        ("requester:identifier=urn:npi|2", False),
        ("status=accepted,rejected", True),
        ("status:not=draft", True),
        ("status:not=accepted", False),
        ("code=http://hl7.org/fhir/CodeSystem/task-code|fulfill", True),
        ("code=http://example.org|fulfill", False),
        ("_id=t1", True),
        ("_id=t2", False),
        ("_lastUpdated=gt2026-01-01", True),
        ("_lastUpdated=lt2026-01-01", False),
        ("owner=Organization/o1&status=accepted", True),
        ("owner=Organization/o1&status=draft", False),
        ("owner=Organization%2Fo1", True),
    ),
)
def test_a_filter_in_each_of_its_spellings(written: str, expected: bool) -> None:
    assert holds(written) is expected


def test_several_filters_have_to_hold_together() -> None:
    assert holds("owner=Organization/o1", "status=accepted")
    assert not holds("owner=Organization/o1", "status=completed")


def test_a_draft_is_no_event_of_the_topic() -> None:
    topic = topics()[SDOH_TASK]
    for status, expected in (("draft", False), ("requested", True)):
        entry = Entry(id="t", updated_at=AT, rows=index("Task", TASK | {"status": status}))
        assert matches("Task", condition(topic.current), entry) is expected


def test_every_filter_of_every_topic_is_a_search_parameter() -> None:
    values = {"_lastUpdated": "gt2026-01-01", "patient": "Patient/1", "focus": "ServiceRequest/1"}
    for topic in topics().values():
        for name in topic.filters:
            assert read_filters(topic, f"{name}={values.get(name, 'x')}")
