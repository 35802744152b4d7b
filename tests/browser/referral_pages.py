"""What people do at the pages of a referral, for the tests that play them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

SHELTER = "/workbench/evaluate/?sample=adult-in-a-shelter&as=referrer"


def opens_step(page: Page, step: str) -> None:
    page.locator(f"#step-{step} > summary").click()


def takes(page: Page, title: str) -> None:
    """Press the button of a step, and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=title, exact=True).click()


def is_at(page: Page, stage: str) -> None:
    expect(page.locator(".progress [aria-current=step]")).to_contain_text(stage)


def refers(page: Page, **answers: str) -> str:
    """Fill in an empty form and send it; the path of the referral, without whom one plays."""
    page.goto("/workbench/referrals/new?as=referrer")
    page.get_by_label("First and last name").fill(answers.get("name", "Mariposa Quintero"))
    page.get_by_label("Date of birth").fill("1980-01-31")
    page.get_by_label("Adults experiencing homelessness").check()
    takes_form(page)
    return page.url.partition("?")[0]


def takes_form(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".send").get_by_role("button").click()
