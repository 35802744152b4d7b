"""Operations over HTTP: dead letters and requeue, and who may see and do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import Service
from tests.contract.operated import fhir, operated, page, post, refer, status, until
from tests.unit.adapter.notifications.asking import subscription
from tests.unit.adapter.notifications.receiver import Receiver, receiving

#: Every page, by the role it is for.
PAGES = {
    "engineer": ("", "partners", "subscriptions", "conformance"),
    "auditor": ("", "audit", "conformance"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations") / "ecm.sqlite"


@pytest.fixture(scope="module")
def running(store: Path) -> Iterator[Service]:
    with operated(store) as service:
        yield service


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as endpoint:
        yield endpoint


def failed(running: Service, receiver: Receiver) -> str:
    """A subscription whose endpoint refused an event for good."""
    id = str(fhir(running, subscription(receiver.url, headers=("X-Key: secret-canary",)))["id"])
    until(lambda: status(running, id) == "active")
    receiver.answer = lambda _: (422, {})
    refer(running)
    until(lambda: status(running, id) == "error")
    return id


def test_a_dead_letter_is_told_and_delivered_once_the_endpoint_works(
    running: Service, receiver: Receiver
):
    id = failed(running, receiver)
    refer(running)
    assert "the endpoint answered 422" in page(running, "").lower()
    assert id in page(running, "subscriptions?status=error")
    shown = page(running, f"subscriptions/{id}")
    assert "dead letter" in shown
    assert "secret-canary" not in shown
    assert post(running, f"subscriptions/{id}/requeue").status == 400
    receiver.answer = lambda _: (200, {})
    receiver.received.clear()
    answer = post(running, f"subscriptions/{id}/requeue", confirmed="yes")
    assert answer.status == 303
    assert running.get(answer.headers["location"]).status == 200
    until(lambda: len(receiver.received) >= 3)
    until(lambda: "dead letter" not in page(running, f"subscriptions/{id}").split("<table")[1])
    assert status(running, id) == "active"
    receiver.received.clear()
    again = {"first": "1", "last": "1", "confirmed": "yes"}
    until(lambda: post(running, f"subscriptions/{id}/resend", **again).status == 303)
    until(lambda: len(receiver.received) >= 1)
    wrong = post(running, f"subscriptions/{id}/resend", first="x", confirmed="yes")
    assert wrong.status == 422
    audit = page(running, "audit?action=resend", "auditor")
    assert "sandbox-engineer" in audit


@pytest.mark.parametrize("role", ("referrer", "plan", "provider"))
@pytest.mark.parametrize("path", sorted({one for pages in PAGES.values() for one in pages}))
def test_other_roles_see_nothing_of_the_operations(running: Service, role: str, path: str):
    assert running.get(f"/workbench/operations/{path}?as={role}").status == 403


@pytest.mark.parametrize(
    ("role", "path"),
    (("auditor", "partners"), ("auditor", "subscriptions"), ("engineer", "audit")),
)
def test_an_engineer_sees_no_audit_and_an_auditor_no_partners(
    running: Service, role: str, path: str
):
    assert running.get(f"/workbench/operations/{path}?as={role}").status == 403


@pytest.mark.parametrize(
    ("role", "path"),
    (
        ("auditor", "subscriptions/x/requeue"),
        ("auditor", "subscriptions/x/resend"),
        ("auditor", "partners/plan/try"),
        ("plan", "partners/plan/try"),
        ("engineer", "audit/verify"),
        ("engineer", "audit/export"),
        ("engineer", "audit"),
    ),
)
def test_nothing_is_done_for_another_role(running: Service, role: str, path: str):
    assert post(running, path, role, confirmed="yes").status == 403


def test_nothing_is_done_for_a_page_of_elsewhere(running: Service):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("audit/verify?as=auditor", "partners/plan/try?as=engineer"):
        place = f"/workbench/operations/{path}"
        assert running.request("POST", place, b"confirmed=yes", headers).status == 403


def test_another_tenants_data_is_nowhere(running: Service):
    for role, paths in PAGES.items():
        for path in paths:
            assert "kanarek" not in page(running, path, role).lower()
    for id in ("kanarek-subscription",):
        for method, path in (("GET", ""), ("POST", "/requeue"), ("POST", "/resend")):
            place = f"/workbench/operations/subscriptions/{id}{path}?as=engineer"
            body = b"confirmed=yes&first=1" if method == "POST" else None
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            assert running.request(method, place, body, kind).status == 404
    assert post(running, "partners/kanarek/try").status == 404
    for fields in (
        {"patient": "kanarek-patient"},
        {"client": "kanarek-client"},
        {"view": "people"},
    ):
        found = post(running, "audit", "auditor", **fields).body.decode()
        assert "Task/kanarek" not in found
        assert "kanarek-party" not in found
    exported = post(running, "audit/export", "auditor", patient="kanarek-patient")
    assert exported.body == b""


def test_the_partner_is_told_with_its_name_as_text_and_tried_on_request(running: Service):
    shown = page(running, "partners")
    assert "Example &lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert post(running, "partners/plan/try", again="yes").status == 400
    assert post(running, "partners/plan/try").status == 303
    assert post(running, "partners/plan/try", again="yes", confirmed="yes").status == 303
    assert "partner plan, all anew" in page(running, "audit?action=resend", "auditor")


def test_settings_and_what_is_offered_are_told(running: Service):
    overview = page(running, "")
    assert "SQLite" in overview
    assert "canonical_base" in overview
    conformance = page(running, "conformance")
    for words in ("cds-hooks_2.0@1", "ecm-referral-task", "SubscriptionTopic", "passed"):
        assert words in conformance
