"""What hostile and hurried visitors of the workbench did that it once answered wrongly."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from tests.contract.conftest import Answer, Service
from tests.contract.intake_desk import Desk, Fields, faults

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


def _referral(desk: Desk, name: str, born: str, cin: str) -> Fields:
    said = {"member-name": name, "member-birth-date": born, "member-cin": cin}
    chosen = {"q.population-adult": ["homelessness-adult"]}
    return desk.begins() | chosen | {f"q.{link}": [text] for link, text in said.items()}


def test_a_slip_in_a_number_makes_no_record_that_of_another(service: Service):
    """It once gave the first member, and every referral of them, the name of the second."""
    desk = Desk(service)
    first = desk.sends(_referral(desk, "Rosa Perpetua", "1981-02-03", "81020301R"))
    answer = desk.tries(_referral(desk, "Otto Quist", "1975-06-07", "81020301R"))
    assert answer.status == 422
    assert "born on another day" in " ".join(map(str, faults(answer)))
    member = desk.read(desk.read(f"Task/{first}")["for"]["reference"])
    assert (member["birthDate"], member["name"][0]["family"]) == ("1981-02-03", "Perpetua")
    again = _referral(desk, "Rosa Perpetua-Lind", "1981-02-03", "81020301R")
    assert desk.read(f"Task/{desk.sends(again)}")["for"]["reference"].endswith(member["id"])


def test_what_stands_for_a_task_in_an_address_leads_to_nothing_else(service: Service):
    """Dots and slashes once led out of the Tasks, and ended in an error."""
    desk = Desk(service)
    patient = desk.fhir.create({"resourceType": "Patient", "name": [{"family": "Perpetua"}]})["id"]
    for place in (f"../Patient/{patient}", "Task/", "..", "_history", "x?_count=1", "a/_history/1"):
        answer = service.get(f"/workbench/referrals/new?as=referrer&again={quote(place)}")
        assert answer.status == 404, place
        answer = service.get(f"/workbench/referrals/{quote(place, safe='')}?as=referrer")
        assert answer.status == 404, place


def test_a_chart_keeps_its_labels_on_the_member_and_on_the_form(service: Service):
    """A record that is restricted where it comes from was once sent as one for everybody."""
    desk = Desk(service)
    system = "http://terminology.hl7.org/CodeSystem/v3-"
    restricted = [{"system": f"{system}Confidentiality", "code": "R"}]
    restricted += [{"system": f"{system}ActCode", "code": "PSY"}]
    chart = service.get("/samples/five-emergency-visits").json
    for entry in chart["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["meta"] = {"security": restricted}
    task, _, form = desk.sent(desk.sends(desk.opens(chart=json.dumps(chart))))
    member = desk.read(task["for"]["reference"])
    assert member["meta"]["security"] == form["meta"]["security"] == restricted
