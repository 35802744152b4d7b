"""The policy browser: a plan's rules on a day, what differs, what is held, and what is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open

HERE = "/workbench/policies/"


def tab_to(page: Page, wanted: Locator) -> None:
    """Go on by Tab until it has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_rule_is_found_with_its_section_numbers_and_reading(open_page: Open):
    """From the plan to the population, to a reading of one of its criteria."""
    page = open_page(HERE)
    page.get_by_label("Plan").select_option("partnership")
    page.get_by_label("On the day").fill("2026-03-01")
    page.get_by_role("button", name="Show").click()
    row = page.get_by_role("row", name="Avoidable hospital or emergency use").first
    expect(row).to_contain_text("verified")
    expect(row).to_contain_text("Nov 13, 2024")
    row.get_by_role("link").click()
    assert "population=avoidable-utilization" in page.url
    adults = page.get_by_role("article", name="Adults at risk")
    expect(adults).to_contain_text("Five or more emergency department visits within six months")
    expect(adults).to_contain_text("VI.A.4.c.1")
    expect(adults.get_by_role("row", name="ed visits")).to_contain_text("5 visits")
    effect = adults.get_by_text("Members of other", exact=False).or_(
        adults.get_by_text("Older visits are not counted", exact=False)
    )
    expect(effect.first).to_be_hidden()
    adults.get_by_role("link", name="look back").first.click()
    expect(effect.first).to_be_visible()


def test_two_plans_and_two_days_stand_side_by_side(open_page: Open):
    """By the form, and by an address that somebody was sent."""
    page = open_page(f"{HERE}differences")
    page.get_by_label("The other").select_option("health-net")
    page.get_by_label("On", exact=True).select_option("homelessness")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("columnheader", name="Health Net").first).to_be_visible()
    assert "right=health-net" in page.url
    page.goto(f"{HERE}differences?left=dhcs&leftOn=2023-01-01&right=dhcs&rightOn=2026-01-01")
    expect(page.get_by_role("columnheader", name="Jan 1, 2023").first).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_contain_text("differences")


def test_the_search_answers_while_one_types_and_needs_no_mouse(open_page: Open):
    """By keyboard alone: the page, the words, the result, the rule."""
    page = open_page(HERE)
    tab_to(page, page.get_by_role("navigation", name="Policies").get_by_role("link", name="Search"))
    page.keyboard.press("Enter")
    words = page.get_by_role("searchbox")
    tab_to(page, words)
    page.keyboard.type("foster care")
    expect(page.locator("#found mark").first).to_be_visible()
    expect(page.locator("#status")).to_contain_text("place")
    assert "q=foster+care" in page.url
    hit = page.locator("#found li a").first
    tab_to(page, hit)
    page.keyboard.press("Enter")
    expect(page.locator(":target")).to_contain_text("foster care")


@pytest.mark.parametrize(
    "words", ("<script>document.title='x'</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}")
)
def test_words_of_a_search_are_text(open_page: Open, words: str):
    page = open_page(f"{HERE}search")
    page.get_by_role("searchbox").fill(words)
    expect(page.locator("#found")).to_contain_text("Nothing holds all of these words")
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value(words)
    assert page.locator("#found img, #found script").count() == 0


def test_every_page_of_the_policies_can_be_used_by_everybody(
    open_page: Open,
    assert_usable: Callable[[Page, str], None],
):
    """Nothing serious by axe and no sideways scrolling, in both colour schemes and sizes."""
    page = open_page(f"{HERE}?plan=partnership&population=2&on=2026-03-01")
    for name, path in (
        ("rules", ""),
        ("texts", "?plan=dhcs&on=2026-03-01"),
        ("differences", "differences?on=2026-03-01"),
        ("coverage", "coverage?on=2026-03-01"),
        ("search", "search?q=emergency&plan=partnership"),
    ):
        page.goto(HERE + path)
        assert_usable(page, f"policies-{name}")


def test_on_paper_nothing_is_folded_and_no_control_is_printed(open_page: Open):
    page = open_page(f"{HERE}?plan=partnership&population=2&on=2026-03-01")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not([open])").count() == 0
    expect(page.locator("form.choose")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() > 0
