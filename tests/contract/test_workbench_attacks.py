"""What hostile and hurried visitors of the workbench did that it once answered wrongly."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.conftest import Answer, Service

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ORIGIN = b"origin=https%3A%2F%2Fehr.example.org"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    (
        ("GET", "/workbench/hooks/service", None),
        ("POST", "/workbench/hooks/service", _ORIGIN),
        ("GET", "/workbench/hooks/?sample=five-emergency-visits", None),
    ),
)
def test_calls_of_this_service_itself_leave_threads_to_answer_them(
    service: Service, method: str, path: str, body: bytes | None
):
    """More visitors at once than threads waited for each other, and every client with them."""

    def visit(_: int) -> Answer:
        return service.request(method, path, body, _FORM if body else {})

    began = time.monotonic()
    with ThreadPoolExecutor(24) as visitors:
        answers = list(visitors.map(visit, range(24)))
    assert time.monotonic() - began < 9
    assert {one.status for one in answers} <= {200, 422}


@pytest.mark.parametrize("day", ("9999-12-31", "9999-12-01", "0001-01-01"))
def test_days_at_the_ends_of_the_calendar_are_days(service: Service, day: str):
    """They are answered like any other, and soon."""
    sample = "/workbench/evaluate/?sample=five-emergency-visits"
    for address in (
        f"{sample}&asOf={day}",
        f"{sample}&jump={day}",
        f"{sample}&asOf=2026-01-01&policyDate={day}",
        f"/workbench/policies/?date={day}",
        f"/workbench/referrals/?due_from={day}&due_to={day}&as=plan",
        f"/workbench/operations/audit?since={day}&until={day}&as=auditor",
    ):
        assert service.get(address).status in (200, 422), address
