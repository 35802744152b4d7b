"""Watching calls: what the log line and the metrics say of one, and that nothing breaks it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from adapter.operations.metrics import Metrics
from adapter.operations.watch import Watch
from cds_hooks.feedback import Feedback
from cds_hooks.host import CallRecord, Failure, Fetch, Fetched

CALL = CallRecord(
    service="ecm-patient-view",
    hook="patient-view",
    hook_instance="9d3c2b6e-7f10-4b8e-9a55-0c5b8f1d2e30",
    client="valley",
    tenant="valley",
    status=200,
    milliseconds=12.5,
    policies=("partnership/ccs@2024-11-13",),
    outcomes={"met": 1, "unknown": 8},
    cards=("ecm-eligibility",),
    suppressed=2,
    fetched=4,
    not_had=3,
    deviations=("hook-instance-not-uuid",),
)


@pytest.fixture
def watch() -> Watch:
    """With metrics of its own."""
    return Watch(Metrics())


def counted(watch: Watch) -> dict[str, float]:
    """Every sample of the exposition, without comments and times of creation."""
    lines = watch.metrics.exposition().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs if "_created" not in name}


def test_a_call_is_one_line_with_everything_an_operator_asks_for(
    watch: Watch, caplog: pytest.LogCaptureFixture
):
    """Hook instance, service, policies, counts of outcomes, milliseconds, and so on."""
    caplog.set_level(logging.INFO)
    watch.observe(CALL)
    (record,) = caplog.records
    fields: dict[str, Any] = record.__dict__["fields"]
    assert record.getMessage() == "call"
    assert fields["hookInstance"] == CALL.hook_instance
    assert fields["service"] == "ecm-patient-view"
    assert fields["policies"] == ("partnership/ccs@2024-11-13",)
    assert fields["outcomes"] == {"met": 1, "unknown": 8}
    assert fields["milliseconds"] == 12.5
    assert (fields["fetched"], fields["notHad"], fields["suppressed"]) == (4, 3, 2)
    assert "error" not in fields


def test_a_call_is_counted(watch: Watch):
    """By service, client, status; its time, cards, lacking keys and deviations."""
    watch.observe(CALL)
    watch.observe(CALL)
    found = counted(watch)
    service = 'service="ecm-patient-view"'
    calls = f'ecm_cds_calls_total{{client="valley",error="",{service},status="200"}}'
    assert found[calls] == 2
    assert found[f"ecm_cds_call_seconds_count{{{service}}}"] == 2
    assert found[f"ecm_cds_call_seconds_sum{{{service}}}"] == pytest.approx(0.025)
    assert found[f'ecm_cds_call_seconds_bucket{{le="0.01",{service}}}'] == 0
    assert found[f'ecm_cds_call_seconds_bucket{{le="0.025",{service}}}'] == 2
    cards = f'ecm_cds_cards_total{{client="valley",{service},topic="ecm-eligibility"}}'
    assert found[cards] == 2
    assert found[f'ecm_cds_cards_suppressed_total{{client="valley",{service}}}'] == 4
    assert found[f'ecm_cds_keys_lacking_total{{client="valley",{service}}}'] == 6
    deviation = 'deviation="hook-instance-not-uuid"'
    assert found[f'ecm_cds_deviations_total{{client="valley",{deviation}}}'] == 2


def test_a_refused_call_is_counted_by_status_and_kind(
    watch: Watch, caplog: pytest.LogCaptureFixture
):
    """So that an alarm can look at 401s. Whoever refused it has logged the one line already."""
    caplog.set_level(logging.INFO)
    watch.observe(
        CallRecord(service="ecm-patient-view", status=401, milliseconds=1, error="NotTrusted")
    )
    refused = 'client="",error="NotTrusted",service="ecm-patient-view",status="401"'
    assert counted(watch)[f"ecm_cds_calls_total{{{refused}}}"] == 1
    assert caplog.records == []


def test_feedback_is_counted_by_outcome(watch: Watch):
    """Accepted and overridden."""
    taken = [
        Feedback(card="a", outcome="accepted"),
        Feedback(card="b", outcome="overridden"),
        Feedback(card="c", outcome="overridden"),
    ]
    watch.feedback("valley", "ecm-patient-view", taken)
    head = 'ecm_cds_feedback_total{client="valley",'
    found = counted(watch)
    assert found[head + 'outcome="accepted",service="ecm-patient-view"}'] == 1
    assert found[head + 'outcome="overridden",service="ecm-patient-view"}'] == 2


def test_fetches_are_counted_by_what_became_of_them(watch: Watch):
    """And what was fetched is handed on as it is."""
    answers = (
        Fetched(key="patient"),
        Fetched(key="coverage", failure=Failure.TOO_SLOW),
        Fetched(key="conditions", failure=Failure.NOT_AUTHORIZED),
    )

    class Stub:
        def fetch(self, wanted: object) -> tuple[Fetched, ...]:
            del wanted
            return answers

    wanted = [Fetch(key=one.key, resource_type="Patient", query="Patient/p1") for one in answers]
    assert watch.fetcher(Stub(), "valley").fetch(wanted) == answers
    found = counted(watch)
    for result in ("had", "too-slow", "not-authorized"):
        assert found[f'ecm_cds_fetches_total{{client="valley",result="{result}"}}'] == 1


def test_a_call_that_cannot_be_counted_is_answered_all_the_same(
    watch: Watch, caplog: pytest.LogCaptureFixture
):
    """Observing never raises; the log says that something is wrong."""
    watch.metrics.calls = None  # type: ignore[assignment]
    watch.observe(CALL)
    assert caplog.records[-1].getMessage() == "a call could not be counted: AttributeError"
