"""What hostile and careless clients sent that the service once answered wrongly."""

from __future__ import annotations

import select
import socket
import time
from contextlib import ExitStack
from datetime import date

import pytest

from tests.contract.calls import a_call, the_card
from tests.contract.conftest import Service

VISITS = "five-emergency-visits"


@pytest.mark.parametrize(
    "origin",
    (
        "http://[",
        "http://[::1",
        "http://evil.example\\@localhost",
        "http://localhost:8080/evil",
        "http://localhost.evil.example",
    ),
)
def test_an_origin_that_is_none_is_no_page_of_this_machine(service: Service, origin: str):
    """A broken `Origin` header is answered like any strange one, not by a failure."""
    answer = service.get("/cds-services", Origin=origin)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "user",
    (
        "https://ehr.example/fhir/Patient/p1",
        "patient/p1",
        " Patient/p1",
        "sample-five-emergency-visits",
        "https://ehr.example/fhir/RelatedPerson/r1",
        "Person/p1",
    ),
)
def test_the_patient_is_told_no_reasons_however_the_client_names_the_user(
    service: Service, template: dict[str, str], today: date, user: str
):
    """Reasons, questions and the referral are for staff; portals spell `userId` in many ways."""
    call = a_call(VISITS, today, template)
    call["context"]["userId"] = user
    card = the_card(service.call(call))
    assert "Population of Focus" not in card["detail"]
    assert "suggestions" not in card


ORDER = {"resourceType": "ServiceRequest", "id": "s1", "status": "draft"}
ECM = {"system": "http://snomed.info/sct", "code": "386230005"}


@pytest.mark.parametrize(
    "entries",
    (
        [None, {"resource": ORDER}],
        ["an order", {"resource": ORDER}],
        [{"resource": ORDER | {"status": None}}],
        [{"resource": ORDER | {"id": None}}],
        [{"resource": ORDER | {"code": "a text"}}],
    ),
)
@pytest.mark.parametrize("hook", ("order-sign", "order-select"))
def test_an_order_that_is_oddly_written_is_still_an_order(
    service: Service, template: dict[str, str], today: date, hook: str, entries: list[object]
):
    """One entry that cannot be read does not silence the card."""
    call = a_call(VISITS, today, template) | {"hook": hook}
    call["context"] |= {
        "draftOrders": {"resourceType": "Bundle", "entry": entries},
        "selections": ["ServiceRequest/s1"],
    }
    assert "criteria are met" in the_card(service.call(call, f"ecm-{hook}"))["summary"]


def test_a_referral_beside_an_odd_coding_is_seen(
    service: Service, template: dict[str, str], today: date
):
    """No second referral is suggested because of a coding before it that is none."""
    call = a_call("one-question-left", today, template) | {"hook": "order-sign"}
    order = {"resource": ORDER | {"code": {"coding": [None, {"system": 1}, ECM]}}}
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [order]}
    card = the_card(service.call(call, "ecm-order-sign"))
    assert "refers the member to ECM already" in card["detail"]
    assert "suggestions" not in card


def test_orders_that_are_no_list_are_refused(
    service: Service, template: dict[str, str], today: date
):
    """A call whose orders nobody can read gets no empty answer."""
    call = a_call(VISITS, today, template) | {"hook": "order-sign"}
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": {"resource": ORDER}}
    assert service.call(call, "ecm-order-sign").status == 400


def test_no_referral_points_at_a_problem_that_is_not_saved(
    service: Service, template: dict[str, str], today: date
):
    """A draft is evidence for the card and nothing a saved order can refer to."""
    call = a_call("nothing-to-say", today, template) | {"hook": "problem-list-item-create"}
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z59.02"}
    draft = {"resourceType": "Condition", "id": "draft-1", "code": {"coding": [coding]}}
    entries = [{"resource": {"id": 1}}, None, {"resource": draft}]
    call["context"]["conditions"] = {"resourceType": "Bundle", "entry": entries}
    answer = service.call(call, "ecm-problem-list-item-create")
    (suggestion,) = the_card(answer)["suggestions"]
    assert b"draft-1" in answer.body
    assert "draft-1" not in str(suggestion)


@pytest.mark.parametrize("odd", (None, "an entry", {"fullUrl": 1}))
def test_one_odd_entry_hides_no_other(
    service: Service, template: dict[str, str], today: date, odd: object
):
    """The five visits count, though something among them is no entry of a Bundle."""
    call = a_call(VISITS, today, template)
    call["prefetch"]["encounters"]["entry"].insert(2, odd)
    assert "criteria are met" in the_card(service.call(call))["summary"]


def stalled_form(service: Service) -> socket.socket:
    """A form of which one byte comes, and no more."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    connection.sendall(
        b"POST /screening?ask=in-shelter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\ni"
    )
    return connection


def test_forms_that_stall_hold_up_no_call(service: Service, template: dict[str, str], today: date):
    """Anybody may send the form; more of them than there are threads keep nobody waiting."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with ExitStack() as connections:
        stalled = [connections.enter_context(stalled_form(service)) for _ in range(20)]
        refused, _, _ = select.select(stalled, [], [], 5)
        assert refused[0].recv(12) == b"HTTP/1.1 503"
        started = time.monotonic()
        assert service.call(a_call(VISITS, today, template)).status == 200
        assert time.monotonic() - started < 5
    until = time.monotonic() + 5
    while (
        service.request("POST", "/screening?ask=in-shelter", b"in-shelter=yes", form).status != 200
    ):
        assert time.monotonic() < until, "the form is not read any more"
        time.sleep(0.02)


def test_a_form_that_is_none_is_not_read(service: Service):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = service.request("POST", "/screening?ask=in-shelter", b"a" * 70_000, form)
    assert answer.status == 413
