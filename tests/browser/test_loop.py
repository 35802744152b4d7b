"""A referral from the chart to its outcome, with the three parties in windows of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FilePayload, Page, expect

from adapter import clock
from tests.browser.conftest import Open, Scheme, Size, Watched
from tests.contract.conftest import Service

SHELTER = "/workbench/evaluate/?sample=adult-in-a-shelter&as=referrer"
#: Must never run, wherever it was written.
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"&'


def _opens_step(page: Page, step: str) -> None:
    page.locator(f"#step-{step} > summary").click()


def _takes(page: Page, title: str) -> None:
    """Press the button of a step, and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=title, exact=True).click()


def _is_at(page: Page, stage: str) -> None:
    expect(page.locator(".progress [aria-current=step]")).to_contain_text(stage)


def _refers(page: Page, **answers: str) -> str:
    """Fill in an empty form and send it; the path of the referral, without whom one plays."""
    page.goto("/workbench/referrals/new?as=referrer")
    page.get_by_label("First and last name").fill(answers.get("name", "Mariposa Quintero"))
    page.get_by_label("Date of birth").fill("1980-01-31")
    page.get_by_label("Adults experiencing homelessness").check()
    _takes_form(page)
    return page.url.partition("?")[0]


def _takes_form(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".send").get_by_role("button").click()


def test_the_loop_closes_in_three_windows(open_page: Open, picture: Callable[[Page, str], None]):
    """The hospital refers, the plan decides, the provider cares, the hospital sees it closed."""
    hospital = open_page("/")
    hospital.goto(SHELTER)
    hospital.get_by_role("button", name="Refer this member").click()
    expect(hospital.get_by_label("First and last name")).to_have_value("Bram Quillan")
    expect(hospital.get_by_label("Adults experiencing homelessness")).to_be_checked()
    hospital.get_by_label("Client Index Number").fill("90000042B")
    hospital.get_by_label("Preferred ECM provider").select_option(
        label="Harbor ECM Provider (invented)"
    )
    _takes_form(hospital)
    _is_at(hospital, "Sent")
    referral = hospital.url.partition("?")[0]

    plan = open_page("/workbench/referrals/?as=plan")
    plan.get_by_role("link", name="Bram Quillan").first.click()
    _takes(plan, "Acknowledge receipt")
    _takes(plan, "Authorize ECM")
    _is_at(plan, "Authorized")
    expect(plan.get_by_label("ECM provider", exact=True)).to_contain_text("preferred by the member")
    picture(plan, "loop-plan-assigns")
    _takes(plan, "Assign an ECM provider")
    _is_at(plan, "Provider asked")

    provider = open_page("/workbench/referrals/?as=provider")
    provider.get_by_role("link", name="Bram Quillan").first.click()
    _takes(provider, "Accept the member")
    provider.get_by_label("Yes", exact=True).check()
    provider.get_by_label("How", exact=True).select_option("in person")
    _takes(provider, "Record an attempt to reach the member")
    picture(provider, "loop-provider-enrolls")
    _takes(provider, "Enroll the member")
    _is_at(plan, "Member enrolled")
    _takes(provider, "Close: services received")
    _is_at(provider, "Closed")
    picture(provider, "loop-provider-closed")

    _is_at(hospital, "Closed")
    expect(hospital.locator("main")).to_contain_text("What was done")
    assert hospital.url.partition("?")[0] == referral
    picture(hospital, "loop-hospital-closed")


def test_what_was_returned_is_corrected_and_what_was_declined_goes_to_another(
    open_page: Open, picture: Callable[[Page, str], None]
):
    hospital, plan = open_page("/"), open_page("/workbench/referrals/?as=plan")
    referral = _refers(hospital)
    plan.goto(f"{referral}?as=plan")
    _opens_step(plan, "return")
    plan.get_by_label("The Client Index Number (CIN) is missing or wrong").check()
    plan.locator("#step-return").get_by_label("Something else").fill("See the back of the card")
    _takes(plan, "Return for correction")

    hospital.goto(f"{referral}?as=referrer")
    hospital.get_by_role("link", name="Correct and refer again").click()
    expect(hospital.locator(".notice")).to_contain_text("See the back of the card")
    expect(hospital.get_by_label("First and last name")).to_have_value("Mariposa Quintero")
    expect(hospital.get_by_label("Adults experiencing homelessness")).to_be_checked()
    hospital.get_by_label("Client Index Number").fill("90000043C")
    picture(hospital, "loop-hospital-corrects")
    _takes_form(hospital)
    again = hospital.url.partition("?")[0]
    assert again != referral
    hospital.goto(f"{referral}?as=referrer")
    expect(hospital.get_by_role("link", name="Correct and refer again")).to_have_count(0)

    plan.goto(f"{again}?as=plan")
    _opens_step(plan, "authorize")
    _takes(plan, "Authorize ECM")
    who = plan.get_by_label("ECM provider", exact=True)
    who.select_option(label="Harbor ECM Provider (invented)")
    _takes(plan, "Assign an ECM provider")
    provider = open_page("/workbench/referrals/?as=provider")
    provider.get_by_role("link", name="Mariposa Quintero").first.click()
    _opens_step(provider, "decline")
    provider.locator("#step-decline").get_by_label("Reason").select_option("no-capacity")
    _takes(provider, "Decline the member")
    who = plan.get_by_label("ECM provider", exact=True)
    expect(who).to_contain_text("Harbor ECM Provider (invented): has declined")
    expect(who.locator("option:checked")).to_have_text("Hillside ECM Provider (invented)")
    _takes(plan, "Assign an ECM provider")
    _is_at(plan, "Provider asked")


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
    _takes_form(page)
    expect(page.locator("#faults")).to_be_focused()
    fits("intake-faults")
    page.locator("#faults").get_by_role("link", name="Client Index Number").click()
    expect(page.get_by_label("Client Index Number")).to_be_focused()
    page.get_by_label("Client Index Number").fill("")
    page.get_by_label("Date of birth").fill("1974-05-23")
    _takes_form(page)
    page.goto(page.url.partition("?")[0] + "?as=plan")
    for step in ("authorize", "return", "decline"):
        _opens_step(page, step)
    fits("steps-plan")


def test_who_was_slower_is_told_at_the_page(open_page: Open, watched: Watched, service: Service):
    """Two windows of the plan on one version: the second is told, and may go on from there."""
    watched.expected.add(409)
    plan = open_page("/")
    referral = _refers(plan, name="Rapid Twice")
    plan.goto(f"{referral}?as=plan")
    # Before the page can hear of it: as if somebody pressed at the same moment.
    plan.route("**/changes*", lambda route: route.abort())
    path = referral.partition("/workbench/")[2]
    answer = service.request(
        "POST",
        f"/workbench/{path}/steps/acknowledge?as=plan",
        urlencode({"version": "1", "key": "elsewhere"}).encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 303
    _opens_step(plan, "accept")
    _takes(plan, "Start screening")
    expect(plan.get_by_role("alert")).to_contain_text("Somebody was faster")
    expect(plan.get_by_role("alert")).to_contain_text("Acknowledged")
    _takes(plan, "Authorize ECM")
    _is_at(plan, "Authorized")


def test_what_is_in_a_chart_or_a_form_stays_text(open_page: Open, service: Service):
    """Scripts in every field of a Patient, in a diagnosis and in what people write."""
    bundle = service.get("/samples/adult-in-a-shelter").json
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
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
    _takes_form(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    page.goto(page.url.partition("?")[0] + "?as=plan")
    _opens_step(page, "return")
    page.locator("#step-return").get_by_label("Something else").fill(EVIL)
    _takes(page, "Return for correction")
    page.goto(page.url.partition("?")[0] + "?as=referrer")
    page.get_by_role("link", name="Correct and refer again").click()
    expect(page.locator(".notice")).to_contain_text("<script>")
    assert page.evaluate("window.hit") is None


def test_a_day_that_has_not_come_is_told_beside_it(open_page: Open, watched: Watched):
    """The browser says it first; where it does not, the service does."""
    watched.expected.add(422)
    page = open_page("/")
    referral = _refers(page, name="Early Bird")
    page.goto(f"{referral}?as=plan")
    _opens_step(page, "authorize")
    _takes(page, "Authorize ECM")
    _opens_step(page, "enroll")
    day = page.locator("#step-enroll-on")
    day.evaluate("one => { one.removeAttribute('max'); }")
    day.fill((clock.today() + timedelta(days=3)).isoformat())
    _takes(page, "Enroll the member")
    expect(page.locator("#step-enroll")).to_contain_text("This day has not come yet")
