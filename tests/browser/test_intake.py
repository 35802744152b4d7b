"""The intake form: without a mouse, in both languages, in any window, whatever is written in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Open, Scheme, Size, Watched
from tests.browser.referral_pages import SHELTER, opens_step, takes, takes_form
from tests.contract.conftest import Service

#: Must never run, wherever it was written.
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"&'


def test_the_form_is_filled_in_without_a_mouse(open_page: Open):
    page = open_page("/workbench/referrals/new?as=referrer")

    def tabs_to(id: str) -> None:
        for _ in range(60):
            if page.evaluate("document.activeElement.id || document.activeElement.name") == id:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not lead to {id}")

    tabs_to("q-member-name")
    page.keyboard.type("Keanu Board")
    tabs_to("q-member-birth-date")
    page.keyboard.type("01311980")
    tabs_to("q.population-adult")
    page.keyboard.press("Space")
    tabs_to("urgency")
    page.keyboard.press("ArrowRight")
    tabs_to("consent")
    page.keyboard.type("She agreed on the phone")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.send') !== null"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Keanu Board")
    expect(page.locator("main")).to_contain_text("She agreed on the phone")


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("size", ("desktop", "phone"))
def test_form_and_steps_can_be_used_by_everybody(
    open_page: Open,
    watched: Watched,
    assert_accessible: Callable[[Page], None],
    picture: Callable[[Page, str], None],
    scheme: Scheme,
    size: Size,
):
    """The form in both languages, what is wrong with it, and a plan's steps unfolded."""

    def fits(name: str) -> None:
        picture(page, f"{name}-{size}-{scheme}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    watched.expected.add(422)
    page = open_page(SHELTER, scheme=scheme, size=size)
    page.get_by_role("button", name="Refer this member").click()
    page.locator("#q-member-phone").fill("+1-707-555-0142")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    expect(page.get_by_label("Teléfono").first).to_have_value("+1-707-555-0142")
    page.locator("#more-needs > summary").click()
    fits("intake-spanish")
    with page.expect_navigation():
        page.get_by_role("button", name="English").click()
    page.get_by_label("Client Index Number").fill("123")
    page.get_by_label("Date of birth").fill("")
    takes_form(page)
    expect(page.locator("#faults")).to_be_focused()
    fits("intake-faults")
    page.locator("#faults").get_by_role("link", name="Client Index Number").click()
    expect(page.get_by_label("Client Index Number")).to_be_focused()
    page.get_by_label("Client Index Number").fill("")
    page.get_by_label("Date of birth").fill("1974-05-23")
    takes_form(page)
    page.goto(page.url.partition("?")[0] + "?as=plan")
    for step in ("authorize", "return", "decline"):
        opens_step(page, step)
    fits("steps-plan")


def test_a_chart_that_says_nothing_is_no_no(open_page: Open):
    """One can refer all the same, and nobody is said not to qualify."""
    page = open_page("/workbench/evaluate/?sample=four-emergency-visits&as=referrer")
    page.get_by_role("button", name="Refer all the same").click()
    expect(page.locator("main")).to_contain_text("does not say whether the member qualifies")
    expect(page.get_by_label("First and last name")).not_to_be_empty()


def test_what_is_in_a_chart_or_a_form_stays_text(open_page: Open, service: Service):
    """Scripts in every field of a Patient, in a diagnosis and in what people write."""
    bundle = service.get("/samples/adult-in-a-shelter").json
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            # Nobody whom other tests of this service refer.
            resource["identifier"][0]["value"] = "SAMPLE-of-scripts"
            resource["name"] = [{"family": EVIL, "given": [EVIL]}]
            resource["telecom"] = [{"system": "phone", "value": EVIL}]
            resource["address"] = [{"line": [EVIL], "city": EVIL, "postalCode": "96001"}]
            resource["communication"] = [{"language": {"text": EVIL}}]
            resource["contact"] = [{"name": {"text": EVIL}, "relationship": [{"text": EVIL}]}]
        if resource["resourceType"] == "Condition":
            resource["code"]["text"] = EVIL
    page = open_page("/workbench/evaluate/?as=referrer")
    chart = FilePayload(
        name="chart.json", mimeType="application/json", buffer=json.dumps(bundle).encode()
    )
    page.locator("#chart").set_input_files(chart)
    page.wait_for_selector("#refer, #drop button")
    if page.locator("#refer").count() == 0:
        page.get_by_role("button", name="Evaluate").click()
    page.get_by_role("button", name="Refer this member").click()
    expect(page.get_by_label("First and last name")).to_have_value(f"{EVIL} {EVIL}")
    page.get_by_label("How and when the member agreed").fill(EVIL)
    page.get_by_label("Anything else the plan should know").fill(EVIL)
    takes_form(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    page.goto(page.url.partition("?")[0] + "?as=plan")
    opens_step(page, "return")
    page.locator("#step-return").get_by_label("Something else").fill(EVIL)
    takes(page, "Return for correction")
    page.goto(page.url.partition("?")[0] + "?as=referrer")
    page.get_by_role("link", name="Correct and refer again").click()
    expect(page.locator(".notice")).to_contain_text("<script>")
    assert page.evaluate("window.hit") is None
