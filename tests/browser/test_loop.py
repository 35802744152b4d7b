"""A referral from the chart to its outcome, with the three parties in windows of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from adapter import clock
from tests.browser.conftest import Open, Watched
from tests.browser.referral_pages import (
    SHELTER,
    is_at,
    opens_step,
    refers,
    takes,
    takes_form,
)
from tests.contract.conftest import Service


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
    takes_form(hospital)
    is_at(hospital, "Sent")
    referral = hospital.url.partition("?")[0]

    plan = open_page("/workbench/referrals/?as=plan")
    plan.locator(f'.referral a[href*="{referral.rpartition("/")[2]}"]').click()
    takes(plan, "Acknowledge receipt")
    takes(plan, "Authorize ECM")
    is_at(plan, "Authorized")
    expect(plan.get_by_label("ECM provider", exact=True)).to_contain_text("preferred by the member")
    picture(plan, "loop-plan-assigns")
    takes(plan, "Assign an ECM provider")
    is_at(plan, "Provider asked")

    provider = open_page("/workbench/referrals/?as=provider")
    provider.get_by_role("link", name="Bram Quillan").first.click()
    takes(provider, "Accept the member")
    provider.get_by_label("Yes", exact=True).check()
    provider.get_by_label("How", exact=True).select_option("in person")
    takes(provider, "Record an attempt to reach the member")
    picture(provider, "loop-provider-enrolls")
    takes(provider, "Enroll the member")
    is_at(plan, "Member enrolled")
    takes(provider, "Close: services received")
    is_at(provider, "Closed")
    picture(provider, "loop-provider-closed")

    is_at(hospital, "Closed")
    expect(hospital.locator("main")).to_contain_text("What was done")
    assert hospital.url.partition("?")[0] == referral
    picture(hospital, "loop-hospital-closed")


def test_what_was_returned_is_corrected_and_what_was_declined_goes_to_another(
    open_page: Open, picture: Callable[[Page, str], None]
):
    hospital, plan = open_page("/"), open_page("/workbench/referrals/?as=plan")
    referral = refers(hospital)
    plan.goto(f"{referral}?as=plan")
    opens_step(plan, "return")
    plan.get_by_label("The Client Index Number (CIN) is missing or wrong").check()
    plan.locator("#step-return").get_by_label("Something else").fill("See the back of the card")
    takes(plan, "Return for correction")

    hospital.goto(f"{referral}?as=referrer")
    hospital.get_by_role("link", name="Correct and refer again").click()
    expect(hospital.locator(".notice")).to_contain_text("See the back of the card")
    expect(hospital.get_by_label("First and last name")).to_have_value("Mariposa Quintero")
    expect(hospital.get_by_label("Adults experiencing homelessness")).to_be_checked()
    hospital.get_by_label("Client Index Number").fill("90000043C")
    picture(hospital, "loop-hospital-corrects")
    takes_form(hospital)
    again = hospital.url.partition("?")[0]
    assert again != referral
    hospital.goto(f"{referral}?as=referrer")
    expect(hospital.get_by_role("link", name="Correct and refer again")).to_have_count(0)

    plan.goto(f"{again}?as=plan")
    opens_step(plan, "authorize")
    takes(plan, "Authorize ECM")
    who = plan.get_by_label("ECM provider", exact=True)
    who.select_option(label="Harbor ECM Provider (invented)")
    takes(plan, "Assign an ECM provider")
    provider = open_page("/workbench/referrals/?as=provider")
    provider.get_by_role("link", name="Mariposa Quintero").first.click()
    opens_step(provider, "decline")
    provider.locator("#step-decline").get_by_label("Reason").select_option("no-capacity")
    takes(provider, "Decline the member")
    who = plan.get_by_label("ECM provider", exact=True)
    expect(who).to_contain_text("Harbor ECM Provider (invented): has declined")
    expect(who.locator("option:checked")).to_have_text("Hillside ECM Provider (invented)")
    takes(plan, "Assign an ECM provider")
    is_at(plan, "Provider asked")


def test_who_was_slower_is_told_at_the_page(open_page: Open, watched: Watched, service: Service):
    """Two windows of the plan on one version: the second is told, and may go on from there."""
    watched.expected.add(409)
    plan = open_page("/")
    referral = refers(plan, name="Rapid Twice")
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
    opens_step(plan, "accept")
    takes(plan, "Start screening")
    expect(plan.get_by_role("alert")).to_contain_text("Somebody was faster")
    expect(plan.get_by_role("alert")).to_contain_text("Acknowledged")
    takes(plan, "Authorize ECM")
    is_at(plan, "Authorized")


def test_a_day_that_has_not_come_is_told_beside_it(open_page: Open, watched: Watched):
    """The browser says it first; where it does not, the service does."""
    watched.expected.add(422)
    page = open_page("/")
    referral = refers(page, name="Early Bird")
    page.goto(f"{referral}?as=plan")
    opens_step(page, "authorize")
    takes(page, "Authorize ECM")
    opens_step(page, "enroll")
    day = page.locator("#step-enroll-on")
    day.evaluate("one => { one.removeAttribute('max'); }")
    day.fill((clock.today() + timedelta(days=3)).isoformat())
    takes(page, "Enroll the member")
    expect(page.locator("#step-enroll")).to_contain_text("This day has not come yet")
