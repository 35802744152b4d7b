"""The first page: what it says in a minute, on any screen, with any input."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open


def test_the_first_page_can_be_used_by_everybody(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
):
    """Nothing serious by axe, no sideways scrolling, in both colour schemes and both sizes."""
    page = open_page("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Enhanced Care Management")
    assert_usable(page, "front")


def test_every_page_is_one_link_away(open_page: Open):
    """The navigation leads to each page, and says which one is open."""
    page = open_page("/")
    for title in ("Evaluate", "Referrals", "CDS playground", "Policies", "Operations"):
        page.goto("/")
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=title).click()
        current = page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")
        expect(current).to_have_text(title)
