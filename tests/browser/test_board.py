"""The referral board and the page of a referral, as coordinators use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Scheme, Size
from tests.contract.conftest import Service

BOARD = "/workbench/referrals/"
#: What a script would be in a name that is not escaped.
HOSTILE = "<img src=x onerror=alert(1)>"
_SYSTEM = "https://ecm.example.org/fhir/sid/organization"


@pytest.fixture(scope="module", autouse=True)
def samples(service: Service) -> None:
    """The sample referrals, and one of a member whose every text is a script."""
    answer = service.request("POST", f"{BOARD}samples")
    assert answer.status == 303
    _send(service, _hostile())


def _hostile() -> dict[str, Any]:
    hospital, plan = (
        {"type": "Organization", "identifier": {"system": _SYSTEM, "value": f"sandbox-{one}"}}
        for one in ("hospital", "plan")
    )
    patient, order, task = (f"urn:uuid:0c5c5c5c-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
    script = "\"'><script>alert(2)</script>"
    concept = {"text": script}
    entries: dict[str, dict[str, Any]] = {
        patient: {
            "resourceType": "Patient",
            "name": [{"family": HOSTILE, "given": [script]}],
            "telecom": [{"system": "phone", "value": script}],
            "address": [{"line": [script], "city": HOSTILE}],
            "contact": [{"name": {"text": HOSTILE}}],
        },
        order: {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": concept,
            "subject": {"reference": patient},
            "requester": hospital,
            "authoredOn": "2026-03-02",
            "reasonCode": [concept],
            "note": [{"text": script}],
        },
        task: {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "groupIdentifier": {"system": "urn:hostile", "value": script},
            "code": {
                "coding": [
                    {"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}
                ]
            },
            "focus": {"reference": order},
            "for": {"reference": patient},
            "authoredOn": "2026-03-02",
            "requester": hospital,
            "owner": plan,
            "note": [{"text": script}],
        },
    }
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": url,
                "resource": one,
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for url, one in entries.items()
        ],
    }


def _send(service: Service, bundle: dict[str, Any]) -> None:
    kind = {"Content-Type": "application/fhir+json"}
    answer = service.request("POST", "/fhir", json.dumps(bundle).encode(), kind)
    assert answer.status == 200, answer.body


def _row(page: Page, member: str) -> Any:
    return page.locator("li.referral").filter(has=page.get_by_role("link", name=member))


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("size", ("desktop", "phone"))
def test_the_board_and_a_referral_can_be_used_by_everybody(
    open_page: Open,
    assert_accessible: Callable[[Page], None],
    picture: Callable[[Page, str], None],
    scheme: Scheme,
    size: Size,
):
    """Nothing serious by axe, no sideways scrolling, in both colour schemes and both sizes."""
    page = open_page(f"{BOARD}?as=plan", scheme=scheme, size=size)
    expect(page.get_by_role("heading", level=1)).to_have_text("Referrals")
    expect(page.locator("#board")).to_contain_text("overdue by 1 day")
    picture(page, f"board-{size}-{scheme}")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("Filters", exact=True).click()
    assert_accessible(page)
    page.goto(page.get_by_role("link", name="Wilhelmina Engstrom").get_attribute("href") or "")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wilhelmina Engstrom")
    picture(page, f"referral-{size}-{scheme}")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_filters_narrow_the_board_at_once_and_leave_no_name_behind(open_page: Open):
    """What is chosen stands in the address; what is typed does not."""
    page = open_page(f"{BOARD}?as=plan")
    page.get_by_label("Find").fill("lind")
    expect(page.locator("li.referral")).to_have_count(0)
    expect(page.locator("#board")).to_contain_text("No referral in this queue fits")
    page.get_by_role("link", name=re.compile("^Closed")).click()
    expect(_row(page, "Emeric Lindqvist")).to_be_visible()
    expect(page.locator("#status")).to_have_text("1 referral.")
    assert "lind" not in page.url
    assert "queue=closed" in page.url
    page.get_by_role("link", name="Show all").click()
    returned = _row(page, "A member you do not see").first
    expect(returned).to_contain_text("Returned for correction")
    expect(page.get_by_label("Find")).to_be_focused()
    page.get_by_role("link", name=re.compile("^All open")).click()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Population of Focus").select_option("homelessness-adult")
    expect(_row(page, "Lucia Abernathy")).to_have_count(0)
    page.reload()
    expect(_row(page, "Bram Quillan").first).to_be_visible()
    expect(_row(page, "Lucia Abernathy")).to_have_count(0)
    assert "as=plan" in page.url


def test_a_coordinator_works_by_keyboard_alone(open_page: Open):
    """From the first key to the referral, through queue and row, and back."""
    page = open_page(f"{BOARD}?as=plan")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Find")).to_be_focused()
    page.get_by_role("link", name=re.compile("^Overdue")).focus()
    page.keyboard.press("Enter")
    expect(_row(page, "Lucia Abernathy")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("^Overdue"))).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id.startsWith('a-')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bram Quillan")
    expect(page.locator("[aria-current=step]")).to_contain_text("Received")


def test_what_others_do_appears_by_itself(open_page: Open):
    """Board and page notice within two seconds, keep the focus, and what was opened."""
    board = open_page(f"{BOARD}?as=referrer")
    _row(board, "Teo Ostrander").get_by_role("link").focus()
    thread = open_page(f"{BOARD}?as=referrer")
    thread.get_by_role("link", name="Teo Ostrander").click()
    json_of_task = thread.locator("details.json").first
    json_of_task.locator("summary").click()
    plan = open_page(f"{BOARD}?as=plan")
    plan.get_by_role("link", name="Teo Ostrander").click()
    plan.get_by_role("button", name="Authorize").first.click()
    expect(plan.locator(".standing")).to_contain_text("Authorized")
    expect(_row(board, "Teo Ostrander")).to_contain_text("Authorized", timeout=4000)
    expect(_row(board, "Teo Ostrander").get_by_role("link")).to_be_focused()
    expect(board.locator("#status")).to_contain_text("changed")
    expect(thread.locator(".standing")).to_contain_text("Authorized", timeout=4000)
    expect(thread.locator("[aria-current=step]")).to_contain_text("Authorized")
    expect(json_of_task).to_have_attribute("open", "")
    expect(json_of_task).to_contain_text('"authorized"')


def test_scripts_in_a_record_are_only_text(open_page: Open):
    """Names, numbers, notes and addresses show as they are written."""
    page = open_page(f"{BOARD}?as=plan")
    page.on("dialog", lambda one: pytest.fail(f"a script ran: {one.message}"))
    page.get_by_label("Find").fill("alert")
    row = page.locator("li.referral").filter(has_text=HOSTILE)
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE)
    expect(page.locator("main")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("main img, main script").count() == 0
